//! A docket of a million cases and a journal of as many verdicts as are asked for, made up.

use assize::docket::{Docket, Overlay, RunKey};
use assize::domain::{Basis, CaseId, Cwe, FindingId, Opinion, RunId, State};
use assize::ledger::{Act, ChainId, CodeHash, Head, Hlc, Judged, Member, Sealed, Seen, Verdict, seal};
use assize::store::{CaseRow, Dictionary, PackedTexts, RuleRow, SEGMENT, Texts};

pub(crate) const CASES: u32 = 1_000_000;
const PATHS: u32 = 30_000;
const RULES: u32 = 1_500;

/// A fixed series without a pattern.
fn draws() -> impl FnMut(u32) -> u32 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from((state >> 32) % u64::from(below)).unwrap()
    }
}

/// Everything loaded, one case in twenty settled.
pub(crate) fn docket() -> Docket {
    let mut draw = draws();
    let rule = |id: u32| RuleRow {
        tool: id % 4 + 1,
        name: format!("python.lang.security.audit.rule-{id}.formatted-sql-{}", id % 97),
        family: format!("formatted-sql-{}", id % 97),
        title: format!("SQL injection number {id}"),
        ..RuleRow::default()
    };
    let dictionary = Dictionary {
        projects: (1..=40).map(|id| (id, format!("project-{id}"))).collect(),
        tools: (1..).zip(["semgrep", "bandit", "snyk", "codeql"].map(str::to_owned)).collect(),
        rules: (1..=RULES).map(|id| (id, rule(id))).collect(),
        rule_sets: (1..=4_000).map(|id| (id, vec![draw(RULES) + 1, draw(RULES) + 1])).collect(),
        cwe_sets: (1..=300).map(|id| (id, vec![Cwe(u16::try_from(id).unwrap() + 20)])).collect(),
    };
    let rows = (1..=CASES).map(|number| {
        let first_run = draw(50) + 1;
        CaseRow {
            head: number,
            path: draw(PATHS) + 1,
            line: draw(2_000),
            end_line: 0,
            rules: draw(4_000) + 1,
            cwes: draw(300) + 1,
            first_run,
            last_run: 50,
            project: u16::try_from(draw(40) + 1).unwrap(),
            members: u16::try_from(draw(3) + 1).unwrap(),
            severity: u8::try_from(draw(5)).unwrap(),
            confidence: u8::try_from(draw(4)).unwrap(),
            kind: 0,
            flags: u8::try_from(draw(32)).unwrap(),
        }
    });
    let rows = rows.collect();
    let mut docket = Docket::new(rows, dictionary);
    let path = |id: u32| format!("src/package_{}/module_{}/File{id}.py", id % 50, id % 700);
    docket.load_paths((1..=PATHS).map(|id| (id, path(id))).collect());
    docket.load_runs(
        (1..=50).map(|id| RunKey { id, name: RunId::new([id as u8; 8]), import: [id as u8; 16] }).collect(),
    );
    docket.load_names(
        (1..=CASES).map(|case| u128::from(case.wrapping_mul(0x9e37_79b1)).to_be_bytes()).collect(),
    );
    let settled = |case| Overlay {
        reviewers: vec!["ann".to_owned()],
        ..Overlay::new(
            State::Settled,
            Some((if case % 3 == 0 { Opinion::Confirmed } else { Opinion::Rejected }, Basis::Human)),
        )
    };
    docket.load_standings((0..50_000).map(|number| (number * 20 + 1, settled(number))));
    docket
}

/// What the tool says of a case.
pub(crate) fn message(case: u32) -> String {
    format!(
        "Detected possible formatted SQL query number {}. Use parameterized queries, not user input.",
        case % 1_000
    )
}

/// A verdict on some cases.
pub(crate) fn judge(cases: impl IntoIterator<Item = u32>, opinion: Opinion) -> Act {
    let judged = |number: u32| Judged {
        case: case(number),
        members: vec![Member {
            finding: FindingId::from(case(number)),
            lease: CodeHash(u64::from(number) + 1),
        }],
        scope: CodeHash(9),
        revision: String::new(),
    };
    Act::Verdict(Verdict {
        cases: cases.into_iter().map(judged).collect(),
        opinion,
        reason: None,
        note: "because".to_owned(),
        until: None,
        basis: Basis::Human,
        source: None,
        seen: Some(Seen { code_on_screen: true, why: "worth".to_owned(), ms: 3, ..Seen::default() }),
    })
}

fn case(number: u32) -> CaseId {
    let mut bytes = [7; 16];
    bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b9).to_le_bytes());
    CaseId::new(bytes)
}

/// The chain of a reviewer who rejects one case after the other.
pub(crate) fn chain(verdicts: u32) -> Vec<Sealed> {
    let mut head = Head::start(ChainId::of("machine", "ann"));
    let seal = |number| {
        let clock = Hlc { wall_ms: 1_700_000_000_000 + u64::from(number), counter: 0 };
        let sealed = seal(&head, clock, "ann", &judge([number], Opinion::Rejected)).unwrap();
        head = sealed.head();
        sealed
    };
    (0..verdicts).map(seal).collect()
}

/// All messages, as a store has them packed.
pub(crate) fn messages(mut take: impl FnMut(u32, PackedTexts<'_>)) {
    for first in (0..CASES).step_by(SEGMENT as usize) {
        let (mut texts, mut known) = (Texts::default(), Default::default());
        for case in first..CASES.min(first + SEGMENT) {
            texts.set((case - first) as usize, message(case).as_bytes(), &mut known);
        }
        take(first, PackedTexts::new(&texts.pack()));
    }
}
