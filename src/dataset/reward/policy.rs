//! The weights, thresholds and bounds of a reward, from a TOML file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::dataset::gate::{BadPolicy, read_over};
use crate::domain::Severity;

/// The policy that holds where none is given, with what each line means.
const DEFAULT: &str = include_str!("../../../assets/reward.toml");

/// How tools are taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Consensus {
    /// The loudest counts.
    Any,
    /// What more than half of them say at least.
    Majority,
    /// Their mean, by their weights.
    Weighted,
}

/// How code is scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RewardPolicy {
    ensemble: Ensemble,
    severity: Grades,
    tools: BTreeMap<String, f64>,
    pub(super) loss: Bounds,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ensemble {
    consensus: Consensus,
    least: Severity,
    held_out: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grades {
    info: f64,
    low: f64,
    medium: f64,
    high: f64,
    critical: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bounds {
    pub(super) size: f64,
    pub(super) calls: f64,
    pub(super) function: f64,
}

impl RewardPolicy {
    /// The default with what a file sets otherwise.
    ///
    /// # Errors
    /// When the file is no TOML, names what there is not, or a number is off its scale.
    pub fn read(text: &str) -> Result<Self, BadPolicy> {
        let policy: Self = read_over(DEFAULT, text)?;
        for (name, value) in [
            ("severity.info", policy.severity.info),
            ("severity.low", policy.severity.low),
            ("severity.medium", policy.severity.medium),
            ("severity.high", policy.severity.high),
            ("severity.critical", policy.severity.critical),
            ("loss.size", policy.loss.size),
            ("loss.calls", policy.loss.calls),
            ("loss.function", policy.loss.function),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return Err(BadPolicy::OffScale { name, pair: false });
            }
        }
        if policy.tools.values().any(|weight| !(0.0..=1e6).contains(weight)) {
            return Err(BadPolicy::Unreadable { at: None, why: "a tool's weight is 0 or more".to_owned() });
        }
        Ok(policy)
    }

    pub(super) fn weight(&self, tool: &str) -> f64 {
        self.tools.get(tool).copied().unwrap_or(1.0)
    }

    pub(super) fn is_held_out(&self, tool: &str) -> bool {
        self.ensemble.held_out.iter().any(|name| name == tool)
    }

    pub(super) const fn least(&self) -> Severity {
        self.ensemble.least
    }

    pub(super) const fn grade(&self, severity: Severity) -> f64 {
        match severity {
            Severity::Info => self.severity.info,
            Severity::Low => self.severity.low,
            Severity::Medium => self.severity.medium,
            Severity::High => self.severity.high,
            Severity::Critical => self.severity.critical,
        }
    }

    /// What tools say together, each by its weight and its alarm; nothing where there are none.
    pub(super) fn together(&self, alarms: &[(f64, f64)]) -> f64 {
        match self.ensemble.consensus {
            Consensus::Any => alarms.iter().map(|(_, alarm)| *alarm).fold(0.0, f64::max),
            Consensus::Majority => {
                let mut sorted: Vec<f64> = alarms.iter().map(|(_, alarm)| *alarm).collect();
                sorted.sort_by(|one, other| other.total_cmp(one));
                // As many as are more than half of them reach it.
                sorted.get(alarms.len() / 2).copied().unwrap_or(0.0)
            }
            Consensus::Weighted => {
                let weights: f64 = alarms.iter().map(|(weight, _)| *weight).sum();
                if weights <= 0.0 {
                    return 0.0;
                }
                alarms.iter().map(|(weight, alarm)| weight * alarm).sum::<f64>() / weights
            }
        }
    }
}

impl Default for RewardPolicy {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "compiled in, and a test reads it")]
        Self::read("").expect("the default policy reads")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_the_policy_as_it_is() {
        let page = include_str!("../../../docs/reward.md");
        let shown: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("    ")).collect();
        for line in DEFAULT.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            assert!(shown.contains(&line), "{line}");
        }
    }

    #[test]
    fn a_file_sets_what_it_names_and_nothing_else() {
        let policy = RewardPolicy::read("[tools]\nbandit = 0.5\n[loss]\nsize = 0.5\n").unwrap();
        let default = RewardPolicy::default();
        assert_eq!((policy.weight("bandit"), policy.weight("semgrep")), (0.5, 1.0));
        assert_eq!((policy.loss.size, policy.loss.calls), (0.5, default.loss.calls));
        for wrong in [
            "[loss]\nsize = 2.0",
            "[tools]\na = -1.0",
            "[ensemble]\nconsensus = \"loudest\"",
            "[severity]\nhuge = 1.0",
            "nonsense",
        ] {
            assert!(RewardPolicy::read(wrong).is_err(), "{wrong}");
        }
    }
}
