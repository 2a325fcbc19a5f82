use proptest::prelude::*;

use super::trial::filters;
use super::*;

fn parsed(text: &str) -> Filter {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_filter_reads_as_it_is_meant() {
    for (text, written) in [
        ("", ""),
        (" \t ", ""),
        ("is:open  sev:>=medium", "is:open sev:>=medium"),
        ("IS:Open SEV:HIGH", "is:open sev:high"),
        ("-is:settled,gone", "-is:settled,gone"),
        ("verdict:risk-accepted,none", "verdict:risk_accepted,none"),
        ("severity:<low sev:=high,>low,<=info", "sev:<low sev:high,>low,<=info"),
        ("cwe:89,CWE-79,cwe79,CWE:020,none", "cwe:89,79,79,20,none"),
        ("tool:semgrep rule:sql*", "tool:semgrep rule:sql*"),
        ("path:src/** path:\"my dir/\",x", "path:src/** path:\"my dir/\",x"),
        ("path:my\" \"dir/", "path:\"my dir/\""),
        ("path:\"src/{a,b}/**\"", "path:\"src/{a,b}/**\""),
        ("path:\"\\[id\\]/*\"", "path:\\[id\\]/*"),
        ("run:last run:LAST,0aF", "run:last run:last,0af"),
        ("by:ann assignee:\"Bob B\"", "by:ann assignee:\"Bob B\""),
        ("kind:dependency,Secret", "kind:dependency,secret"),
        ("conf:high confidence:>=medium conf:none", "conf:high conf:>=medium conf:none"),
        ("rank:1 rank:<=3,none", "rank:1 rank:<=3,none"),
        ("case:00fF", "case:00ff"),
        ("sql injection", "sql injection"),
        ("\"sql  injection\" -login,\"a,b\"", "\"sql  injection\" -login,\"a,b\""),
        ("\"say \\\"hi\\\"\" \"c:\\\\x\"", "\"say \\\"hi\\\"\" \"c:\\\\x\""),
        ("\"-x\" \"is:open\" a-b", "\"-x\" \"is:open\" a-b"),
        ("é\u{a0}ü", "é ü"),
    ] {
        let filter = parsed(text);
        assert_eq!(filter.to_string(), written, "{text}");
        assert_eq!(parsed(written), filter, "{text}");
    }
}

#[test]
fn what_is_not_understood_is_refused_where_it_stands() {
    use Problem::*;
    let value = |field, text: &str| UnknownValue(field, text.to_owned());
    for (text, at, problem) in [
        ("sql foo:bar", 4, UnknownTerm("foo".into())),
        ("é foo:bar", 3, UnknownTerm("foo".into())),
        (":", 0, UnknownTerm(String::new())),
        ("http://x", 0, UnknownTerm("http".into())),
        ("-foo:", 1, UnknownTerm("foo".into())),
        ("is:opne", 3, value(Field::Is, "opne")),
        ("is:open,closed", 8, value(Field::Is, "closed")),
        ("is:", 3, NoValue(Some(Field::Is))),
        ("is: open", 3, NoValue(Some(Field::Is))),
        ("cwe:79,", 7, NoValue(Some(Field::Cwe))),
        ("cwe:79, 89", 7, NoValue(Some(Field::Cwe))),
        ("by:\"\"", 3, NoValue(Some(Field::By))),
        ("\"\"", 0, NoValue(None)),
        ("a,,b", 2, NoValue(None)),
        (",", 0, NoValue(None)),
        ("verdict:maybe", 8, value(Field::Verdict, "maybe")),
        ("sev:urgent", 4, value(Field::Severity, "urgent")),
        ("sev:>=", 4, value(Field::Severity, ">=")),
        ("sev:high,cwe:89", 9, value(Field::Severity, "cwe:89")),
        ("sql,cwe:89", 4, FieldInside("cwe".into())),
        ("cwe:0", 4, value(Field::Cwe, "0")),
        ("cwe:+89", 4, value(Field::Cwe, "+89")),
        ("cwe:CWE", 4, value(Field::Cwe, "CWE")),
        ("cwe:65536", 4, value(Field::Cwe, "65536")),
        ("rank:6", 5, value(Field::Rank, "6")),
        ("rank:+1", 5, value(Field::Rank, "+1")),
        ("conf:sure", 5, value(Field::Confidence, "sure")),
        ("kind:sast", 5, value(Field::Kind, "sast")),
        ("run:latest", 4, value(Field::Run, "latest")),
        ("run:00112233445566778", 4, value(Field::Run, "00112233445566778")),
        ("case:xyz", 5, value(Field::Case, "xyz")),
        ("a \"b", 2, OpenQuote),
        ("path:\"b\\\"", 5, OpenQuote),
        ("-", 0, NothingNegated),
        ("a - b", 2, NothingNegated),
        ("--x", 0, NegatedTwice),
    ] {
        let error = text.parse::<Filter>().unwrap_err();
        assert_eq!((error.at, &error.problem), (at, &problem), "{text}");
        assert_eq!(error.column, text[..at].chars().count() + 1, "{text}");
        assert!(!error.to_string().ends_with('.'), "{error}");
    }
    let error = "path:src/{a,b}".parse::<Filter>().unwrap_err();
    assert!(matches!((error.at, error.problem), (5, BadGlob(pattern, _)) if pattern == "src/{a"));
}

#[test]
fn a_message_says_where_and_what_would_be_right() {
    let message = |text: &str| text.parse::<Filter>().unwrap_err().to_string();
    assert_eq!(
        message("sql foo:bar"),
        "unknown term `foo:` at column 5; terms are is, verdict, sev, cwe, tool, rule, path, project, run, by, judged, \
         assignee, kind, conf, rank, case; a text that holds a colon stands in quotes"
    );
    assert_eq!(
        message("sev:urgent"),
        "unknown value `urgent` of `sev:` at column 5; `sev:` takes info, low, medium, high or critical, with \
         >=, >, <= or < before it where wanted"
    );
    let long = "x".repeat(1000);
    assert!(message(&format!("is:{long}")).len() < 400);
}

#[test]
fn every_word_that_help_offers_is_understood() {
    for is in Is::ALL {
        parsed(&format!("is:{}", is.word()));
        assert!(Field::Is.expects().contains(is.word()), "{}", is.word());
    }
    for field in Field::ALL {
        let error = format!("{}:", field.word()).parse::<Filter>().unwrap_err();
        assert_eq!(error.problem, Problem::NoValue(Some(*field)));
    }
}

#[test]
fn a_filter_needs_no_more_than_its_terms_do() {
    let none = Needs::default();
    for (text, needs) in [
        ("sev:high cwe:89 tool:x rule:x project:x kind:code conf:low is:fused,fixable,traced", none),
        ("is:open", Needs { standings: true, ..none }),
        ("rank:1", Needs { standings: true, ..none }),
        ("path:src/", Needs { paths: true, ..none }),
        ("sql", Needs { paths: true, texts: true, ..none }),
        ("run:last case:0", Needs { runs: true, names: true, ..none }),
    ] {
        assert_eq!(parsed(text).needs(), needs, "{text}");
    }
    assert_eq!(parsed("is:open").and(parsed("path:a -b")), parsed("is:open path:a -b"));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_inside_it(
        text in "(?s).{0,40}|[-a-z:\",* \\\\]{0,20}|(is|sev|cwe|path|run):[-a-z:\",*>={\\[ \\\\]{0,8}",
    ) {
        match text.parse::<Filter>() {
            Ok(filter) => prop_assert_eq!(parsed(&filter.to_string()), filter),
            Err(error) => {
                prop_assert!(text.is_char_boundary(error.at), "{}", error);
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn a_filter_written_out_reads_back(filter in filters()) {
        prop_assert_eq!(parsed(&filter.to_string()), filter);
    }
}
