//! What proposing came to, in a few lines: how many remedies of which sort, and why those that are unproven are.

use std::collections::BTreeMap;

use crate::cli::output::count;
use crate::jobs::Proposed;
use crate::remedy::{Outcome, Policy, Sound};

/// Reasons that are told one by one; of the others their number.
const MOST: usize = 5;

/// What was proposed so far.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// Cases that are done.
    pub(super) cases: usize,
    /// Of them, those without a remedy of use.
    none: usize,
    sound: u64,
    unproven: u64,
    not_sound: u64,
    /// How many remedies stay unproven for each reason.
    why: BTreeMap<String, u64>,
}

impl Summary {
    /// Takes in what was proposed for one case.
    pub(super) fn take(&mut self, proposed: &Proposed, policy: &Policy) {
        self.cases += 1;
        self.none += usize::from(!proposed.why.is_empty());
        for remedy in &proposed.remedies {
            match remedy.sound {
                Sound::Yes => self.sound += 1,
                Sound::No => self.not_sound += 1,
                Sound::Unproven => {
                    self.unproven += 1;
                    let open = remedy.checks.iter().filter(|check| {
                        policy.required.contains(&check.kind) && check.outcome != Outcome::Held
                    });
                    for check in open {
                        let why = format!("{}: {}", check.name(), check.evidence.words);
                        *self.why.entry(why).or_default() += 1;
                    }
                }
            }
        }
    }

    /// It in lines; none where nothing was proposed.
    pub(super) fn lines(&self) -> Vec<String> {
        if self.cases == 0 {
            return Vec::new();
        }
        let mut parts = Vec::new();
        for (many, word) in
            [(self.sound, "sound"), (self.unproven, "unproven"), (self.not_sound, "not sound")]
        {
            if many > 0 {
                parts.push(format!("{many} {word}"));
            }
        }
        let all = self.sound + self.unproven + self.not_sound;
        let mut head = format!("{} for {}", count(all, "remedy"), count(self.cases as u64, "case"));
        if !parts.is_empty() {
            head = format!("{head}: {}", parts.join(", "));
        }
        if self.none > 0 {
            head = format!("{head}; {} without one of use", count(self.none as u64, "case"));
        }
        let mut lines = vec![head];
        let mut why: Vec<(&String, &u64)> = self.why.iter().collect();
        why.sort_by_key(|(words, many)| (std::cmp::Reverse(**many), *words));
        for (words, many) in why.iter().take(MOST) {
            lines.push(format!("  {many} unproven: {words}"));
        }
        let more = why.len().saturating_sub(MOST);
        if more > 0 {
            lines.push(format!(
                "  and {} more; `assize remedy show` tells each",
                count(more as u64, "reason")
            ));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CaseId, FindingId, RemedyId};
    use crate::remedy::{Check, CheckKind, Evidence, Origin, Remedy};

    fn remedy(sound: Sound, outcome: Outcome, words: &str) -> Remedy {
        let evidence = Evidence::from(words);
        Remedy {
            id: RemedyId::default(),
            case: CaseId::default(),
            finding: FindingId::default(),
            rule: "r".into(),
            origin: Origin::Model,
            by: String::new(),
            words: String::new(),
            edited_from: None,
            edits: Vec::new(),
            diff: String::new(),
            checks: vec![Check { kind: CheckKind::Recheck, by: "semgrep".into(), outcome, evidence, ms: 0 }],
            sound,
        }
    }

    #[test]
    fn why_remedies_are_unproven_is_told_once_with_how_many_there_are() {
        let mut summary = Summary::default();
        assert_eq!(summary.lines(), Vec::<String>::new());
        let policy = Policy::default();
        let none = "it has no rules: set `rules` to a file or folder of them";
        for (remedies, why) in [
            (vec![remedy(Sound::Unproven, Outcome::NotRun, none)], ""),
            (
                vec![remedy(Sound::Unproven, Outcome::NotRun, none), remedy(Sound::No, Outcome::Failed, "x")],
                "",
            ),
            (vec![remedy(Sound::Yes, Outcome::Held, "fixed")], ""),
            (vec![remedy(Sound::Unproven, Outcome::Inconclusive, "inconclusive: hm")], ""),
            (vec![], "model: nothing"),
        ] {
            let case = CaseId::default();
            let proposed = Proposed { case, remedies, misses: Vec::new(), why: why.into() };
            summary.take(&proposed, &policy);
        }
        assert_eq!(
            summary.lines(),
            [
                "5 remedies for 5 cases: 1 sound, 3 unproven, 1 not sound; 1 case without one of use",
                "  2 unproven: recheck semgrep: it has no rules: set `rules` to a file or folder of them",
                "  1 unproven: recheck semgrep: inconclusive: hm",
            ]
        );
        for n in 0..MOST {
            let one = remedy(Sound::Unproven, Outcome::Inconclusive, &format!("inconclusive: {n}"));
            let case = CaseId::default();
            let proposed = Proposed { case, remedies: vec![one], misses: Vec::new(), why: String::new() };
            summary.take(&proposed, &policy);
        }
        assert!(
            summary.lines().last().is_some_and(|line| line.starts_with("  and 2 reasons more")),
            "{summary:?}"
        );
    }
}
