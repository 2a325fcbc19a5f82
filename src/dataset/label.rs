//! The label of a case, of a file and of a revision: what a sample of them is to whoever trains on it.

use serde::{Deserialize, Serialize};

use crate::domain::{Basis, Kind, Opinion, State};
use crate::ledger::{CaseRecord, Facts, Standing, standing};

/// What a sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Nothing in it is vulnerable.
    Clean,
    /// Its own code is: a weakness, a secret or a setting.
    StaticVulnerable,
    /// What it depends on is.
    DependencyVulnerable,
    /// Both are.
    Both,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Clean, Self::StaticVulnerable, Self::DependencyVulnerable, Self::Both];

    /// The class of what is vulnerable in its own code, in what it depends on, in both or in neither.
    #[must_use]
    pub const fn of(own: bool, depended_on: bool) -> Self {
        match (own, depended_on) {
            (false, false) => Self::Clean,
            (true, false) => Self::StaticVulnerable,
            (false, true) => Self::DependencyVulnerable,
            (true, true) => Self::Both,
        }
    }

    /// The class of a case on which a verdict stands; `None`: the verdict decides nothing.
    #[must_use]
    pub const fn of_case(opinion: Opinion, kind: Kind) -> Option<Self> {
        match opinion {
            Opinion::Confirmed | Opinion::RiskAccepted => {
                let depended_on = matches!(kind, Kind::Dependency);
                Some(Self::of(!depended_on, depended_on))
            }
            Opinion::Rejected => Some(Self::Clean),
            Opinion::Unsure => None,
        }
    }

    /// The word in files and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::StaticVulnerable => "static-vulnerable",
            Self::DependencyVulnerable => "dependency-vulnerable",
            Self::Both => "both",
        }
    }

    /// Whether its own code is vulnerable.
    #[must_use]
    pub const fn is_static(self) -> bool {
        matches!(self, Self::StaticVulnerable | Self::Both)
    }

    /// Whether what it depends on is.
    #[must_use]
    pub const fn is_dependency(self) -> bool {
        matches!(self, Self::DependencyVulnerable | Self::Both)
    }
}

/// The label of a case on which a verdict stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label<'a> {
    /// What the case is.
    pub class: Class,
    /// The verdict that stands.
    pub opinion: Opinion,
    /// Whose verdicts stand, the oldest first.
    pub by: Vec<&'a str>,
    /// Whether it may be trained on.
    pub gold: bool,
    /// Why it may not; empty where it may.
    pub lacks: Vec<Lacks>,
}

/// What keeps a case from having a gold label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lacks {
    /// Nobody gave a verdict that decides.
    Verdict,
    /// Reviewers differ.
    Settlement,
    /// The code that was judged is another by now.
    Lease,
    /// The code around what was judged is another by now.
    Surroundings,
    /// No person gave it.
    Person,
    /// The code was not on screen when it was given.
    Sight,
}

impl Lacks {
    /// What is lacking, as a sentence's end: `no gold label: …`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Verdict => "nobody decided it",
            Self::Settlement => "reviewers differ",
            Self::Lease => "the code that was judged has changed",
            Self::Surroundings => "the code around it has changed since",
            Self::Person => "no person gave the verdict",
            Self::Sight => "the code was not on screen when it was judged",
        }
    }
}

/// Folds what people said of a case into its label; `None` where no verdict stands, with why.
///
/// # Errors
/// What keeps it from having any label.
pub fn label_of<'a>(record: &CaseRecord<'a>, facts: &Facts<'_>, kind: Kind) -> Result<Label<'a>, Lacks> {
    let standing = standing(record, facts);
    // That its findings are gone since says nothing against the verdict: it is settled by what spoke.
    let Some(opinion) = standing.verdict else {
        return Err(if standing.entries.len() > 1 { Lacks::Settlement } else { Lacks::Verdict });
    };
    if standing.state == State::Stale {
        return Err(Lacks::Lease);
    }
    let decides = matches!(standing.state, State::Settled | State::Gone) && !standing.expired;
    let class = Class::of_case(opinion, kind).filter(|_| decides).ok_or(Lacks::Verdict)?;
    let lacks = lacks(record, &standing);
    Ok(Label { class, opinion, gold: standing.gold, by: standing.by, lacks })
}

fn lacks(record: &CaseRecord<'_>, standing: &Standing<'_>) -> Vec<Lacks> {
    if standing.gold {
        return Vec::new();
    }
    if standing.basis != Some(Basis::Human) {
        return vec![Lacks::Person];
    }
    let mut lacks = Vec::new();
    if standing.touched {
        lacks.push(Lacks::Surroundings);
    }
    let speaking = record.verdicts.iter().filter(|held| standing.entries.contains(&held.entry));
    let seen =
        |held: &crate::ledger::Held<'_>| held.verdict.seen.as_ref().is_some_and(|seen| seen.code_on_screen);
    if !speaking.into_iter().any(seen) {
        lacks.push(Lacks::Sight);
    }
    // Seen by one whose surroundings changed, and judged since by one who did not look.
    if lacks.is_empty() {
        lacks.push(if standing.state == State::Gone { Lacks::Lease } else { Lacks::Sight });
    }
    lacks
}

/// The label of a file or a revision, folded from its cases and parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Whole {
    own: bool,
    depended_on: bool,
    undecided: bool,
    looked_at: bool,
}

impl Whole {
    /// Takes a case in that is still reported: its gold class, or `None` where it has none.
    pub fn take(&mut self, class: Option<Class>) {
        self.looked_at = true;
        match class {
            Some(class) => {
                self.own |= class.is_static();
                self.depended_on |= class.is_dependency();
            }
            None => self.undecided = true,
        }
    }

    /// A tool looked there and reported nothing.
    pub fn take_silence(&mut self) {
        self.looked_at = true;
    }

    /// Takes a part in: a file of a revision.
    pub fn join(&mut self, part: Self) {
        self.own |= part.own;
        self.depended_on |= part.depended_on;
        self.undecided |= part.undecided;
        self.looked_at |= part.looked_at;
    }

    /// What the whole is, as far as that is known. One vulnerable case makes it vulnerable; it is clean only where
    /// somebody looked and every case of it is decided. While something is undecided, what is vulnerable in one
    /// respect may turn out to be so in both.
    #[must_use]
    pub const fn class(&self) -> Option<Class> {
        match Class::of(self.own, self.depended_on) {
            Class::Clean if self.undecided || !self.looked_at => None,
            class => Some(class),
        }
    }

    /// Whether every case of it is decided.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        !self.undecided
    }
}

/// What became of a remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// A person accepted it as it was.
    Accepted,
    /// A person changed it and accepted that.
    Edited,
    /// A person refused it.
    Refused,
    /// This check failed, and no person accepted it all the same.
    Failed(String),
}

impl Fate {
    /// The fate of a remedy by the last word on it, as the journal has it, and the checks of it that failed.
    #[must_use]
    pub fn of(decision: Option<&str>, failed: Option<&str>) -> Option<Self> {
        match (decision, failed) {
            (Some("accepted"), _) => Some(Self::Accepted),
            (Some("edited"), _) => Some(Self::Edited),
            (Some("refused"), _) => Some(Self::Refused),
            (_, Some(check)) => Some(Self::Failed(check.to_owned())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{CaseId, EntryId, FindingId};
    use crate::ledger::{Act, ChainId, CodeHash, Entry, Fold, Hlc, Judged, Member, Retract, Seen, Verdict};

    const CASE: CaseId = CaseId::new([1; 16]);
    const FINDING: FindingId = FindingId::new([1; 16]);

    /// One step of a made-up history.
    #[derive(Debug, Clone, Copy)]
    struct Step {
        reviewer: u8,
        opinion: Opinion,
        basis: Basis,
        on_screen: bool,
        lease: u64,
        scope: u64,
        takes_back: bool,
    }

    fn told(reviewer: u8, opinion: Opinion) -> Step {
        Step {
            reviewer,
            opinion,
            basis: Basis::Human,
            on_screen: true,
            lease: 1,
            scope: 1,
            takes_back: false,
        }
    }

    fn fold(steps: &[Step]) -> Fold {
        let mut fold = Fold::new();
        let mut last: Option<EntryId> = None;
        for (number, step) in (1_u8..).zip(steps) {
            let act = match (step.takes_back, last) {
                (true, Some(entry)) => {
                    Act::Retract(Retract { entries: vec![entry], redo: false, by_hand: false })
                }
                _ => Act::Verdict(Verdict {
                    cases: vec![Judged {
                        case: CASE,
                        members: vec![Member { finding: FINDING, lease: CodeHash(step.lease) }],
                        scope: CodeHash(step.scope),
                        revision: String::new(),
                    }],
                    opinion: step.opinion,
                    reason: None,
                    note: String::new(),
                    until: None,
                    basis: step.basis,
                    source: None,
                    seen: Some(Seen { code_on_screen: step.on_screen, ..Seen::default() }),
                }),
            };
            let id = EntryId::new([number; 16]);
            last = Some(id);
            fold.apply(Entry {
                id,
                chain: ChainId::new([step.reviewer; 16]),
                position: u64::from(number),
                clock: Hlc { wall_ms: u64::from(number), counter: 0 },
                reviewer: format!("r{}", step.reviewer),
                act,
            });
        }
        fold
    }

    fn label(steps: &[Step]) -> Result<(Class, bool, Vec<Lacks>), Lacks> {
        let fold = fold(steps);
        let facts = Facts {
            gone: false,
            members: &[FINDING],
            here: &|_| true,
            lease: &|_| CodeHash(1),
            scope: CodeHash(1),
            today: Date::constant(2026, 3, 1),
        };
        label_of(&fold.record(CASE), &facts, Kind::Code).map(|label| (label.class, label.gold, label.lacks))
    }

    #[test]
    fn a_label_says_what_it_is_and_what_it_lacks() {
        use Opinion::{Confirmed, Rejected, RiskAccepted, Unsure};
        let gold = |class| Ok((class, true, vec![]));
        let silver = |class, lacks| Ok((class, false, vec![lacks]));
        let with = |step: Step, change: fn(&mut Step)| {
            let mut step = step;
            change(&mut step);
            step
        };
        let ann = told(1, Rejected);
        for (steps, expected) in [
            (vec![], Err(Lacks::Verdict)),
            (vec![told(1, Confirmed)], gold(Class::StaticVulnerable)),
            (vec![told(1, RiskAccepted)], gold(Class::StaticVulnerable)),
            (vec![ann], gold(Class::Clean)),
            (vec![told(1, Unsure)], Err(Lacks::Verdict)),
            (vec![ann, told(2, Rejected)], gold(Class::Clean)),
            (vec![ann, told(2, Confirmed)], Err(Lacks::Settlement)),
            (vec![ann, told(2, Confirmed), told(1, Confirmed)], gold(Class::StaticVulnerable)),
            (vec![with(ann, |it| it.lease = 2)], Err(Lacks::Lease)),
            (vec![with(ann, |it| it.scope = 2)], silver(Class::Clean, Lacks::Surroundings)),
            (vec![with(ann, |it| it.on_screen = false)], silver(Class::Clean, Lacks::Sight)),
            (vec![with(ann, |it| it.basis = Basis::Inferred)], silver(Class::Clean, Lacks::Person)),
            (vec![with(ann, |it| it.basis = Basis::Imported)], silver(Class::Clean, Lacks::Person)),
            (vec![ann, with(ann, |it| it.takes_back = true)], Err(Lacks::Verdict)),
        ] {
            assert_eq!(label(&steps), expected, "{steps:?}");
        }
    }

    #[test]
    fn a_case_about_a_package_is_vulnerable_by_what_it_depends_on() {
        let class = |kind| Class::of_case(Opinion::Confirmed, kind);
        assert_eq!(class(Kind::Dependency), Some(Class::DependencyVulnerable));
        assert_eq!(class(Kind::Secret), Some(Class::StaticVulnerable));
        assert_eq!(Class::of_case(Opinion::Rejected, Kind::Dependency), Some(Class::Clean));
        assert_eq!(Class::of_case(Opinion::Unsure, Kind::Code), None);
    }

    #[test]
    fn a_file_is_clean_only_where_all_of_it_is_decided_and_somebody_looked() {
        let whole = |cases: &[Option<Class>]| {
            let mut whole = Whole::default();
            cases.iter().for_each(|&class| whole.take(class));
            whole
        };
        let (clean, own, package) = (Class::Clean, Class::StaticVulnerable, Class::DependencyVulnerable);
        assert_eq!(whole(&[]).class(), None, "nobody looked");
        assert_eq!(whole(&[Some(clean), None]).class(), None);
        assert_eq!(whole(&[Some(clean), Some(clean)]).class(), Some(clean));
        assert_eq!(whole(&[Some(own), None]).class(), Some(own));
        assert!(!whole(&[Some(own), None]).is_complete());
        let mut silent = Whole::default();
        silent.take_silence();
        assert_eq!(silent.class(), Some(clean));
        let mut revision = whole(&[Some(own)]);
        revision.join(whole(&[Some(package)]));
        assert_eq!(revision.class(), Some(Class::Both));
    }

    #[test]
    fn a_remedy_that_failed_a_check_has_failed_unless_a_person_says_otherwise() {
        assert_eq!(Fate::of(None, None), None);
        assert_eq!(Fate::of(None, Some("parses")), Some(Fate::Failed("parses".into())));
        assert_eq!(Fate::of(Some("accepted"), Some("parses")), Some(Fate::Accepted));
        assert_eq!(Fate::of(Some("edited"), None), Some(Fate::Edited));
        assert_eq!(Fate::of(Some("refused"), None), Some(Fate::Refused));
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = (
            1_u8..4,
            prop::sample::select(Opinion::ALL),
            prop::sample::select(Basis::ALL),
            any::<bool>(),
            1_u64..3,
            1_u64..3,
            prop::bool::weighted(0.1),
        );
        let step = step.prop_map(|(reviewer, opinion, basis, on_screen, lease, scope, takes_back)| Step {
            reviewer,
            opinion,
            basis,
            on_screen,
            lease,
            scope,
            takes_back,
        });
        prop::collection::vec(step, 0..8)
    }

    proptest! {
        #[test]
        fn gold_takes_a_person_who_had_todays_code_on_screen(steps in steps()) {
            if let Ok((_, gold, lacks)) = label(&steps) {
                prop_assert_eq!(gold, lacks.is_empty());
                let fits = |step: &Step| {
                    step.basis == Basis::Human && step.on_screen && step.lease == 1 && step.scope == 1
                };
                prop_assert!(!gold || steps.iter().any(fits));
            }
        }

        #[test]
        fn a_verdict_of_a_tool_or_carried_over_never_makes_gold(steps in steps()) {
            let told: Vec<Step> = steps
                .iter()
                .map(|step| Step {
                    basis: if step.basis == Basis::Human { Basis::Inferred } else { step.basis },
                    ..*step
                })
                .collect();
            prop_assert!(label(&told).map_or(true, |(_, gold, _)| !gold));
        }

        #[test]
        fn one_vulnerable_part_makes_the_whole_vulnerable_whatever_the_order(
            classes in prop::collection::vec(prop::option::of(0_usize..4), 0..12),
        ) {
            let classes: Vec<Option<Class>> =
                classes.iter().map(|class| class.map(|at| Class::ALL[at])).collect();
            let mut forward = Whole::default();
            classes.iter().for_each(|&class| forward.take(class));
            let mut backward = Whole::default();
            for &class in classes.iter().rev() {
                let mut part = Whole::default();
                part.take(class);
                backward.join(part);
            }
            prop_assert_eq!(forward, backward);
            let vulnerable = classes.iter().flatten().any(|&class| class != Class::Clean);
            prop_assert_eq!(forward.class().is_some_and(|class| class != Class::Clean), vulnerable);
        }
    }
}
