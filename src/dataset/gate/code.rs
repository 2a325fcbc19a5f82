//! What is asked of the labels' code, and of those who judged the same of it twice.

use super::advice::more_of;
use super::{Advice, Condition, Gate, Policy, quoted};
use crate::dataset::agreement::Agreement;
use crate::domain::CaseId;

/// Files that a filter leaves out at most.
const LEFT_OUT: usize = 5;

impl Gate<'_> {
    /// Whether people say the same of what comes back to them.
    pub(super) fn oneself(&self, told: &Agreement) -> Vec<Condition> {
        let policy = &self.policy.agreement;
        let cases = told.all_oneself.as_ref().map_or(0, |it| it.cases as u64);
        let low = told.all_oneself.as_ref().and_then(|it| it.share).map(|share| share.low);
        let lacking = policy.oneself_cases.saturating_sub(cases);
        // They come by themselves among the open ones.
        let more = |verdicts| vec![Advice::new("is:open", verdicts, None)];
        vec![
            Condition::least(
                "oneself_cases",
                "cases that came back to whoever had settled them and were judged again",
                Some(cases as f64),
                policy.oneself_cases as f64,
            )
            .or(|| more(lacking)),
            Condition::least(
                "oneself",
                "share of these of which the same was said, the lower end of its interval",
                low,
                policy.oneself,
            )
            .or(|| more(1)),
        ]
    }

    /// Whether much of it is the same, or holds what must not leave.
    pub(super) fn code(&self) -> Vec<Condition> {
        let (alike, largest) = self.corpus.near_duplicates();
        let secrets = &self.corpus.secrets;
        let (bound, of_secrets) = (self.policy.duplicates.share, self.policy.secrets.share);
        let with = secrets.cases.len() as u64;
        let share = (secrets.looked_at > 0).then(|| with as f64 / secrets.looked_at as f64);
        vec![
            Condition::most(
                "near_duplicates",
                "share of labels that are nearly the same as another",
                self.share(alike),
                bound,
            )
            .or(|| {
                let rule = largest.and_then(|case| self.docket.row(case));
                let rule = rule.and_then(|row| self.docket.rules(row).next());
                let filter = rule.map(|rule| format!(" -rule:{}", quoted(&rule.name))).unwrap_or_default();
                let verdicts = more_of(self.all - alike, self.all, 1.0 - bound);
                vec![Advice::new(format!("is:open{filter}"), verdicts.max(1), None)]
            }),
            Condition::most(
                "secrets",
                "share of labels whose code holds a secret, which is masked when it leaves",
                share,
                of_secrets,
            )
            .or(|| {
                let mut paths: Vec<&str> = Vec::new();
                for row in secrets.cases.iter().filter_map(|case| self.docket.row(*case)) {
                    let path = self.docket.path(row);
                    if !path.is_empty() && !paths.contains(&path) && paths.len() < LEFT_OUT {
                        paths.push(path);
                    }
                }
                let paths: Vec<String> = paths.into_iter().map(quoted).collect();
                let but =
                    if paths.is_empty() { String::new() } else { format!(" -path:{}", paths.join(",")) };
                let verdicts = more_of(secrets.looked_at - with, secrets.looked_at, 1.0 - of_secrets);
                vec![Advice::new(format!("is:open{but}"), verdicts.max(1), None)]
            }),
        ]
    }
}

/// Whether the splits of a batch keep samples together that are nearly the same: `cases` are some of those that they do not.
#[must_use]
pub fn apart(policy: &Policy, count: u64, cases: impl Iterator<Item = CaseId>) -> Condition {
    Condition::most(
        "near_duplicates_apart",
        "samples that are nearly the same as one in another split",
        Some(count as f64),
        policy.duplicates.apart as f64,
    )
    .or(|| vec![Advice::new(super::filter_of(cases.take(LEFT_OUT)), 1, None)])
}
