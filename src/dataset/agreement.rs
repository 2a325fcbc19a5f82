//! How far reviewers agree beyond chance.
//!
//! Two reviewers by Cohen's kappa, any number of them with missing values by Krippendorff's alpha for nominal data; each
//! with an interval that holds the true value in 95 of 100 corpora (the percentile bootstrap over cases). Where chance
//! leaves nothing to agree about, because only one opinion occurs, there is no value.
//!
//! - Jacob Cohen, *A coefficient of agreement for nominal scales*, Educational and Psychological Measurement 20 (1960).
//! - Klaus Krippendorff, *Computing Krippendorff's Alpha-Reliability*, University of Pennsylvania (2011).

mod coefficient;
mod oneself;
mod reviews;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{Cwe, Opinion};

pub use coefficient::{Measure, alpha, alpha_measured, kappa, kappa_measured, share_measured};
pub use oneself::{Oneself, Twice};
pub use reviews::{Review, Said, review};

/// How far the reviewers of a corpus agree.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Agreement {
    /// All of them, over all cases that several judged without sight of the others' verdicts.
    pub alpha: Option<Measure>,
    /// The same for the cases of each weakness.
    pub per_cwe: Vec<(Cwe, Measure)>,
    /// Each two of them, over the cases that both judged so.
    pub pairs: Vec<Pair>,
    /// How many cases several judged so.
    pub cases: usize,
    /// How far each reviewer agrees with oneself.
    pub oneself: Vec<Oneself>,
    /// The same of all of them together; `None` where no case came back.
    pub all_oneself: Option<Oneself>,
}

/// Two reviewers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pair {
    /// Their names, in order.
    pub reviewers: (String, String),
    /// How many cases both judged.
    pub cases: usize,
    /// How far they agree; `None` where chance leaves nothing to agree about.
    pub kappa: Option<Measure>,
}

/// How often a verdict was changed once it was seen what others think.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Anchoring {
    /// Verdicts given while a model's opinion was hidden.
    pub before_models: usize,
    /// Those of them that the same reviewer changed with that opinion in sight.
    pub changed_by_models: usize,
    /// Verdicts given while other people's were hidden, and there was one.
    pub before_verdicts: usize,
    /// Those of them that the same reviewer changed with that verdict in sight.
    pub changed_by_verdicts: usize,
}

impl Anchoring {
    pub(super) const fn add(&mut self, other: Self) {
        self.before_models += other.before_models;
        self.changed_by_models += other.changed_by_models;
        self.before_verdicts += other.before_verdicts;
        self.changed_by_verdicts += other.changed_by_verdicts;
    }
}

/// Measures the agreement of reviewers; a case counts for each of its weaknesses that is named with it.
#[must_use]
pub fn agreement_of(reviews: &[(Option<Cwe>, &Review)], seed: u64) -> Agreement {
    let (all_oneself, oneself) =
        oneself::oneself_of(reviews.iter().flat_map(|(_, review)| &review.twice), seed);
    let several: Vec<&(Option<Cwe>, &Review)> =
        reviews.iter().filter(|(_, review)| review.apart.len() > 1).collect();
    let units = |of: &mut dyn Iterator<Item = &Review>| -> Vec<Vec<u8>> {
        of.map(|review| review.apart.iter().map(|(_, opinion)| category(*opinion)).collect()).collect()
    };
    let mut by_cwe: BTreeMap<Cwe, Vec<&Review>> = BTreeMap::new();
    let mut by_pair: BTreeMap<(&str, &str), Vec<(u8, u8)>> = BTreeMap::new();
    for (cwe, review) in &several {
        if let Some(cwe) = cwe {
            by_cwe.entry(*cwe).or_default().push(review);
        }
        for (at, (one, first)) in review.apart.iter().enumerate() {
            for (other, second) in review.apart.iter().skip(at + 1) {
                let (key, opinions) = if one <= other {
                    ((one.as_str(), other.as_str()), (category(*first), category(*second)))
                } else {
                    ((other.as_str(), one.as_str()), (category(*second), category(*first)))
                };
                by_pair.entry(key).or_default().push(opinions);
            }
        }
    }
    Agreement {
        alpha: alpha_measured(&units(&mut several.iter().map(|(_, review)| *review)), seed),
        per_cwe: by_cwe
            .into_iter()
            .filter_map(|(cwe, reviews)| Some((cwe, alpha_measured(&units(&mut reviews.into_iter()), seed)?)))
            .collect(),
        pairs: by_pair
            .into_iter()
            .map(|((one, other), opinions)| Pair {
                reviewers: (one.to_owned(), other.to_owned()),
                cases: opinions.len(),
                kappa: kappa_measured(&opinions, seed),
            })
            .collect(),
        cases: several.len(),
        oneself,
        all_oneself,
    }
}

const fn category(opinion: Opinion) -> u8 {
    opinion as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use Opinion::{Confirmed, Rejected};

    fn case(said: &[(&str, Opinion)]) -> Review {
        let apart = said.iter().map(|(name, opinion)| ((*name).to_owned(), *opinion)).collect();
        Review { apart, ..Review::default() }
    }

    #[test]
    fn agreement_is_told_of_all_of_each_weakness_and_of_each_two_reviewers() {
        let both = case(&[("bob", Confirmed), ("ann", Confirmed)]);
        let differ = case(&[("ann", Rejected), ("bob", Confirmed)]);
        let clean = case(&[("ann", Rejected), ("bob", Rejected), ("cy", Rejected)]);
        let alone = case(&[("ann", Rejected)]);
        let sql = Some(Cwe(89));
        let told = agreement_of(
            &[(sql, &both), (sql, &differ), (sql, &clean), (Some(Cwe(79)), &clean), (None, &alone)],
            1,
        );
        assert_eq!(told.cases, 4);
        assert_eq!(told.per_cwe.iter().map(|(cwe, _)| cwe.0).collect::<Vec<_>>(), [89], "79 has one opinion");
        let pairs: Vec<(&str, &str, usize)> = told
            .pairs
            .iter()
            .map(|pair| (pair.reviewers.0.as_str(), pair.reviewers.1.as_str(), pair.cases))
            .collect();
        assert_eq!(pairs, [("ann", "bob", 4), ("ann", "cy", 2), ("bob", "cy", 2)]);
        // ann: c r r r, bob: c c r r: 3 of 4 agree, and 1/2 by chance.
        assert!((told.pairs[0].kappa.unwrap().value - 0.5).abs() < 1e-12);
        assert_eq!(told.pairs[1].kappa, None);
        assert_eq!(agreement_of(&[(None, &alone)], 1), Agreement::default());
    }
}
