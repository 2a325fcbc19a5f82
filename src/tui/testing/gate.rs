//! What the world for tests answers about the gate.

use jiff::civil::date;

use super::World;
use crate::dataset::{Advice, Agreement, Anchoring, Condition, Measure, Oneself, Pair, Report};
use crate::docket::Overlay;
use crate::domain::{Basis, CaseId, Cwe, EntryId, Opinion, Reason, State};
use crate::jobs::{
    CaseView, Crossing, DAYS, Days, Evidence, GateReply, GateRequest, GateView, LabelCounts, Listed, Opposed,
    PastView, Throughput,
};
use crate::ledger::{Act, ChainId, Entry, Hlc, Seen, Verdict};

/// A condition that does not hold.
pub(in crate::tui) fn condition(
    name: &'static str,
    value: Option<f64>,
    bound: f64,
    at_most: bool,
) -> Condition {
    let gap = (bound - value.unwrap_or_default()).abs();
    let words = format!("what {name} is about, in a few words");
    Condition { name, words, value, bound, at_most, holds: false, gap, decisions: 0, advice: Vec::new() }
}

fn advising(mut condition: Condition, advice: &[(&str, u64, Option<u64>)]) -> Condition {
    condition.decisions = advice.iter().map(|(_, verdicts, _)| verdicts).sum();
    condition.advice = advice
        .iter()
        .map(|&(filter, verdicts, available)| Advice { filter: filter.into(), verdicts, available })
        .collect();
    condition
}

fn holding(mut condition: Condition) -> Condition {
    (condition.holds, condition.gap) = (true, 0.0);
    condition
}

fn days(last: &[u64]) -> Days {
    let mut each = vec![0; DAYS];
    let from = DAYS - last.len();
    each[from..].copy_from_slice(last);
    Days { last: Some(date(2026, 1, 31)), each, before: 40 }
}

/// A workspace without a label.
pub(in crate::tui) fn empty() -> GateView {
    let labels = advising(condition("labels", Some(0.0), 1000.0, false), &[("is:open", 1000, Some(0))]);
    let report = Report { open: false, decisions: 1000, conditions: vec![labels] };
    GateView {
        policy: "the built-in policy".into(),
        report,
        at: "14:05".into(),
        labels: LabelCounts::default(),
        history: Days { last: Some(date(2026, 1, 31)), each: vec![0; DAYS], before: 0 },
        matrix: Vec::new(),
        agreement: Agreement::default(),
        anchoring: Anchoring::default(),
        throughput: Vec::new(),
        opposed: Vec::new(),
        opposed_in_all: 0,
    }
}

/// A case that somebody judged, in the sample's names.
pub(in crate::tui) fn judged(number: u32, opinion: Opinion, reviewer: &str) -> Listed {
    let standing = Overlay {
        gold: true,
        reviewers: vec![reviewer.to_owned()],
        ..Overlay::new(State::Settled, Some((opinion, Basis::Human)))
    };
    let name = CaseId::new([u8::try_from(number).unwrap(); 16]);
    Listed { name, standing, ..Listed::sample(number) }
}

/// A verdict in a case's history.
pub(in crate::tui) fn past(minute: u8, reviewer: &str, opinion: Opinion) -> PastView {
    let clock = Hlc { wall_ms: 1_767_343_440_000 + u64::from(minute) * 60_000, counter: 0 };
    let act = Act::Verdict(Verdict {
        cases: Vec::new(),
        opinion,
        reason: Some(Reason::Sanitised),
        note: format!("because of {reviewer}"),
        until: None,
        basis: Basis::Human,
        source: None,
        seen: Some(Seen { code_on_screen: true, ..Seen::default() }),
    });
    let (id, chain) = (EntryId::new([minute; 16]), ChainId::default());
    let entry = Entry { id, chain, position: minute.into(), clock, reviewer: reviewer.into(), act };
    PastView { entry, in_force: true, cases: 1 }
}

/// A gate that is shut for several reasons.
pub(in crate::tui) fn shut() -> GateView {
    let measure = |value: f64, cases| Measure { value, low: value - 0.1, high: value + 0.1, cases };
    let conditions = vec![
        advising(condition("labels", Some(812.0), 1000.0, false), &[("is:open", 188, Some(1204))]),
        advising(
            condition("cwe_classes", Some(9.0), 12.0, false),
            &[
                ("cwe:79 is:open", 4, Some(30)),
                ("cwe:611 is:open", 9, Some(3)),
                ("cwe:918 is:open", 9, Some(0)),
            ],
        ),
        holding(condition("cwe_evenness", Some(0.81), 0.75, false)),
        holding(condition("confirmed_least", Some(0.62), 0.3, false)),
        holding(condition("confirmed_most", Some(0.62), 0.7, true)),
        advising(condition("agreement_cases", Some(12.0), 30.0, false), &[("is:gold", 18, Some(700))]),
        advising(condition("agreement", Some(0.584), 0.67, false), &[("is:gold", 1, Some(700))]),
        advising(
            condition("contradictions", Some(2.0), 0.0, true),
            &[("case:010101010101,020202020202", 1, None), ("case:030303030303,040404040404", 1, None)],
        ),
        advising(condition("cap_rule", Some(0.41), 0.25, true), &[("is:open -rule:python.sql", 520, None)]),
        holding(condition("growth", Some(812.0), 200.0, false)),
    ];
    let crossing = |cwe: u16, counts: [u64; 6]| {
        let [confirmed, risk_accepted, rejected, unsure, disputed, open] = counts;
        Crossing { cwe: Some(Cwe(cwe)), confirmed, risk_accepted, rejected, unsure, disputed, open }
    };
    GateView {
        policy: "gate.toml".into(),
        report: Report { open: false, decisions: 520, conditions },
        labels: LabelCounts { gold: 812, not_gold: 96, disputed: 12, since_batch: 312, has_batch: true },
        history: days(&[3, 0, 12, 40, 80, 120, 60, 0, 0, 90, 130, 120, 100, 17]),
        matrix: vec![
            crossing(89, [210, 4, 120, 7, 5, 300]),
            crossing(79, [96, 0, 140, 12, 7, 612]),
            Crossing { cwe: None, ..crossing(0, [10, 1, 20, 0, 0, 12_345]) },
        ],
        agreement: Agreement {
            alpha: Some(measure(0.684, 12)),
            pairs: vec![Pair {
                reviewers: ("ann".into(), "bob".into()),
                cases: 12,
                kappa: Some(measure(0.7, 12)),
            }],
            cases: 12,
            oneself: vec![Oneself {
                reviewer: "ann".into(),
                cases: 20,
                same: 19,
                share: Some(measure(0.85, 20)),
                kappa: None,
            }],
            ..Agreement::default()
        },
        throughput: vec![Throughput {
            reviewer: "ann".into(),
            days: days(&[80, 120, 60, 0, 0, 90, 130, 120, 100, 17]),
            decisions: 717,
            median: 6.4,
            an_hour: 412.3,
        }],
        opposed: vec![
            Opposed {
                real: vec![judged(1, Opinion::Confirmed, "ann")],
                not_real: vec![judged(2, Opinion::Rejected, "ann")],
                of: (1, 1),
            },
            Opposed {
                real: vec![judged(3, Opinion::Confirmed, "ann")],
                not_real: vec![judged(4, Opinion::Rejected, "bob")],
                of: (1, 1),
            },
        ],
        opposed_in_all: 2,
        ..empty()
    }
}

/// The same where everything holds.
pub(in crate::tui) fn open() -> GateView {
    let view = shut();
    let conditions = view.report.conditions.into_iter().map(|mut condition| {
        (condition.bound, condition.decisions) = (condition.value.unwrap_or_default(), 0);
        condition.advice.clear();
        holding(condition)
    });
    let report = Report { open: true, decisions: 0, conditions: conditions.collect() };
    GateView { report, opposed: Vec::new(), opposed_in_all: 0, ..view }
}

impl World {
    pub(super) fn answer_of_gate(&mut self, request: GateRequest) -> GateReply {
        match request {
            GateRequest::Count(turn) => GateReply::Counted { turn, counted: self.gate.clone().map(Box::new) },
            GateRequest::CallOff => GateReply::Counted { turn: 0, counted: Err("called off".into()) },
            GateRequest::Sides(cases) => {
                let view = |name: CaseId| {
                    let number = u32::from(name.bytes()[0]);
                    let code = Evidence {
                        path: format!("src/file{number}.py"),
                        lines: (1..=9).map(|line| format!("\tcall_{line}(uid)")).collect(),
                        first_line: 10,
                        flagged: (14, 15),
                        scope: "class Users › def find".into(),
                        from_source: true,
                        about: crate::jobs::About::default(),
                    };
                    let history = self.histories.get(&number).cloned().unwrap_or_default();
                    let listed = Listed { name, ..self.listed(number) };
                    CaseView { code: Some(code), history, ..CaseView::sample(listed) }
                };
                GateReply::Sides { cases, views: Ok(Box::new(cases.map(view))) }
            }
        }
    }
}
