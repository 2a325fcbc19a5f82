use proptest::prelude::*;

use super::*;
use crate::docket::select_tests::{dockets, selected};
use crate::docket::{Facet, Needs, Saved};

fn completed(docket: &Docket, messages: &[String], text: &str, caret: usize) -> Option<Completions> {
    let spot = Spot::at(text, caret, &Saved::default())?;
    let rest = selected(docket, messages, spot.rest());
    docket.complete(&spot, &rest, &Saved::default(), &mut ValueCounts::default(), &|| false)
}

/// The text with a completion written into it.
fn written(text: &str, completions: &Completions, offer: &Completion) -> String {
    let Range { start, end } = completions.replaces.clone();
    [&text[..start], &offer.text, &text[end..]].concat()
}

#[test]
fn a_caret_is_in_a_term_with_a_field_and_the_beginning_of_a_value() {
    for (text, spot) in [
        ("|", Some((None, "", false, "", ""))),
        ("se|", Some((None, "se", false, "se", ""))),
        ("is:open |", Some((None, "", false, "", "is:open"))),
        ("is:open -se| tool:x", Some((None, "se", true, "se", "is:open tool:x"))),
        ("sev:|", Some((Some(Field::Severity), "", false, "", ""))),
        ("sev:hi|gh is:open", Some((Some(Field::Severity), "hi", false, "high", "is:open"))),
        ("se|v:high", Some((None, "se", false, "sev:", ""))),
        ("cwe:89,7|9,22 x", Some((Some(Field::Cwe), "7", false, "79", "x"))),
        ("path:\"my di|", Some((Some(Field::Path), "my di", false, "\"my di", ""))),
        ("path:\"a\\\"b c\"/x|", Some((Some(Field::Path), "a\"b c/x", false, "\"a\\\"b c\"/x", ""))),
        ("foo:x|", None),
        ("is:opne se|", None),
        ("\"se|", None),
    ] {
        let caret = text.find('|').unwrap();
        let text = text.replacen('|', "", 1);
        let told = Spot::at(&text, caret, &Saved::default());
        let told = told.as_ref().map(|spot| {
            let replaced = &text[spot.replaces.clone()];
            (spot.field, spot.letters.as_str(), spot.negated, replaced, spot.rest.to_string())
        });
        assert_eq!(told, spot.map(|(a, b, c, d, rest)| (a, b, c, d, rest.to_owned())), "{text} {caret}");
    }
}

/// Texts as they are while they are written.
fn texts() -> impl Strategy<Value = String> {
    let term = prop::sample::select(vec![
        "is:",
        "is:op",
        "-is:",
        "sev:",
        "sev:>=",
        "sev:hi",
        "sev:high,",
        "-sev:low,",
        "cwe:",
        "cwe:89,",
        "cwe:sql",
        "tool:",
        "tool:se",
        "-tool:semgrep,b",
        "rule:",
        "rule:sql",
        "rule:python",
        "path:",
        "path:src/",
        "path:\"us",
        "path:src/,web",
        "project:",
        "run:",
        "by:",
        "by:an",
        "assignee:",
        "verdict:",
        "rank:<=",
        "kind:",
        "conf:>",
        "case:",
        "se",
        "sql",
        "",
        "-",
        "x:",
    ]);
    let beside = prop::sample::select(vec!["", "is:open ", "sev:>=medium ", "sql ", "-tool:bandit "]);
    (beside, term).prop_map(|(beside, term)| format!("{beside}{term}"))
}

proptest! {
    #[test]
    fn a_completion_leaves_in_as_many_cases_as_are_told_beside_it(
        (docket, messages) in dockets(), text in texts(),
    ) {
        let Some(completions) = completed(&docket, &messages, &text, text.len()) else { return Ok(()) };
        prop_assert!(completions.offers.len() <= OFFERED);
        for offer in &completions.offers {
            let Some(cases) = offer.cases else { continue };
            let written = written(&text, &completions, offer);
            let filter: Filter = written.parse().unwrap_or_else(|error| panic!("{written}: {error}"));
            prop_assert_eq!(selected(&docket, &messages, &filter).len(), cases, "{}", written);
        }
    }

    #[test]
    fn no_text_and_no_caret_is_too_odd(
        (docket, messages) in dockets(), text in "[a-z:,\"\\\\ é*-]{0,20}", caret in 0..30_usize,
    ) {
        let _ = completed(&docket, &messages, &text, caret);
    }

    #[test]
    fn a_facet_counts_what_its_values_leave_in_of_the_rest(
        (docket, messages) in dockets(),
        text in prop::sample::select(vec!["", "is:open", "sev:high -sev:low is:fused", "sql tool:semgrep", "path:src/"]),
        inside in prop::sample::select(vec!["", "src/", "SRC/", "nowhere/"]),
    ) {
        let filter: Filter = text.parse().unwrap();
        for facet in Facet::ALL {
            let rest = filter.without(facet);
            let cases = selected(&docket, &messages, &rest);
            for counted in docket.facet(facet, inside, "", &cases) {
                let with = rest.clone().with(counted.value.clone());
                prop_assert_eq!(&with.to_string().parse::<Filter>().unwrap(), &with);
                prop_assert_eq!(selected(&docket, &messages, &with).len(), counted.cases, "{}", with);
                prop_assert!(counted.cases > 0);
            }
        }
    }

    #[test]
    fn what_was_counted_for_the_letters_before_changes_nothing(
        (docket, messages) in dockets(),
        text in texts(),
    ) {
        let mut counts = ValueCounts::default();
        let ends = text.char_indices().map(|(at, _)| at).skip(1).chain([text.len()]);
        for text in ends.map(|end| &text[..end]) {
            let Some(spot) = Spot::at(text, text.len(), &Saved::default()) else { continue };
            let rest = selected(&docket, &messages, spot.rest());
            let told = docket.complete(&spot, &rest, &Saved::default(), &mut counts, &|| false);
            prop_assert_eq!(told, completed(&docket, &messages, text, text.len()), "{}", text);
        }
    }

    #[test]
    fn the_states_and_grades_of_a_facet_add_up_to_the_rest((docket, _) in dockets()) {
        let cases = docket.select(&Filter::default(), None).unwrap();
        for facet in [Facet::Severity, Facet::State] {
            let sum: usize = docket.facet(facet, "", "", &cases).iter().map(|counted| counted.cases).sum();
            prop_assert_eq!(sum, cases.len());
        }
    }
}

/// A docket of one case a path.
fn docket_of(paths: &[&str]) -> Docket {
    use crate::store::{CaseRow, Dictionary};
    let rows = (1..).zip(paths).map(|(path, _)| CaseRow { head: 1, path, ..CaseRow::default() });
    let mut docket = Docket::new(rows.collect(), Dictionary::default());
    docket.load_paths((1..).zip(paths.iter().map(|&path| path.to_owned())).collect());
    docket
}

#[test]
fn folders_are_offered_one_level_at_a_time_and_odd_names_mean_themselves() {
    let odd =
        ["src/a.py", "src/b/c.py", "src/b", "pages/[id].tsx", "x*y/{z}.py", "xy/z.py", "/abs/a,b.py", "a.py"];
    let docket = docket_of(&odd);
    assert_eq!(docket.loaded(), Needs { paths: true, ..Needs::default() });
    let all: Vec<u32> = (1..docket.end()).collect();
    let mut folders = vec![String::new()];
    let (mut files, mut known) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for counted in docket.inside(&folder, &all) {
            let term = Filter::default().with(counted.value.clone());
            let term: Filter = term.to_string().parse().unwrap();
            let found = docket.select(&term, None).unwrap();
            assert_eq!(found.len(), counted.cases, "{term}");
            let text = counted.value.to_string();
            known.push(text.clone());
            if text.trim_matches('"').ends_with('/') {
                let inside = docket.path(docket.row(found[0]).unwrap()).trim_start_matches('/');
                let end = folder.len() + inside[folder.len()..].find('/').unwrap() + 1;
                folders.push(inside[..end].to_owned());
            } else {
                files += 1;
            }
        }
    }
    assert_eq!(files, odd.len(), "{known:?}");
}

#[test]
fn saved_filters_are_offered_by_name_and_count_among_the_rest() {
    let docket = docket_of(&["src/a.py", "lib/b.py", "lib/c.py"]);
    let saved =
        Saved::new([("mine", "path:lib/"), ("other", "sev:high")].map(|(a, b)| (a.into(), b.into())).into());
    let spot = Spot::at("@m", 2, &saved).unwrap();
    let offers =
        docket.complete(&spot, &[1, 2, 3], &saved, &mut ValueCounts::default(), &|| false).unwrap().offers;
    assert_eq!(offers.iter().map(|offer| offer.text.as_str()).collect::<Vec<_>>(), ["@mine"]);
    let spot = Spot::at("@mine sev:", 10, &saved).unwrap();
    assert_eq!(spot.rest().to_string(), "path:lib/");
    assert_eq!(Spot::at("@nobody sev:", 12, &saved), None);
}

#[test]
fn what_begins_so_comes_before_what_is_like_it_and_the_more_before_the_fewer() {
    let paths: Vec<String> =
        (0..60).map(|n| format!("{}/f{n}.py", ["src", "scripts", "lib/src"][n % 3])).collect();
    let docket = docket_of(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let all: Vec<u32> = (1..=60).collect();
    let offered = |text: &str| -> Vec<String> {
        let spot = Spot::at(text, text.len(), &Saved::default()).unwrap();
        docket
            .complete(&spot, &all, &Saved::default(), &mut ValueCounts::default(), &|| false)
            .unwrap()
            .offers
            .into_iter()
            .map(|it| it.text)
            .collect()
    };
    assert_eq!(offered("path:s"), ["scripts/", "src/"]);
    assert_eq!(
        offered("path:sc"),
        ["scripts/", "src/"],
        "sc begins the one and is in the other in this order"
    );
    assert_eq!(offered("path:li"), ["lib/"]);
    assert_eq!(offered("path:lib/"), ["lib/src/"]);
    let spot = Spot::at("path:src/", 9, &Saved::default()).unwrap();
    let completions =
        docket.complete(&spot, &all, &Saved::default(), &mut ValueCounts::default(), &|| false).unwrap();
    assert_eq!((completions.offers.len(), completions.more), (20, 0));
    assert_eq!(
        docket.complete(
            &Spot::at("sq", 2, &Saved::default()).unwrap(),
            &all,
            &Saved::default(),
            &mut ValueCounts::default(),
            &|| true
        ),
        None,
        "nobody waits any more"
    );
}

#[test]
fn what_was_counted_in_all_cases_is_kept_while_a_term_is_written_beside_another() {
    let mut docket = docket_of(&["src/a.py", "lib/b.py"]);
    docket.load_standings([]);
    let mut counts = ValueCounts::default();
    let mut counted = |text: &str| {
        let spot = Spot::at(text, text.len(), &Saved::default()).unwrap();
        let rest = docket.select(spot.rest(), None).unwrap();
        docket.complete(&spot, &rest, &Saved::default(), &mut counts, &|| false).unwrap();
        counts.len()
    };
    let of_all = counted("sq");
    assert_eq!(
        (of_all, counted("sql")),
        (FIELDS_OF_WORDS.len(), of_all),
        "a letter more counts nothing anew"
    );
    let beside = counted("is:open sq");
    assert_eq!(
        (beside, counted("sq")),
        (2 * of_all, 2 * of_all),
        "nor does the first term of the next filter"
    );
    assert_eq!(counted("is:open sev:"), beside, "what stands beside it still is the same");
    assert_eq!(counted("sev:low sev:"), of_all + 1);
}
