//! The policy: the bounds of the gate's conditions, from a TOML file.

use serde::{Deserialize, Serialize};

use rustc_hash::FxHashMap;

use crate::domain::Cwe;

/// The policy that holds where none is given, with what each line means.
const DEFAULT: &str = include_str!("../../../assets/gate.toml");

/// The bounds of the gate's conditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub(super) labels: Labels,
    pub(super) classes: Classes,
    pub(super) balance: Balance,
    pub(super) agreement: Agreeing,
    pub(super) quality: Quality,
    pub(super) caps: Caps,
    pub(super) duplicates: Duplicates,
    pub(super) secrets: Secrets,
    pub(super) growth: Growth,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Labels {
    pub(super) least: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Classes {
    pub(super) least: u64,
    pub(super) each: u64,
    pub(super) evenness: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Balance {
    pub(super) confirmed: [f64; 2],
    pub(super) per_class: [f64; 2],
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agreeing {
    pub(super) cases: u64,
    pub(super) least: f64,
    pub(super) reviewed_by_two: f64,
    pub(super) contradictions: u64,
    pub(super) oneself_cases: u64,
    pub(super) oneself: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Quality {
    pub(super) context: f64,
    pub(super) days: u64,
    pub(super) fresh: f64,
    pub(super) random: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Caps {
    pub(super) rule: f64,
    pub(super) file: f64,
    pub(super) project: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Duplicates {
    pub(super) share: f64,
    pub(super) apart: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Secrets {
    pub(super) share: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Growth {
    pub(super) labels: u64,
}

/// A policy that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    /// It is no TOML, or names what there is not.
    #[error("{why}")]
    Unreadable {
        /// The byte at which.
        at: Option<usize>,
        /// Why.
        why: String,
    },
    /// A bound is off its scale.
    #[error("`{name}` is a share, from 0 to 1{}", if *.pair { ": the least and the most, in this order" } else { "" })]
    OffScale {
        /// The bound.
        name: &'static str,
        /// Whether it has two ends.
        pair: bool,
    },
}

/// A default policy with what a file sets otherwise.
pub(in crate::dataset) fn read_over<P: serde::de::DeserializeOwned>(
    default: &str,
    text: &str,
) -> Result<P, BadPolicy> {
    let unreadable = |error: toml::de::Error| BadPolicy::Unreadable {
        at: error.span().map(|span| span.start),
        why: error.message().lines().collect::<Vec<_>>().join(", "),
    };
    let mut whole: toml::Table = toml::from_str(default).map_err(unreadable)?;
    let own: toml::Table = toml::from_str(text).map_err(unreadable)?;
    for (name, value) in own {
        match (whole.get_mut(&name), value) {
            (Some(toml::Value::Table(known)), toml::Value::Table(set)) => known.extend(set),
            (_, value) => {
                whole.insert(name, value);
            }
        }
    }
    whole.try_into().map_err(|error: toml::de::Error| BadPolicy::Unreadable {
        at: None,
        why: error.message().lines().collect::<Vec<_>>().join(", "),
    })
}

impl Policy {
    /// The text of the default policy, with comments.
    pub const TEXT: &'static str = DEFAULT;

    /// The default with what a file sets otherwise.
    ///
    /// # Errors
    /// When the file is no TOML, names what there is not, or a bound is off its scale.
    pub fn read(text: &str) -> Result<Self, BadPolicy> {
        let policy: Self = read_over(DEFAULT, text)?;
        policy.checked()
    }

    fn checked(self) -> Result<Self, BadPolicy> {
        let on_scale = |value: f64| (0.0..=1.0).contains(&value);
        for (name, value) in [
            ("classes.evenness", self.classes.evenness),
            ("agreement.reviewed_by_two", self.agreement.reviewed_by_two),
            ("quality.context", self.quality.context),
            ("quality.fresh", self.quality.fresh),
            ("quality.random", self.quality.random),
            ("caps.rule", self.caps.rule),
            ("caps.file", self.caps.file),
            ("caps.project", self.caps.project),
            ("agreement.oneself", self.agreement.oneself),
            ("duplicates.share", self.duplicates.share),
            ("secrets.share", self.secrets.share),
        ] {
            if !on_scale(value) {
                return Err(BadPolicy::OffScale { name, pair: false });
            }
        }
        // Alpha goes below 0 where people agree less than chance would have it.
        if !(-1.0..=1.0).contains(&self.agreement.least) {
            return Err(BadPolicy::OffScale { name: "agreement.least", pair: false });
        }
        for (name, [least, most]) in
            [("balance.confirmed", self.balance.confirmed), ("balance.per_class", self.balance.per_class)]
        {
            if !on_scale(least) || !on_scale(most) || least > most {
                return Err(BadPolicy::OffScale { name, pair: true });
            }
        }
        Ok(self)
    }

    /// Whether it asks how many labels hold secrets.
    #[must_use]
    pub fn asks_for_secrets(&self) -> bool {
        self.secrets.share < 1.0
    }

    /// How much each weakness lacks of the labels that it needs to count, from 0 to 1, while too few weaknesses have them.
    #[must_use]
    pub fn deficit(
        &self,
        have: &FxHashMap<Cwe, u64>,
        known: impl Iterator<Item = Cwe>,
    ) -> FxHashMap<Cwe, f32> {
        let each = self.classes.each;
        let enough = have.values().filter(|count| **count >= each).count() as u64;
        if each == 0 || enough >= self.classes.least {
            return FxHashMap::default();
        }
        let lacks = |cwe: Cwe| {
            let count = have.get(&cwe).copied().unwrap_or_default();
            each.saturating_sub(count) as f32 / each as f32
        };
        known.map(|cwe| (cwe, lacks(cwe))).filter(|(_, lacks)| *lacks > 0.0).collect()
    }
}

impl Default for Policy {
    fn default() -> Self {
        // That the default can be read is held by a test; were it not, every bound would be the widest.
        Self::read("").unwrap_or(Self {
            labels: Labels { least: 0 },
            classes: Classes { least: 0, each: 0, evenness: 0.0 },
            balance: Balance { confirmed: [0.0, 1.0], per_class: [0.0, 1.0] },
            agreement: Agreeing {
                cases: 0,
                least: -1.0,
                reviewed_by_two: 0.0,
                contradictions: u64::MAX,
                oneself_cases: 0,
                oneself: 0.0,
            },
            quality: Quality { context: 0.0, days: 0, fresh: 0.0, random: 0.0 },
            caps: Caps { rule: 1.0, file: 1.0, project: 1.0 },
            duplicates: Duplicates { share: 1.0, apart: u64::MAX },
            secrets: Secrets { share: 1.0 },
            growth: Growth { labels: 0 },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_can_be_read_and_a_file_sets_what_it_names() {
        let default = Policy::read("").unwrap();
        assert_eq!(default, Policy::default());
        assert_eq!(Policy::read(Policy::TEXT).unwrap(), default);
        let set = Policy::read("[labels]\nleast = 3\n[agreement]\nleast = -0.5").unwrap();
        assert_eq!((set.labels.least, set.agreement.least), (3, -0.5));
        assert_eq!(set.agreement.cases, default.agreement.cases, "the rest stays");
    }

    #[test]
    fn what_there_is_not_and_what_is_off_its_scale_is_refused() {
        for text in ["[labls]\nleast = 3", "[labels]\nmost = 3", "labels = 3", "[labels]\nleast = -1", "x"] {
            assert!(matches!(Policy::read(text), Err(BadPolicy::Unreadable { .. })), "{text}");
        }
        for (text, name, pair) in [
            ("[quality]\ncontext = 1.5", "quality.context", false),
            ("[agreement]\nleast = -2.0", "agreement.least", false),
            ("[balance]\nconfirmed = [0.9, 0.1]", "balance.confirmed", true),
            ("[caps]\nrule = nan", "caps.rule", false),
        ] {
            assert_eq!(Policy::read(text), Err(BadPolicy::OffScale { name, pair }), "{text}");
        }
    }

    #[test]
    fn a_weakness_lacks_what_it_needs_to_count_until_enough_of_them_count() {
        let policy = Policy::read("[classes]\nleast = 2\neach = 4").unwrap();
        let known = || [Cwe(79), Cwe(89), Cwe(22)].into_iter();
        let have = [(Cwe(89), 4), (Cwe(79), 1)].into_iter().collect();
        let lacks = policy.deficit(&have, known());
        assert_eq!(
            (lacks.get(&Cwe(79)), lacks.get(&Cwe(89)), lacks.get(&Cwe(22))),
            (Some(&0.75), None, Some(&1.0))
        );
        let have = [(Cwe(89), 4), (Cwe(79), 5)].into_iter().collect();
        assert!(policy.deficit(&have, known()).is_empty());
    }
}
