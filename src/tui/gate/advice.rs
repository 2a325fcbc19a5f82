//! Which filter brings up what the gate advises: of one condition all that it names, and of all of them the one whose cases
//! serve the most.

use crate::dataset::Advice;

/// What leaves in every open case.
const ANY: &str = "is:open";

/// One filter for what a condition advises: where its filters differ in one value alone, all of the values; else the first.
pub(in crate::tui) fn together(advice: &[&Advice]) -> Option<String> {
    let first = advice.first()?;
    let parts: Option<Vec<(&str, &str, &str)>> = advice.iter().map(|advice| parts(&advice.filter)).collect();
    let Some(parts) = parts else { return Some(first.filter.clone()) };
    let (field, _, rest) = parts.first()?;
    if parts.iter().any(|(other, _, after)| (other, after) != (field, rest)) {
        return Some(first.filter.clone());
    }
    let mut values: Vec<&str> = Vec::new();
    for value in parts.iter().flat_map(|(_, value, _)| value.split(',')) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Some(format!("{field}:{}{rest}", values.join(",")))
}

/// The field that a filter begins with, its value, and what follows.
fn parts(filter: &str) -> Option<(&str, &str, &str)> {
    let end = filter.find(' ').unwrap_or(filter.len());
    let (head, rest) = filter.split_at(end);
    let (field, value) = head.split_once(':')?;
    // A value in quotes may hold a blank or a comma.
    (matches!(field, "cwe" | "case") && !value.contains('"')).then_some((field, value, rest))
}

/// The filter of which one decision serves the most conditions, and these. Of those that serve as many it is the first, and
/// one of which no case is there serves nobody. Each condition comes with what it advises.
pub(in crate::tui) fn most_helpful<'a>(
    lacking: &[(&'a str, Vec<&Advice>)],
) -> Option<(String, Vec<&'a str>)> {
    let serves = |filter: &str, other: &Advice| {
        other.filter == filter || other.filter == ANY && filter.split(' ').any(|term| term == ANY)
    };
    let served = |filter: &str| -> Vec<&'a str> {
        let served = lacking.iter().filter(|(_, advice)| advice.iter().any(|other| serves(filter, other)));
        served.map(|(name, _)| *name).collect()
    };
    // Not every condition knows how many cases its filter has: one that does speaks for all.
    let is_empty = |filter: &str| {
        let mut all = lacking.iter().flat_map(|(_, advice)| advice);
        all.any(|other| other.filter == filter && other.available == Some(0))
    };
    let mut best: Option<(usize, Vec<&Advice>)> = None;
    for (_, advice) in lacking {
        let there = advice.iter().filter(|advice| !is_empty(&advice.filter));
        let counts: Vec<(usize, &Advice)> =
            there.map(|advice| (served(&advice.filter).len(), *advice)).collect();
        let Some(most) = counts.iter().map(|(count, _)| *count).max() else { continue };
        if best.as_ref().is_none_or(|(known, _)| most > *known) {
            let all = counts.into_iter().filter(|(count, _)| *count == most).map(|(_, advice)| advice);
            best = Some((most, all.collect()));
        }
    }
    let (_, advice) = best?;
    Some((together(&advice)?, served(&advice.first()?.filter)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::docket::Filter;

    fn advice(filter: &str, available: Option<u64>) -> Advice {
        Advice { filter: filter.into(), verdicts: 3, available }
    }

    fn joined(filters: &[&str]) -> Option<String> {
        let advice: Vec<Advice> = filters.iter().map(|filter| advice(filter, None)).collect();
        together(&advice.iter().collect::<Vec<_>>())
    }

    #[test]
    fn what_a_condition_advises_is_one_filter_where_it_can_be() {
        let wanted = [
            (&["cwe:79 is:open", "cwe:611 is:open"][..], Some("cwe:79,611 is:open")),
            (&["case:0a,0b", "case:0b,0c"], Some("case:0a,0b,0c")),
            (&["cwe:79 is:open", "is:open"], Some("cwe:79 is:open")),
            (&["is:open -rule:\"a b\""], Some("is:open -rule:\"a b\"")),
            (&[], None),
        ];
        for (filters, told) in wanted {
            assert_eq!(joined(filters).as_deref(), told, "{filters:?}");
        }
    }

    #[test]
    fn most_is_helped_where_a_decision_serves_most_conditions_and_cases_are_there() {
        let (any, xss, xxe, ssrf) = (
            advice("is:open", Some(9)),
            advice("cwe:79 is:open", Some(4)),
            advice("cwe:611 is:open", Some(0)),
            advice("cwe:918 is:open", Some(1)),
        );
        let gold = advice("is:gold", Some(30));
        let lacking = [
            ("labels", vec![&any]),
            ("cwe_classes", vec![&xss, &xxe]),
            ("cwe_evenness", vec![&ssrf, &xss]),
            ("reviewed_by_two", vec![&gold]),
        ];
        let told = most_helpful(&lacking);
        assert_eq!(told, Some(("cwe:79 is:open".into(), vec!["labels", "cwe_classes", "cwe_evenness"])));
        assert_eq!(most_helpful(&lacking[..1]), Some(("is:open".into(), vec!["labels"])));
        assert_eq!(most_helpful(&[("cwe_classes", vec![&xxe])]), None, "no case is there");
        let (none, unknown) = (advice("is:open", Some(0)), advice("is:open", None));
        assert_eq!(most_helpful(&[("labels", vec![&none]), ("oneself", vec![&unknown])]), None, "nor here");
        assert_eq!(most_helpful(&[("agreement", vec![&gold])]), Some(("is:gold".into(), vec!["agreement"])));
    }

    proptest! {
        #[test]
        fn what_is_joined_is_a_filter_with_each_of_the_values(numbers in prop::collection::vec(prop::sample::select(&[22_u16, 78, 79, 89, 502, 611, 918][..]), 1..6)) {
            let filters: Vec<String> = numbers.iter().map(|number| format!("cwe:{number} is:open")).collect();
            let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
            let told = joined(&filters).unwrap();
            prop_assert!(told.parse::<Filter>().is_ok(), "{told}");
            let (values, rest) = told.strip_prefix("cwe:").unwrap().split_once(' ').unwrap();
            prop_assert_eq!(rest, "is:open");
            for number in numbers {
                prop_assert!(values.split(',').any(|value| value == number.to_string()));
            }
        }
    }
}
