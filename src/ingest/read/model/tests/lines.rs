//! JSON Lines: an answer on each line, some of them broken.

use super::*;

#[test]
fn no_line_of_json_lines_vanishes() {
    let good = r#"{"title":"XSS","severity":"low","file":"a.js"}"#;
    let lines = [
        good,
        // Without its last bracket.
        r#"{"title":"CSRF","severity":"low","file":"b.js""#,
        r#"{"title":"SSRF","severity":"low","file":"c.js","line":1"#,
        r#"{"title":"IDOR","severity":"low","file":"d"#,
        good,
        "garbage",
        r#"{"severity":"high"}"#,
        "[]",
        "null",
        "{",
        "# the end",
        r#"{"title":"XXE","severity":"low","file":"e.java","refs":[1]"#,
    ];
    let read = read_all(&Model, &lines.join("\n"));
    let claims: Vec<_> = read.claims.iter().map(|claim| (line(claim), claim.repairs.clone())).collect();
    let mended = vec![repair::MISSING_BRACKETS.to_owned()];
    assert_eq!(
        claims,
        [
            ("cwe-79 low a.js".to_owned(), vec![]),
            ("cwe-352 low b.js".to_owned(), mended.clone()),
            ("cwe-79 low a.js".to_owned(), vec![]),
            ("cwe-611 low e.java".to_owned(), mended),
        ]
    );
    let unreadable: Vec<_> = read.unreadable.iter().map(|(at, failure)| (at.as_str(), *failure)).collect();
    assert_eq!(
        unreadable,
        [
            ("line 3", Failure::Truncated),
            ("line 4", Failure::Truncated),
            ("line 6", Failure::Invalid),
            ("line 7", Failure::NamesNoCode),
            ("line 9", Failure::Empty),
            ("line 10", Failure::Empty),
        ]
    );
    let aside: Vec<_> = read.aside.iter().map(|(at, why)| (at.as_str(), why.as_str())).collect();
    assert_eq!(aside, [("line 8", "nothing to report"), ("line 11", "a comment")]);
}

#[test]
fn json_over_several_lines_is_not_taken_for_json_lines() {
    for text in [
        "[\n{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"a.js\"},\n{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"b.js\"}\n]",
        "{\"findings\":[\n{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"a.js\"},\n{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"b.js\"}\n]}",
        "{\"title\":\"XSS\",\"severity\":\"low\",\n\"file\":\"a.js\"}\n{\"title\":\"XSS\",\"severity\":\"low\",\n\"file\":\"b.js\"}",
    ] {
        let read = read_all(&Model, text);
        assert_eq!((read.claims.len(), read.unreadable.len(), read.aside.len()), (2, 0, 0), "{text}");
    }
}

/// A line of a model's that may be broken; true where it is one object at most.
fn any_line() -> impl Strategy<Value = String> {
    let good =
        r#"{"title":"SQL \"injection\" é","severity":"high","file":"src/db.py","line":14,"cwe":["CWE-89"]}"#;
    let cuts: Vec<usize> = good.char_indices().map(|(at, _)| at).filter(|at| *at > 0).collect();
    prop_oneof![
        3 => Just(good.to_owned()),
        2 => prop::sample::select(cuts).prop_map(|at| good[..at].to_owned()),
        1 => "[ -~]{1,30}".prop_filter("blank, or a fence", |line| {
            let line = line.trim();
            !line.is_empty() && !["```", "~~~", "---"].iter().any(|mark| line.starts_with(mark))
        }),
        1 => prop::sample::select(vec!["{}", "[]", "null", "7", "\"x\"", "[[]]", "{\"findings\":[]}", "{'title':'XSS'}"])
            .prop_map(str::to_owned),
    ]
}

proptest! {
    #[test]
    fn every_line_that_is_not_blank_comes_to_something(
        lines in prop::collection::vec(any_line(), 0..12),
        blanks in any::<bool>(),
    ) {
        let good = r#"{"title":"XSS","severity":"low","file":"a.js"}"#;
        // Half of the lines at least are sound, so that there is no doubt of what it is.
        let mut all = vec![good.to_owned(); lines.len() + 1];
        all.extend(lines.iter().cloned());
        let read = forced(&all.join(if blanks { "\n\n" } else { "\n" }));
        let told = read.claims.len() + read.aside.len() + read.unreadable.len();
        prop_assert!(told >= all.len(), "{told} of {}: {all:?}", all.len());
        // Each place is a line's, and no line is left out.
        let places = read.aside.iter().map(|(at, _)| at).chain(read.unreadable.iter().map(|(at, _)| at));
        prop_assert!(places.clone().all(|at| at.starts_with("line ")), "{:?}", places.collect::<Vec<_>>());
        if lines.iter().all(|line| line.matches('{').count() < 2 && !line.contains('[')) {
            prop_assert_eq!(told, all.len(), "{:?}", all);
        }
    }
}
