//! What a reviewer does, as it is written into the body of an entry.
//!
//! A body is the canonical JSON of an [`Act`]: fields in the order they are declared, empty ones left out. An
//! act that this version cannot read is kept as [`Act::Other`] and never fails a journal; the entry keeps the
//! text it was sealed with, so nothing is ever written out again in another shape.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use crate::domain::{Basis, CaseId, EntryId, FindingId, Opinion, Reason};

/// One act. A bulk act names many cases and is one step for undo.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// An opinion of some cases.
    Verdict(Verdict),
    /// Words left on some cases.
    Note(Note),
    /// A priority given or taken away.
    Rank(Rank),
    /// Cases pinned or let go.
    Pin(Pin),
    /// Cases given to a reviewer, or to nobody.
    Assign(Assign),
    /// Findings taken out of a case.
    Split(Split),
    /// Cases made one.
    Merge(Merge),
    /// Entries taken back, or given back.
    Retract(Retract),
    /// A project's code and bodies erased.
    Forget(Forget),
    /// An entry whose body was erased; only its kind is left. It cannot be sealed.
    #[serde(skip)]
    Erased(String),
    /// An act of a later floor or of a later version, not read here.
    #[serde(untagged)]
    Other(Other),
}

/// An opinion of some cases, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The cases, each with what was judged of it.
    pub cases: Vec<Judged>,
    /// The opinion.
    pub opinion: Opinion,
    /// Why, where a word was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The last day on which an accepted risk is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Where it comes from.
    pub basis: Basis,
    /// The verdict that an inferred one was propagated from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<EntryId>,
    /// How it came about, where a person gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
}

/// One case as it stood when it was judged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Judged {
    /// The case.
    pub case: CaseId,
    /// Its findings, each with the lease the verdict rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// The enclosing scope around them.
    #[serde(default, skip_serializing_if = "CodeHash::is_unknown")]
    pub scope: CodeHash,
    /// The revision of the code, where it was known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub revision: String,
}

/// One finding of a judged case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The finding.
    pub finding: FindingId,
    /// Its flagged statement and trace steps.
    #[serde(default, skip_serializing_if = "CodeHash::is_unknown")]
    pub lease: CodeHash,
}

/// What was before the reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Seen {
    /// Whether the code itself was on screen.
    pub code_on_screen: bool,
    /// Why the case came up: the docket's filter and order.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Milliseconds from the case's coming up to the decision, pauses cut off.
    #[serde(default)]
    pub ms: u64,
    /// How the case came before the reviewer, where that was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came: Option<Came>,
    /// What others think of it that was in sight, where that was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sight: Option<Sight>,
}

/// How a case came before the reviewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// It was next in the order of the list, whose filter and order are in [`Seen::why`].
    Order,
    /// It was drawn at random from all open cases of the list: verdicts on these are an unbiased sample.
    Audit,
    /// The reviewer went to it past others.
    Jump,
    /// It was listed as nearly the same as one that was judged.
    Alike,
    /// It was one of many that were judged at once.
    Selection,
    /// What the gate lacks brought it up.
    Advice,
    /// It came back to whoever had settled it, with all that was said of it hidden: what is said then tells how far a
    /// reviewer agrees with oneself.
    Return,
}

/// What others think of a case that was in sight before the reviewer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Sight {
    /// Whether the reviewer had chosen that it be hidden until their first verdict.
    pub blind: bool,
    /// Whether another reviewer's verdict, or words of theirs, could be read.
    pub verdicts: bool,
    /// Whether it could be read how sure the tools are, or that one of them silenced it.
    pub confidence: bool,
    /// Whether a model's opinion could be read.
    pub models: bool,
}

/// Words left on some cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The cases.
    pub cases: Vec<CaseId>,
    /// The words.
    pub text: String,
}

/// A priority given, or taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rank {
    /// The cases.
    pub cases: Vec<CaseId>,
    /// The priority; `None` takes it away.
    pub priority: Option<Priority>,
}

/// Cases pinned or let go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The cases.
    pub cases: Vec<CaseId>,
    /// Whether they are pinned.
    pub on: bool,
}

/// Cases given to someone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assign {
    /// The cases.
    pub cases: Vec<CaseId>,
    /// To whom; `None` to nobody.
    pub to: Option<String>,
}

/// Findings taken out of a case: none of `out` belongs with any of `stay`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The case that is split.
    pub case: CaseId,
    /// The case that the findings taken out make up.
    pub into: CaseId,
    /// The findings taken out.
    pub out: Vec<FindingId>,
    /// The findings that stay.
    pub stay: Vec<FindingId>,
}

/// Cases made one: every finding of `members` belongs with every other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    /// The case that remains.
    pub into: CaseId,
    /// The cases that end in it.
    pub from: Vec<CaseId>,
    /// All findings of all of them.
    pub members: Vec<FindingId>,
}

/// Entries taken back (undo), or retractions taken back (redo).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retract {
    /// What is taken back: acts for an undo, undos for a redo. Only one's own.
    pub entries: Vec<EntryId>,
    /// Whether this is a redo. A redo is never taken back: undo the act again.
    #[serde(default)]
    pub redo: bool,
    /// Whether it is an act of its own, of entries that the reviewer named, and no step back: undo takes it back. With
    /// `redo` it is the redo of such an act: what was given back is taken again. Not written where it is not, so that
    /// earlier entries read as they were written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
}

impl Retract {
    /// Whether what was done is in force again by it, rather than no longer.
    #[must_use]
    pub const fn gives_back(&self) -> bool {
        self.redo && !self.by_hand
    }
}

/// A project erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forget {
    /// Its name.
    pub project: String,
}

/// An act that the ledger carries without reading it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Other {
    /// Its kind, such as [`Other::REMEDY_DECISION`].
    #[serde(rename = "act")]
    pub kind: String,
    /// The cases it is about, so that it shows in their history.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseId>,
    /// Everything else.
    #[serde(flatten)]
    pub body: Map<String, Value>,
}

impl Other {
    /// A remedy accepted, edited or refused.
    pub const REMEDY_DECISION: &'static str = "remedy_decision";
    /// Another model put in a role.
    pub const MODEL_SWAP: &'static str = "model_swap";
    /// The gate was read, or overridden.
    pub const GATE: &'static str = "gate";
    /// A batch left.
    pub const BATCH: &'static str = "batch";
    /// Verdicts left for the tools that they are of.
    pub const WRITTEN_BACK: &'static str = "written_back";

    /// All of them.
    const KINDS: [&'static str; 5] =
        [Self::REMEDY_DECISION, Self::MODEL_SWAP, Self::GATE, Self::BATCH, Self::WRITTEN_BACK];
}

impl Act {
    /// The word in the entry's header, which outlives the body.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Verdict(_) => "verdict",
            Self::Note(_) => "note",
            Self::Rank(_) => "rank",
            Self::Pin(_) => "pin",
            Self::Assign(_) => "assign",
            Self::Split(_) => "split",
            Self::Merge(_) => "merge",
            Self::Retract(_) => "retract",
            Self::Forget(_) => "forget",
            Self::Other(other) => &other.kind,
            Self::Erased(kind) => kind,
        }
    }

    /// Reads a body by the kind in its header. What this version cannot read becomes [`Act::Other`]: an
    /// unknown kind, a known kind with a word that came later, even a text that is no JSON (kept under
    /// `text`).
    #[must_use]
    pub fn read(kind: &str, body: &str) -> Self {
        // By kind, not by serde's tag: a tagged enum first copies the whole body into a tree.
        let known = match kind {
            "verdict" => serde_json::from_str(body).map(Self::Verdict),
            "note" => serde_json::from_str(body).map(Self::Note),
            "rank" => serde_json::from_str(body).map(Self::Rank),
            "pin" => serde_json::from_str(body).map(Self::Pin),
            "assign" => serde_json::from_str(body).map(Self::Assign),
            "split" => serde_json::from_str(body).map(Self::Split),
            "merge" => serde_json::from_str(body).map(Self::Merge),
            "retract" => serde_json::from_str(body).map(Self::Retract),
            "forget" => serde_json::from_str(body).map(Self::Forget),
            _ => serde_json::from_str(body).map(Self::Other),
        };
        match known {
            Ok(act) if act.kind() == kind => act,
            _ => {
                let body = serde_json::from_str::<Map<String, Value>>(body)
                    .unwrap_or_else(|_| Map::from_iter([("text".to_owned(), Value::from(body))]));
                Self::Other(Other { kind: kind.to_owned(), cases: Vec::new(), body })
            }
        }
    }

    /// Whether this version knows what the act means.
    #[must_use]
    pub fn is_read(&self) -> bool {
        match self {
            Self::Other(other) => Other::KINDS.contains(&other.kind.as_str()),
            Self::Erased(_) => false,
            _ => true,
        }
    }

    /// The cases it names, in its own order.
    #[must_use]
    pub fn cases(&self) -> Vec<CaseId> {
        match self {
            Self::Verdict(act) => act.cases.iter().map(|judged| judged.case).collect(),
            Self::Note(Note { cases, .. })
            | Self::Rank(Rank { cases, .. })
            | Self::Pin(Pin { cases, .. })
            | Self::Assign(Assign { cases, .. })
            | Self::Other(Other { cases, .. }) => cases.clone(),
            Self::Split(act) => vec![act.case, act.into],
            Self::Merge(act) => std::iter::once(act.into).chain(act.from.iter().copied()).collect(),
            Self::Retract(_) | Self::Forget(_) | Self::Erased(_) => Vec::new(),
        }
    }
}

/// A 64-bit hash of some code: a lease, or a scope. Written as 16 hexadecimal digits, because JSON readers
/// elsewhere round large numbers. Zero is unknown, and unknown is never evidence of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct CodeHash(pub u64);

impl CodeHash {
    /// The code was not there to be hashed.
    pub const UNKNOWN: Self = Self(0);

    /// Whether there was no code.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        self.0 == 0
    }

    /// Whether both are known and they differ.
    #[must_use]
    pub const fn differs(self, now: Self) -> bool {
        self.0 != 0 && now.0 != 0 && self.0 != now.0
    }
}

impl Serialize for CodeHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:016x}", self.0))
    }
}

impl<'de> Deserialize<'de> for CodeHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map(Self).map_err(de::Error::custom)
    }
}

/// A rank from 1, the first to be looked at, to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Priority(u8);

/// A rank off the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rank goes from 1 to 5, not {0}")]
pub struct BadPriority(pub u8);

impl TryFrom<u8> for Priority {
    type Error = BadPriority;

    fn try_from(number: u8) -> Result<Self, BadPriority> {
        if (1..=5).contains(&number) { Ok(Self(number)) } else { Err(BadPriority(number)) }
    }
}

impl From<Priority> for u8 {
    fn from(priority: Priority) -> Self {
        priority.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(act: &Act) -> String {
        serde_json::to_string(act).unwrap()
    }

    #[test]
    fn an_act_reads_back_from_its_body() {
        let case = CaseId::new([1; 16]);
        let finding = FindingId::new([2; 16]);
        let entry = EntryId::new([3; 16]);
        let acts = [
            Act::Verdict(Verdict {
                cases: vec![Judged {
                    case,
                    members: vec![Member { finding, lease: CodeHash(u64::MAX) }],
                    scope: CodeHash(7),
                    revision: "abc".to_owned(),
                }],
                opinion: Opinion::RiskAccepted,
                reason: Some(Reason::Mitigated),
                note: "behind a proxy".to_owned(),
                until: Some("2026-12-31".parse().unwrap()),
                basis: Basis::Inferred,
                source: Some(entry),
                seen: Some(Seen {
                    code_on_screen: true,
                    why: "worth".to_owned(),
                    ms: 900,
                    came: Some(Came::Audit),
                    sight: Some(Sight { blind: true, verdicts: false, confidence: true, models: false }),
                }),
            }),
            Act::Note(Note { cases: vec![case], text: "é".to_owned() }),
            Act::Rank(Rank { cases: vec![case], priority: Some(Priority(2)) }),
            Act::Pin(Pin { cases: vec![case], on: true }),
            Act::Assign(Assign { cases: vec![case], to: None }),
            Act::Split(Split { case, into: case, out: vec![finding], stay: vec![] }),
            Act::Merge(Merge { into: case, from: vec![case], members: vec![finding] }),
            Act::Retract(Retract { entries: vec![entry], redo: true, by_hand: false }),
            Act::Retract(Retract { entries: vec![entry], redo: false, by_hand: true }),
            Act::Forget(Forget { project: "shop".to_owned() }),
            Act::Other(Other {
                kind: Other::BATCH.to_owned(),
                cases: vec![case],
                body: Map::from_iter([("samples".to_owned(), Value::from(3))]),
            }),
        ];
        for act in acts {
            assert_eq!(Act::read(act.kind(), &written(&act)), act);
        }
    }

    #[test]
    fn what_was_not_noted_of_a_decision_yet_is_read_as_not_noted() {
        let seen: Seen = serde_json::from_str(r#"{"code_on_screen":true,"why":"by worth","ms":7}"#).unwrap();
        assert_eq!((seen.came, seen.sight, seen.ms), (None, None, 7));
        assert_eq!(
            serde_json::to_string(&seen).unwrap(),
            r#"{"code_on_screen":true,"why":"by worth","ms":7}"#
        );
    }

    #[test]
    fn a_body_has_one_shape() {
        let act = Act::Verdict(Verdict {
            cases: vec![Judged { case: CaseId::new([0xab; 16]), ..Judged::default() }],
            opinion: Opinion::Unsure,
            reason: None,
            note: String::new(),
            until: None,
            basis: Basis::Human,
            source: None,
            seen: None,
        });
        assert_eq!(
            written(&act),
            r#"{"act":"verdict","cases":[{"case":"abababababababababababababababab"}],"opinion":"unsure","basis":"human"}"#
        );
    }

    #[test]
    fn what_a_later_version_wrote_is_kept_and_not_read() {
        let bodies = [
            ("seance", r#"{"act":"seance","cases":{"odd":1},"spirit":"x"}"#),
            ("verdict", r#"{"act":"verdict","cases":[],"opinion":"haunted","basis":"human"}"#),
            ("rank", r#"{"act":"rank","cases":[],"priority":9}"#),
            ("note", "not json"),
        ];
        for (kind, body) in bodies {
            let act = Act::read(kind, body);
            assert!(
                matches!(&act, Act::Other(other) if other.kind == kind && !other.body.is_empty()),
                "{act:?}"
            );
            assert!(act.kind() == kind && act.cases().is_empty());
        }
    }

    #[test]
    fn an_unknown_hash_is_no_evidence_of_change() {
        assert!(CodeHash(1).differs(CodeHash(2)));
        assert!(!CodeHash(1).differs(CodeHash(1)));
        assert!(!CodeHash(1).differs(CodeHash::UNKNOWN) && !CodeHash::UNKNOWN.differs(CodeHash(1)));
    }
}
