//! Changing a filter by a value: what a facet does.

use super::{Filter, Term, Value};
use crate::docket::facets::Facet;
use crate::docket::pattern::{PathPattern, bare};

impl Filter {
    /// What is left of it without the terms of a facet: what the facet's counts rest on.
    #[must_use]
    pub fn without(&self, facet: Facet) -> Self {
        let is_of = |term: &Term| term.values.iter().all(|value| facet.has(value));
        Self { terms: self.terms.iter().filter(|term| !is_of(term)).cloned().collect() }
    }

    /// What leaves in the cases for which any of some values of one field holds.
    pub(in crate::docket) fn any_of(values: Vec<Value>) -> Self {
        Self { terms: vec![Term { negated: false, values }] }
    }

    /// What this and a value leave in together.
    #[must_use]
    pub fn with(mut self, value: Value) -> Self {
        self.terms.push(Term { negated: false, values: vec![value] });
        self
    }

    /// The values of a facet that it names, each with whether it is left out.
    pub fn of(&self, facet: Facet) -> impl Iterator<Item = (&Value, bool)> {
        let values = self.terms.iter().flat_map(|term| term.values.iter().map(|value| (value, term.negated)));
        values.filter(move |(value, _)| facet.has(value))
    }

    /// Takes a value in, or out again where it is in: beside the others of its facet, one of which is enough; or
    /// leaves it out, and lets it in again. What was wanted and is left out now, or the other way round, changes over.
    #[must_use]
    pub fn toggled(&self, facet: Facet, value: &Value, negated: bool) -> Self {
        let is_there = |term: &Term| term.negated == negated && term.values.contains(value);
        let was = self.terms.iter().any(is_there);
        let mut terms = self.terms.clone();
        for term in &mut terms {
            term.values.retain(|known| known != value);
        }
        terms.retain(|term| !term.values.is_empty());
        if !was {
            let fits = |term: &&mut Term| {
                term.negated == negated && term.values.iter().all(|value| facet.has(value))
            };
            match terms.iter_mut().rev().find(fits) {
                Some(term) => term.values.push(value.clone()),
                None => terms.push(Term { negated, values: vec![value.clone()] }),
            }
        }
        Self { terms }
    }
}

impl Value {
    /// The folder that it means, with `/` at its end and without what makes odd characters plain; `None`: it is none.
    #[must_use]
    pub fn folder(&self) -> Option<String> {
        match self {
            Self::Path(pattern) => pattern.as_folder(),
            _ => None,
        }
    }

    /// The file of a path from the root, and no other.
    #[must_use]
    pub fn file(path: &str) -> Self {
        Self::Path(PathPattern::file(bare(path)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> Filter {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn value(text: &str) -> Value {
        filter(text).terms()[0].values()[0].clone()
    }

    #[test]
    fn a_value_is_taken_in_beside_others_of_its_facet_and_out_again() {
        for (facet, before, with, negated, after) in [
            (Facet::Severity, "", "sev:high", false, "sev:high"),
            (Facet::Severity, "is:open sev:high", "sev:low", false, "is:open sev:high,low"),
            (Facet::Severity, "is:open sev:high,low", "sev:high", false, "is:open sev:low"),
            (Facet::Severity, "is:open sev:high", "sev:high", false, "is:open"),
            (Facet::Severity, "sev:high", "sev:high", true, "-sev:high"),
            (Facet::Severity, "-sev:high", "sev:high", false, "sev:high"),
            (Facet::Severity, "-sev:high", "sev:low", true, "-sev:high,low"),
            (Facet::Severity, "sev:high,low -sev:info", "sev:info", true, "sev:high,low"),
            (Facet::State, "is:fused", "is:open", false, "is:fused is:open"),
            (Facet::State, "is:open,fused", "is:open", false, "is:fused"),
            (Facet::Tool, "tool:a tool:b", "tool:a", false, "tool:b"),
        ] {
            let toggled = filter(before).toggled(facet, &value(with), negated);
            assert_eq!(toggled.to_string(), after, "{before} {with}");
        }
    }

    #[test]
    fn the_rest_of_a_filter_has_no_term_of_the_facet() {
        let all = filter("is:open is:fused -sev:low sev:high,>=low word path:src/");
        assert_eq!(all.without(Facet::Severity).to_string(), "is:open is:fused word path:src/");
        assert_eq!(all.without(Facet::State).to_string(), "is:fused -sev:low sev:high,>=low word path:src/");
        assert_eq!(
            all.without(Facet::Directory).to_string(),
            "is:open is:fused -sev:low sev:high,>=low word"
        );
        assert_eq!(all.of(Facet::Severity).count(), 3);
    }
}
