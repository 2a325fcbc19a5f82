//! What is noted of a decision: how the case came up, and what others think of it that was in sight.

use super::{DocketScreen, Open};
use crate::docket::{Filter, Is, Value};
use crate::ledger::{Act, Came, Sight};
use crate::tui::state::Settings;

impl DocketScreen {
    /// How what is judged came up: the case at hand, or several at once.
    pub(super) fn came(&self, is_here: bool) -> Came {
        match self.current() {
            _ if !is_here => Came::Selection,
            _ if self.spread.list.is_some() => Came::Alike,
            // Wherever one came from: what was said of it is hidden all the same.
            Some(case) if self.back.contains_key(&case) => Came::Return,
            // Who goes to a drawn case because it is one does not take it as it comes.
            _ if self.noticed.is_jumped_to => Came::Jump,
            Some(case) if self.drawn.contains(&case) => Came::Audit,
            _ => Came::Order,
        }
    }

    /// What others think of the case at hand that was in sight.
    pub(super) fn sight(&self, open: &Open, settings: &Settings) -> Sight {
        let is_hidden = settings.hides_others(&open.view);
        let others = open.view.history.iter().any(|past| {
            past.entry.reviewer != settings.reviewer
                && matches!(past.entry.act, Act::Verdict(_) | Act::Note(_))
        });
        let here = || open.view.findings.iter().filter(|member| !member.gone);
        let silenced = here().any(|member| member.claim.suppression.is_some());
        let sure = here().any(|member| member.claim.confidence.is_some());
        let tells = filter_tells(&self.listed_by.0, &settings.reviewer);
        let mut values = self.listed_by.0.terms().iter().flat_map(|term| term.values());
        let is_by_confidence = values.any(|value| matches!(value, Value::Confidence(_)));
        Sight {
            blind: settings.blind,
            verdicts: others && (!is_hidden || tells),
            confidence: (sure && (!is_hidden || is_by_confidence)) || (silenced && (!is_hidden || tells)),
            models: self.noticed.remedies_seen.contains(&open.view.listed.number),
        }
    }
}

/// Whether a case's being in the list says what others decided of it.
fn filter_tells(filter: &Filter, reviewer: &str) -> bool {
    filter.terms().iter().flat_map(|term| term.values()).any(|value| tells(value, reviewer))
}

/// Whether a case's having a value says what others think of it: what they decided, or how sure a tool is.
pub(in crate::tui) fn tells_of_others(value: &Value, reviewer: &str) -> bool {
    tells(value, reviewer) || matches!(value, Value::Confidence(_))
}

/// Whether a case's having a value says what others decided of it.
fn tells(value: &Value, reviewer: &str) -> bool {
    match value {
        // Whether one has judged it oneself says nothing of others.
        Value::Judged(name) => name.text() != reviewer || name.text().contains(['*', '?']),
        Value::Verdict(_) | Value::By(_) => true,
        Value::Is(is) => !matches!(
            is,
            Is::Open
                | Is::Gone
                | Is::Fused
                | Is::Fixable
                | Is::Traced
                | Is::Remedied
                | Is::Pinned
                | Is::Assigned
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_tells_what_others_decided_where_it_goes_by_that() {
        for (text, tells) in [
            ("", false),
            ("is:open sev:high tool:bandit", false),
            ("is:disputed", true),
            ("is:open,settled", true),
            ("-verdict:rejected", true),
            ("by:bob", true),
            ("rank:1 word", false),
            ("-judged:ann -is:gone", false),
            ("judged:bob", true),
            ("judged:*", true),
        ] {
            assert_eq!(filter_tells(&text.parse().unwrap(), "ann"), tells, "{text}");
        }
    }
}
