use proptest::prelude::*;

use super::*;
use crate::dataset::agreement::{Review, Twice};
use crate::dataset::corpus::Secrets;
use crate::domain::Opinion;
use crate::store::{CaseRow, Dictionary, RuleRow};

const NOW: u64 = 1_000 * DAY_MS;

/// Cases of four weaknesses and four rules in turn, each in a file of its own, none judged.
fn docket(cases: u32) -> Docket {
    let rule = |name: &str| RuleRow { tool: 1, name: name.into(), family: name.into(), ..RuleRow::default() };
    let dictionary = Dictionary {
        projects: std::iter::once((1, "shop".to_owned())).collect(),
        rules: (0..4).map(|key| (key, rule(&format!("r{key}")))).collect(),
        rule_sets: (0..4).map(|key| (key, vec![key])).collect(),
        cwe_sets: (0..4).zip([Cwe(89), Cwe(79), Cwe(22), Cwe(78)].map(|cwe| vec![cwe])).collect(),
        ..Dictionary::default()
    };
    let rows = (1..=cases).map(|case| CaseRow {
        head: case,
        path: case,
        rules: case % 4,
        cwes: case % 4,
        project: 1,
        ..CaseRow::default()
    });
    let mut docket = Docket::new(rows.collect(), dictionary);
    docket.load_names((1..=cases).map(|number| (u128::from(number) << 96).to_be_bytes()).collect());
    docket.load_paths((1..=cases).map(|number| (number, format!("f{number}.py"))).collect());
    docket.load_standings([]);
    docket
}

fn gold(case: u32, opinion: Opinion) -> Gold {
    Gold {
        case,
        opinion,
        cwe: None,
        rule: 0,
        path: case,
        project: 1,
        reviewers: 1,
        context: true,
        random: case.is_multiple_of(10),
        decided: NOW,
        mark: 0,
        snapshot: 0,
    }
}

/// A review of two who agree.
fn agreed(opinion: Opinion) -> (Option<Cwe>, Review) {
    let said = |name: &str| (name.to_owned(), opinion);
    let twice = |name: &str| Twice { reviewer: name.to_owned(), first: opinion, again: opinion };
    let (apart, twice) = (vec![said("ann"), said("bob")], vec![twice("ann"), twice("bob")]);
    (None, Review { apart, twice, ..Review::default() })
}

/// Labels of which every second is confirmed and every fifth has two reviewers.
fn corpus(docket: &Docket, labels: u32) -> Corpus {
    let opinion =
        |case: u32| if (case / 4).is_multiple_of(2) { Opinion::Confirmed } else { Opinion::Rejected };
    let gold = (1..=labels)
        .map(|case| Gold {
            reviewers: if case.is_multiple_of(5) { 2 } else { 1 },
            ..gold(case, opinion(case))
        })
        .collect();
    let reviews =
        (1..=labels).filter(|case| case.is_multiple_of(5)).map(|case| agreed(opinion(case))).collect();
    Corpus { reviews, open: [(Some(Cwe(79)), 7)].into_iter().collect(), ..Corpus::of(docket, gold, NOW) }
}

fn policy(text: &str) -> Policy {
    let small = "[labels]\nleast = 40\n[classes]\nleast = 4\neach = 5\n[agreement]\ncases = 8\noneself_cases = 6\n[growth]\nlabels = 10\n";
    let mut whole: toml::Table = toml::from_str(small).unwrap();
    for (name, value) in toml::from_str::<toml::Table>(text).unwrap() {
        match (whole.get_mut(&name), value) {
            (Some(toml::Value::Table(known)), toml::Value::Table(set)) => known.extend(set),
            (_, value) => drop(whole.insert(name, value)),
        }
    }
    Policy::read(&toml::to_string(&whole).unwrap()).unwrap()
}

fn failing(report: &Report) -> Vec<&'static str> {
    report.conditions.iter().filter(|it| !it.holds).map(|it| it.name).collect()
}

fn condition<'r>(report: &'r Report, name: &str) -> &'r Condition {
    report.conditions.iter().find(|it| it.name == name).unwrap()
}

#[test]
fn a_corpus_that_has_all_of_it_is_let_through() {
    let docket = docket(40);
    let told = report(&policy(""), &corpus(&docket, 40), &docket);
    assert_eq!((failing(&told), told.open, told.decisions), (vec![], true, 0));
    assert!(told.conditions.iter().all(|it| it.gap == 0.0 && it.advice.is_empty()));
}

#[test]
fn each_condition_fails_alone_where_only_it_is_not_met() {
    let docket = docket(48);
    type Change = fn(&mut Corpus);
    let table: [(&str, &str, Change, &str, u64); 18] = [
        ("labels", "[labels]\nleast = 47", |_| {}, "is:open", 7),
        ("cwe_classes", "[classes]\nleast = 5", |_| {}, "is:open", 5),
        ("confirmed_least", "[balance]\nconfirmed = [0.6, 1.0]", |_| {}, "is:open", 10),
        ("confirmed_most", "[balance]\nconfirmed = [0.0, 0.4]", |_| {}, "is:open", 10),
        (
            "class_confirmed_most",
            "",
            |corpus| {
                let of = corpus.gold.iter_mut().filter(|gold| gold.cwe == Some(Cwe(22)));
                of.for_each(|gold| gold.opinion = Opinion::Confirmed);
            },
            "cwe:22 is:open",
            1,
        ),
        (
            "class_confirmed_least",
            "",
            |corpus| {
                let of = corpus.gold.iter_mut().filter(|gold| gold.cwe == Some(Cwe(22)));
                of.for_each(|gold| gold.opinion = Opinion::Rejected);
            },
            "cwe:22 is:open",
            1,
        ),
        ("agreement_cases", "[agreement]\ncases = 9", |_| {}, "is:gold", 1),
        (
            "agreement",
            "",
            |corpus| {
                for (_, review) in corpus.reviews.iter_mut().take(5) {
                    review.apart[0].1 = Opinion::RiskAccepted;
                }
            },
            "is:gold",
            1,
        ),
        ("oneself_cases", "[agreement]\noneself_cases = 18", |_| {}, "is:open", 2),
        (
            "oneself",
            "",
            |corpus| {
                for (_, review) in corpus.reviews.iter_mut().take(4) {
                    review.twice[0].again = Opinion::RiskAccepted;
                }
            },
            "is:open",
            1,
        ),
        (
            "near_duplicates",
            "[duplicates]\nshare = 0.2",
            |corpus| {
                let real = corpus.gold.iter_mut().filter(|gold| gold.is_real());
                real.take(12).for_each(|gold| gold.mark = 9);
            },
            "is:open -rule:r1",
            20,
        ),
        (
            "secrets",
            "",
            |corpus| corpus.secrets = Secrets { looked_at: 40, cases: (1..=8).collect() },
            "is:open -path:f1.py,f2.py,f3.py,f4.py,f5.py",
            40,
        ),
        ("reviewed_by_two", "[agreement]\nreviewed_by_two = 0.25", |_| {}, "is:gold", 2),
        (
            "contradictions",
            "",
            |corpus| corpus.gold.iter_mut().take(4).for_each(|gold| gold.mark = 9),
            "case:000000010000,000000020000,000000030000,000000040000",
            1,
        ),
        (
            "context",
            "",
            |corpus| corpus.gold.iter_mut().take(5).for_each(|it| it.context = false),
            "is:open",
            10,
        ),
        (
            "freshness",
            "",
            |corpus| corpus.gold.iter_mut().take(9).for_each(|it| it.decided = 1),
            "is:open",
            5,
        ),
        ("random_sample", "", |corpus| corpus.gold.iter_mut().for_each(|it| it.random = false), "is:open", 1),
        ("growth", "", |corpus| corpus.last_batch = NOW, "is:open", 10),
    ];
    for (name, text, change, filter, verdicts) in table {
        let mut corpus = corpus(&docket, 40);
        change(&mut corpus);
        let told = report(&policy(text), &corpus, &docket);
        assert_eq!(failing(&told), [name]);
        let failed = condition(&told, name);
        let advice = &failed.advice[0];
        assert_eq!((advice.filter.as_str(), advice.verdicts), (filter, verdicts), "{name}");
        assert!(!told.open && told.decisions == verdicts && failed.gap > 0.0, "{name}: {failed:?}");
    }
}

#[test]
fn what_outweighs_the_others_is_told_with_a_filter_that_leaves_it_out() {
    let docket = docket(40);
    let mut corpus = corpus(&docket, 40);
    for gold in corpus.gold.iter_mut().take(12) {
        gold.path = 1;
    }
    let told = report(&policy("[caps]\nrule = 0.2"), &corpus, &docket);
    assert_eq!(failing(&told), ["cap_rule", "cap_file"]);
    let advice = |name| condition(&told, name).advice[0].clone();
    assert_eq!((advice("cap_rule").filter.as_str(), advice("cap_rule").verdicts), ("is:open -rule:r1", 10));
    assert_eq!(
        (advice("cap_file").filter.as_str(), advice("cap_file").verdicts),
        ("is:open -path:f1.py", 80)
    );
}

#[test]
fn an_empty_corpus_is_shut_and_says_where_to_begin() {
    let docket = docket(40);
    let corpus = Corpus::of(&docket, Vec::new(), NOW);
    let told = report(&policy(""), &corpus, &docket);
    assert!(!told.open && told.decisions >= 40, "{told:?}");
    let classes = condition(&told, "cwe_classes");
    assert_eq!(
        classes.advice.iter().map(|it| (it.verdicts, it.available)).collect::<Vec<_>>(),
        [(5, Some(10)); 4]
    );
    for failed in told.conditions.iter().filter(|it| !it.holds) {
        assert!(failed.decisions > 0 && !failed.advice.is_empty(), "{failed:?}");
        for advice in &failed.advice {
            advice.filter.parse::<crate::docket::Filter>().unwrap();
        }
    }
}

#[test]
fn bounds_that_always_hold_switch_every_condition_off() {
    let off = "[labels]\nleast = 0\n[classes]\nleast = 0\neach = 0\nevenness = 0.0\n\
        [balance]\nconfirmed = [0.0, 1.0]\nper_class = [0.0, 1.0]\n\
        [agreement]\ncases = 0\nleast = -1.0\nreviewed_by_two = 0.0\noneself_cases = 0\noneself = 0.0\ncontradictions = 1000\n\
        [quality]\ncontext = 0.0\nfresh = 0.0\nrandom = 0.0\n[caps]\nrule = 1.0\nfile = 1.0\n[duplicates]\nshare = 1.0\napart = 1000000\n[secrets]\nshare = 1.0\n[growth]\nlabels = 0\n";
    let docket = docket(4);
    let told = report(&Policy::read(off).unwrap(), &Corpus::of(&docket, Vec::new(), NOW), &docket);
    assert_eq!(failing(&told), Vec::<&str>::new());
}

proptest! {
    #[test]
    fn whoever_opens_the_gate_gave_as_many_decisions_as_it_said_or_more(
        labelled in 0_u32..40,
        seed: u64,
    ) {
        let docket = docket(200);
        let policy = policy(
            "[agreement]\ncases = 0\nleast = -1.0\nreviewed_by_two = 0.0\noneself_cases = 0\noneself = 0.0\n",
        );
        let opinion = |case: u32| {
            if (seed >> (case % 60)) & 1 == 0 { Opinion::Confirmed } else { Opinion::Rejected }
        };
        let now = |labels: u32| {
            let gold = (1..=labels).map(|case| gold(case, opinion(case))).collect();
            report(&policy, &Corpus::of(&docket, gold, NOW), &docket)
        };
        let said = now(labelled);
        if let Some(opened) = (labelled..=200).find(|labels| now(*labels).open) {
            prop_assert!(u64::from(opened - labelled) >= said.decisions, "{} {}", opened, said.decisions);
        }
    }
}

#[test]
fn splits_that_part_what_is_nearly_the_same_shut_the_gate_and_name_its_cases() {
    let (docket, policy) = (docket(40), policy(""));
    let cases = || (1..=9).filter_map(|case| docket.name(case));
    let told = report(&policy, &corpus(&docket, 40), &docket);
    assert!(told.clone().and(apart(&policy, 0, cases())).open);
    let told = told.and(apart(&policy, 2, cases()));
    assert_eq!((told.open, failing(&told), told.decisions), (false, vec!["near_duplicates_apart"], 1));
    let failed = condition(&told, "near_duplicates_apart");
    assert_eq!((failed.gap, failed.advice[0].filter.split(',').count()), (2.0, 5));
}
