//! What is in force about a case, as it is stored and as it is read.

use std::fmt;

use jiff::civil::Date;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::{Basis, CaseId, EntryId, FindingId, Opinion, Reason};
use crate::ledger::{
    Came, CaseRecord, CodeHash, Facts, Held, Hlc, Judged, Member, Priority, Seen, Sight, Standing, Verdict,
    standing,
};

/// The shape of what is packed here, and of what the projections take from acts. Raised with either (a new
/// opinion anywhere but at the end of its list is one), so that an older file is projected anew.
pub(super) const SHAPE: i64 = 4;

/// What is in force about a case: a [`CaseRecord`] that owns what it holds, without the notes' words and the
/// history.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// The latest verdict of each reviewer on each basis, the oldest first.
    pub verdicts: Vec<Given>,
    /// Its rank.
    pub rank: Option<Priority>,
    /// Whether it is pinned.
    pub pinned: bool,
    /// Who is to judge it.
    pub assignee: Option<String>,
    /// How many notes it has.
    pub notes: u32,
    /// Whom it came back to and who judged it then, whether they have taken that back or not.
    pub returned: Vec<String>,
    /// How many verdicts of people are in force, those that the same reviewer overtook among them.
    pub said: u32,
}

/// A verdict in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// The entry it was given in.
    pub entry: EntryId,
    /// Who gave it.
    pub reviewer: String,
    /// When.
    pub clock: Hlc,
    /// The verdict. Its cases are those that this record is about. Its note, the words of why the case came up and
    /// how long it took are left out: a bulk verdict would repeat them for each case. The entry has them.
    pub verdict: Verdict,
}

impl Given {
    fn held(&self) -> Held<'_> {
        Held {
            entry: self.entry,
            reviewer: &self.reviewer,
            clock: self.clock,
            verdict: &self.verdict,
            judged: self.verdict.cases.iter().collect(),
        }
    }
}

impl Record {
    /// The record as the ledger has it, but for its history and notes, which are empty.
    #[must_use]
    pub fn in_force(&self) -> CaseRecord<'_> {
        CaseRecord {
            verdicts: self.verdicts.iter().map(Given::held).collect(),
            history: Vec::new(),
            rank: self.rank,
            pinned: self.pinned,
            assignee: self.assignee.as_deref(),
            notes: Vec::new(),
            returned: self.returned.iter().map(String::as_str).collect(),
            said: self.said as usize,
        }
    }

    /// Where the case stands.
    #[must_use]
    pub fn standing<'a>(&'a self, facts: &Facts<'_>) -> Standing<'a> {
        standing(&self.in_force(), facts)
    }

    /// The verdicts that decide by their basis: of the highest that has any, those that are not *unsure*. Which of
    /// them hold depends on the code and the day.
    pub fn deciding(&self) -> impl Iterator<Item = &Given> {
        let basis = [Basis::Human, Basis::Inferred, Basis::Imported]
            .into_iter()
            .find(|basis| self.verdicts.iter().any(|given| given.verdict.basis == *basis));
        self.verdicts.iter().filter(move |given| {
            Some(given.verdict.basis) == basis && given.verdict.opinion != Opinion::Unsure
        })
    }

    /// Packs a record of the fold.
    pub(super) fn pack(record: &CaseRecord<'_>) -> postcard::Result<Vec<u8>> {
        postcard::to_stdvec(&RecordPacked {
            verdicts: record.verdicts.iter().map(GivenPacked::of).collect(),
            rank: record.rank.map(u8::from),
            pinned: record.pinned,
            assignee: record.assignee,
            notes: u32::try_from(record.notes.len()).unwrap_or(u32::MAX),
            returned: record.returned.clone(),
            said: u32::try_from(record.said).unwrap_or(u32::MAX),
        })
    }

    /// Unpacks what [`Record::pack`] made.
    pub(super) fn unpack(bytes: &[u8]) -> postcard::Result<Self> {
        let packed: RecordPacked<'_> = postcard::from_bytes(bytes)?;
        Ok(Self {
            verdicts: packed.verdicts.into_iter().map(GivenPacked::open).collect(),
            rank: packed.rank.and_then(|rank| Priority::try_from(rank).ok()),
            pinned: packed.pinned,
            assignee: packed.assignee.map(str::to_owned),
            notes: packed.notes,
            returned: packed.returned.into_iter().map(str::to_owned).collect(),
            said: packed.said,
        })
    }
}

/// Packs what a bulk verdict says of one case.
pub(super) fn pack_part(judged: &Judged) -> postcard::Result<Vec<u8>> {
    postcard::to_stdvec(&JudgedPacked::of(judged))
}

/// Unpacks what [`pack_part`] made.
pub(super) fn unpack_part(bytes: &[u8]) -> postcard::Result<Judged> {
    postcard::from_bytes(bytes).map(JudgedPacked::open)
}

// The ledger's own types are written for JSON: they leave out empty fields, which postcard cannot read back, and
// spell ids in hexadecimal.

/// An id's bytes, copied as one piece: an array is read byte by byte, which is half the time that a record takes.
#[derive(Clone, Copy)]
struct Id([u8; 16]);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("16 bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Id, E> {
                bytes.try_into().map(Id).map_err(|_| E::invalid_length(bytes.len(), &self))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[derive(Serialize, Deserialize)]
struct RecordPacked<'a> {
    #[serde(borrow)]
    verdicts: Vec<GivenPacked<'a>>,
    rank: Option<u8>,
    pinned: bool,
    assignee: Option<&'a str>,
    notes: u32,
    #[serde(borrow)]
    returned: Vec<&'a str>,
    said: u32,
}

#[derive(Serialize, Deserialize)]
struct GivenPacked<'a> {
    entry: Id,
    reviewer: &'a str,
    clock: (u64, u32),
    opinion: Opinion,
    reason: Option<Reason>,
    basis: Basis,
    until: Option<(i16, i8, i8)>,
    source: Option<Id>,
    seen: Option<(bool, Option<Came>, Option<Sight>)>,
    #[serde(borrow)]
    judged: Vec<JudgedPacked<'a>>,
}

#[derive(Serialize, Deserialize)]
struct JudgedPacked<'a> {
    case: Id,
    members: Vec<(Id, u64)>,
    scope: u64,
    revision: &'a str,
}

impl<'a> GivenPacked<'a> {
    fn of(held: &'a Held<'_>) -> Self {
        let Verdict { opinion, reason, until, basis, source, ref seen, .. } = *held.verdict;
        Self {
            entry: Id(*held.entry.bytes()),
            reviewer: held.reviewer,
            clock: (held.clock.wall_ms, held.clock.counter),
            opinion,
            reason,
            basis,
            until: until.map(|day| (day.year(), day.month(), day.day())),
            source: source.map(|source| Id(*source.bytes())),
            seen: seen.as_ref().map(|seen| (seen.code_on_screen, seen.came, seen.sight)),
            judged: held.judged.iter().map(|judged| JudgedPacked::of(judged)).collect(),
        }
    }

    fn open(self) -> Given {
        Given {
            entry: EntryId::new(self.entry.0),
            reviewer: self.reviewer.to_owned(),
            clock: Hlc { wall_ms: self.clock.0, counter: self.clock.1 },
            verdict: Verdict {
                cases: self.judged.into_iter().map(JudgedPacked::open).collect(),
                opinion: self.opinion,
                reason: self.reason,
                note: String::new(),
                until: self.until.and_then(|(year, month, day)| Date::new(year, month, day).ok()),
                basis: self.basis,
                source: self.source.map(|source| EntryId::new(source.0)),
                seen: self.seen.map(|(code_on_screen, came, sight)| Seen {
                    code_on_screen,
                    came,
                    sight,
                    ..Seen::default()
                }),
            },
        }
    }
}

impl<'a> JudgedPacked<'a> {
    fn of(judged: &'a Judged) -> Self {
        Self {
            case: Id(*judged.case.bytes()),
            members: judged
                .members
                .iter()
                .map(|member| (Id(*member.finding.bytes()), member.lease.0))
                .collect(),
            scope: judged.scope.0,
            revision: &judged.revision,
        }
    }

    fn open(self) -> Judged {
        let member = |(finding, lease): (Id, u64)| Member {
            finding: FindingId::new(finding.0),
            lease: CodeHash(lease),
        };
        Judged {
            case: CaseId::new(self.case.0),
            members: self.members.into_iter().map(member).collect(),
            scope: CodeHash(self.scope),
            revision: self.revision.to_owned(),
        }
    }
}
