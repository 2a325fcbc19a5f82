//! What many cases are together: counted before something is done to all of them.

use rustc_hash::FxHashMap;

use super::cases::{Docket, Tally};
use super::set::CaseSet;
use crate::domain::{Severity, State};

/// Cases, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Where they stand.
    pub tally: Tally,
    /// How many there are of each severity, by [`Severity::ALL`].
    pub severities: [usize; 5],
    /// How many each tool reports, the most first.
    pub tools: Vec<(String, usize)>,
    /// Those that are settled: a verdict on them would be one more.
    pub settled: CaseSet,
}

impl Survey {
    /// Counts some of its settled cases as open ones: those that are to look as if nobody had judged them.
    pub fn count_as_open(&mut self, is_open: impl Fn(u32) -> bool) {
        let before = self.settled.len();
        self.settled = self.settled.iter().filter(|case| !is_open(*case)).collect();
        let opened = before - self.settled.len();
        self.tally.settled = self.tally.settled.saturating_sub(opened);
        self.tally.open += opened;
    }
}

impl Docket {
    /// Counts some cases. Numbers of no case are left out.
    #[must_use]
    pub fn survey(&self, cases: &[u32]) -> Survey {
        let mut survey = Survey::default();
        let mut sets: FxHashMap<u32, usize> = FxHashMap::default();
        for &case in cases {
            let Some(row) = self.row(case) else { continue };
            let state = self.told_state(self.standing_of(case, row));
            survey.tally.count(state, 1);
            if state == State::Settled {
                survey.settled.insert(case);
            }
            let severity = Severity::from_number(row.severity) as usize;
            if let Some(count) = survey.severities.get_mut(severity) {
                *count += 1;
            }
            *sets.entry(row.rules).or_default() += 1;
        }
        let mut tools: FxHashMap<u32, usize> = FxHashMap::default();
        for (set, count) in sets {
            let mut of_set: Vec<u32> = self.rules_of(set).map(|rule| rule.tool).collect();
            of_set.sort_unstable();
            of_set.dedup();
            for tool in of_set {
                *tools.entry(tool).or_default() += count;
            }
        }
        let name = |tool: u32| self.dictionary.tools.get(&tool).cloned().unwrap_or_default();
        survey.tools = tools.into_iter().map(|(tool, count)| (name(tool), count)).collect();
        survey.tools.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        survey
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::select_tests::dockets;
    use super::*;

    proptest! {
        #[test]
        fn each_case_is_counted_once_where_it_stands_and_once_a_tool((docket, _) in dockets(), every in 1_usize..4) {
            let cases: Vec<u32> = (0..=docket.end()).step_by(every).collect();
            let survey = docket.survey(&cases);
            let here: Vec<u32> = cases.into_iter().filter(|&case| docket.row(case).is_some()).collect();
            prop_assert_eq!(survey.tally.cases(), here.len());
            prop_assert_eq!(survey.severities.iter().sum::<usize>(), here.len());
            let settled = |case: &&u32| docket.standing(**case).unwrap().state == State::Settled;
            prop_assert_eq!(&survey.settled, &here.iter().filter(settled).collect::<CaseSet>());
            prop_assert_eq!(survey.tally.settled, survey.settled.len());
            for (tool, count) in &survey.tools {
                let named = |case: &&u32| docket.tools(docket.row(**case).unwrap()).contains(&tool.as_str());
                prop_assert_eq!(*count, here.iter().filter(named).count());
            }
        }
    }
}
