//! What code is worth by what an ensemble of tools says of it, less what was lost of it on the way.
//!
//! ```text
//! reward = (1 − alarm) − loss                            from −1 to 1
//! ```
//!
//! Invariants, which `laws` holds it to: one finding more never raises it; the code without one of its functions never has
//! more than the code; a tool that does not read such code changes nothing.

#[cfg(test)]
mod laws;
mod loss;
mod policy;

pub use loss::Loss;
pub use policy::{Consensus, RewardPolicy};

use serde::{Deserialize, Serialize};

use crate::domain::Severity;

/// A finding, as far as a reward depends on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// How bad it is if true.
    pub severity: Severity,
    /// How likely it is right: its rule's precision by what people decided, from 0 to 1.
    pub trust: f64,
}

impl Flag {
    /// A finding of a rule of which so many cases were confirmed and rejected: one of each is taken as given, so that a
    /// rule of which nothing is known is right half of the time.
    #[must_use]
    pub fn of(severity: Severity, (confirmed, rejected): (u32, u32)) -> Self {
        let (confirmed, rejected) = (f64::from(confirmed), f64::from(rejected));
        Self { severity, trust: (confirmed + 1.0) / (confirmed + rejected + 2.0) }
    }
}

/// What a tool says of some code.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolLook {
    /// The tool.
    pub tool: String,
    /// Whether it reads such code at all, and was not kept from it.
    pub reads: bool,
    /// What it flags.
    pub flags: Vec<Flag>,
}

/// What is told of code by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// No tool flags anything that counts.
    #[default]
    Clean,
    /// Only tools that the reward does not see do.
    OnlyHeldOutFlags,
    /// A tool that the reward sees does.
    Flagged,
}

/// A tool's part of a reward.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolScore {
    /// The tool.
    pub tool: String,
    /// Its weight.
    pub weight: f64,
    /// Whether the reward does not see it.
    pub held_out: bool,
    /// How many findings of it count.
    pub flags: u64,
    /// How much of an alarm they are together.
    pub alarm: f64,
    /// The reward less what it would be without this tool; of one held out what it would be with it less the reward.
    pub effect: f64,
}

/// A reward with what it is made of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scored {
    /// The reward.
    pub reward: f64,
    /// What the tools say together.
    pub alarm: f64,
    /// What was lost.
    pub loss: f64,
    /// What is told by whom.
    pub told: Told,
    /// Each tool that reads such code, by name.
    pub tools: Vec<ToolScore>,
}

/// The reward of some code, given what was lost of what it was made of; `None` where no tool that counts reads it.
#[must_use]
pub fn score(policy: &RewardPolicy, looks: &[ToolLook], lost: &Loss) -> Option<Scored> {
    let mut tools: Vec<ToolScore> = looks
        .iter()
        .filter(|look| look.reads && policy.weight(&look.tool) > 0.0)
        .map(|look| {
            let counting = look.flags.iter().filter(|flag| flag.severity >= policy.least());
            ToolScore {
                tool: look.tool.clone(),
                weight: policy.weight(&look.tool),
                held_out: policy.is_held_out(&look.tool),
                flags: counting.clone().count() as u64,
                // The chance that one of them at least is right, each as grave as it is.
                alarm: 1.0
                    - counting.map(|flag| 1.0 - policy.grade(flag.severity) * flag.trust).product::<f64>(),
                effect: 0.0,
            }
        })
        .collect();
    tools.sort_by(|one, other| one.tool.cmp(&other.tool));
    let seen = |tools: &[ToolScore]| -> Vec<(f64, f64)> {
        tools.iter().filter(|tool| !tool.held_out).map(|tool| (tool.weight, tool.alarm)).collect()
    };
    let of_all = seen(&tools);
    if of_all.is_empty() {
        return None;
    }
    let loss = lost.total(policy);
    let worth = |alarms: &[(f64, f64)]| (1.0 - policy.together(alarms)) - loss;
    let reward = worth(&of_all);
    for at in 0..tools.len() {
        let mut others = tools.clone();
        let Some(this) = others.get_mut(at) else { continue };
        let effect = if this.held_out {
            this.held_out = false;
            worth(&seen(&others)) - reward
        } else {
            others.remove(at);
            reward - worth(&seen(&others))
        };
        if let Some(tool) = tools.get_mut(at) {
            tool.effect = effect;
        }
    }
    let flags = |held_out: bool| tools.iter().any(|tool| tool.held_out == held_out && tool.flags > 0);
    let told = match (flags(false), flags(true)) {
        (true, _) => Told::Flagged,
        (false, true) => Told::OnlyHeldOutFlags,
        (false, false) => Told::Clean,
    };
    Some(Scored { reward, alarm: policy.together(&of_all), loss, told, tools })
}

/// What the rewards of a batch come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct RewardSums {
    /// Samples.
    pub samples: u64,
    /// Their mean reward.
    pub reward: f64,
    /// Samples in which something was lost.
    pub with_loss: u64,
    /// Samples by what is told of them by whom.
    pub told: std::collections::BTreeMap<Told, u64>,
    /// Each tool's part.
    pub tools: std::collections::BTreeMap<String, ToolSums>,
}

/// A tool's part of a batch's rewards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct ToolSums {
    /// Samples that it reads.
    pub samples: u64,
    /// Samples that it flags.
    pub flagged: u64,
    /// Samples that it alone flags.
    pub alone: u64,
    /// Whether the reward does not see it.
    pub held_out: bool,
    /// The mean of its effects.
    pub effect: f64,
}

impl RewardSums {
    /// Takes a sample in.
    pub fn take(&mut self, scored: &Scored) {
        let mean = |mean: &mut f64, count: u64, value: f64| *mean += (value - *mean) / count as f64;
        self.samples += 1;
        mean(&mut self.reward, self.samples, scored.reward);
        self.with_loss += u64::from(scored.loss > 0.0);
        *self.told.entry(scored.told).or_default() += 1;
        let flagging = scored.tools.iter().filter(|tool| tool.flags > 0).count();
        for tool in &scored.tools {
            let sums = self.tools.entry(tool.tool.clone()).or_default();
            sums.samples += 1;
            sums.flagged += u64::from(tool.flags > 0);
            sums.alone += u64::from(tool.flags > 0 && flagging == 1);
            sums.held_out = tool.held_out;
            mean(&mut sums.effect, sums.samples, tool.effect);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(tool: &str, severities: &[Severity]) -> ToolLook {
        let flags = severities.iter().map(|severity| Flag { severity: *severity, trust: 1.0 }).collect();
        ToolLook { tool: tool.into(), reads: true, flags }
    }

    fn policy(text: &str) -> RewardPolicy {
        RewardPolicy::read(text).unwrap()
    }

    #[test]
    fn tools_are_taken_together_as_the_policy_says() {
        use Severity::{High, Info};
        let looks = [look("a", &[High]), look("b", &[Info]), look("c", &[High, High])];
        let reward = |text: &str| score(&policy(text), &looks, &Loss::default()).unwrap().reward;
        let near = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-9, "{value} {expected}");
        // Two high ones: 1 − ¼ · ¼.
        near(reward("[ensemble]\nconsensus = \"any\""), 1.0 - 0.9375);
        near(reward("[ensemble]\nconsensus = \"majority\""), 1.0 - 0.75);
        near(reward(""), 1.0 - (0.75 + 0.0 + 0.9375) / 3.0);
        near(reward("[tools]\na = 3.0\nc = 0.0"), 1.0 - 3.0 * 0.75 / 4.0);
        near(reward("[ensemble]\nleast = \"critical\""), 1.0);
    }

    #[test]
    fn what_only_a_held_out_tool_flags_is_told_apart_and_costs_nothing() {
        let policy = policy("[ensemble]\nheld_out = [\"b\"]");
        let told = |looks: &[ToolLook]| score(&policy, looks, &Loss::default()).unwrap();
        let gamed = told(&[look("a", &[]), look("b", &[Severity::High])]);
        assert_eq!((gamed.told, gamed.reward), (Told::OnlyHeldOutFlags, 1.0));
        assert!(gamed.tools[1].effect < 0.0, "with it the reward would be lower");
        assert_eq!(told(&[look("a", &[Severity::Low]), look("b", &[])]).told, Told::Flagged);
        assert_eq!(told(&[look("a", &[]), look("b", &[])]).told, Told::Clean);
        assert_eq!(score(&policy, &[look("b", &[])], &Loss::default()), None, "nobody that counts reads it");
    }

    #[test]
    fn a_rule_is_trusted_as_far_as_people_agreed_with_it() {
        assert_eq!(Flag::of(Severity::High, (0, 0)).trust, 0.5);
        assert!(Flag::of(Severity::High, (8, 0)).trust > 0.8);
        let reward = |verdicts| {
            let flags = vec![Flag::of(Severity::High, verdicts)];
            let look = ToolLook { tool: "a".into(), reads: true, flags };
            score(&policy(""), &[look], &Loss::default()).unwrap().reward
        };
        assert!(reward((0, 9)) > reward((0, 0)) && reward((0, 0)) > reward((9, 0)));
    }

    #[test]
    fn a_batch_says_what_each_tool_did() {
        let mut sums = RewardSums::default();
        for looks in [
            [look("a", &[Severity::High]), look("b", &[])],
            [look("a", &[]), look("b", &[])],
            [look("a", &[Severity::High]), look("b", &[Severity::High])],
        ] {
            sums.take(&score(&policy(""), &looks, &Loss::default()).unwrap());
        }
        let (a, b) = (&sums.tools["a"], &sums.tools["b"]);
        assert_eq!((sums.samples, a.flagged, a.alone, b.flagged, b.alone), (3, 2, 1, 1, 0));
        assert!(a.effect < b.effect, "{a:?} {b:?}");
        assert_eq!(sums.told[&Told::Clean], 1);
    }
}
