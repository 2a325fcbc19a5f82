//! Filters for the tests of the docket.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn pattern() -> impl Strategy<Value = Pattern> {
    let names = select(vec!["semgrep", "Bandit", "s*", "*sql*", "B60?", "shop", "w?b", "ann", "*", "*n*"]);
    prop_oneof![4 => names.prop_map(str::to_owned), 1 => ".{1,6}"].prop_map(Pattern)
}

fn path() -> impl Strategy<Value = PathPattern> {
    let paths = select(vec![
        "src/**",
        "src/",
        "db.py",
        "*.js",
        "src/*.py",
        "web",
        "**/db.py",
        "{src,web}/*",
        "./src/",
    ]);
    prop_oneof![4 => paths.prop_map(str::to_owned), 1 => ".{1,6}"]
        .prop_filter_map("a glob", |text| PathPattern::new(&text).ok())
}

fn bound<T: Clone + fmt::Debug + 'static>(values: impl Into<Vec<T>>) -> impl Strategy<Value = Bound<T>> {
    use Relation::{AtLeast, AtMost, Is, Over, Under};
    (select(vec![Is, AtLeast, Over, AtMost, Under]), select(values.into()))
        .prop_map(|(relation, value)| Bound { relation, value })
}

fn prefix(digits: usize) -> impl Strategy<Value = Prefix> {
    "[0-3]{1,2}|[0-9a-f]{1,16}".prop_filter_map("digits", move |text| Prefix::new(&text, digits))
}

fn value(field: Option<Field>) -> BoxedStrategy<Value> {
    let optional = proptest::option::of::<BoxedStrategy<Cwe>>;
    let Some(field) = field else {
        let words = select(vec![
            "sql",
            "SQL",
            "db",
            "input",
            "user input",
            "É",
            "a-b",
            "-a",
            "x:y",
            "\"",
            "a\\",
            ",",
        ]);
        return prop_oneof![4 => words.prop_map(str::to_owned), 1 => ".{1,6}"].prop_map(Value::Word).boxed();
    };
    match field {
        Field::Is => select(Is::ALL).prop_map(Value::Is).boxed(),
        Field::Verdict => proptest::option::of(select(Opinion::ALL)).prop_map(Value::Verdict).boxed(),
        Field::Severity => bound(Severity::ALL).prop_map(Value::Severity).boxed(),
        Field::Cwe => {
            optional(select(vec![22, 79, 89, 502, 9999]).prop_map(Cwe).boxed()).prop_map(Value::Cwe).boxed()
        }
        Field::Tool => pattern().prop_map(Value::Tool).boxed(),
        Field::Rule => pattern().prop_map(Value::Rule).boxed(),
        Field::Path => path().prop_map(Value::Path).boxed(),
        Field::Project => pattern().prop_map(Value::Project).boxed(),
        Field::Run => {
            prop_oneof![Just(RunName::Last), prefix(16).prop_map(RunName::Id)].prop_map(Value::Run).boxed()
        }
        Field::By => pattern().prop_map(Value::By).boxed(),
        Field::Judged => pattern().prop_map(Value::Judged).boxed(),
        Field::Assignee => pattern().prop_map(Value::Assignee).boxed(),
        Field::Kind => select(Kind::ALL.to_vec()).prop_map(Value::Kind).boxed(),
        Field::Confidence => {
            let grades = vec![Confidence::Low, Confidence::Medium, Confidence::High];
            proptest::option::of(bound(grades)).prop_map(Value::Confidence).boxed()
        }
        Field::Rank => proptest::option::of(bound(vec![1, 2, 3, 4, 5])).prop_map(Value::Rank).boxed(),
        Field::Case => prefix(32).prop_map(Value::Case).boxed(),
    }
}

fn term() -> impl Strategy<Value = Term> {
    let fields: Vec<_> = Field::ALL.iter().copied().map(Some).chain([None, None]).collect();
    select(fields).prop_flat_map(|field| {
        (any::<bool>(), proptest::collection::vec(value(field), 1..4))
            .prop_map(|(negated, values)| Term { negated, values })
    })
}

/// Any filter; about half of its values are met by some case of the tests' dockets.
pub(in crate::docket) fn filters() -> impl Strategy<Value = Filter> {
    proptest::collection::vec(term(), 0..4).prop_map(|terms| Filter { terms })
}

/// A filter of one term, the same taken the other way round, and one filter for each of its values.
pub(in crate::docket) fn one_term() -> impl Strategy<Value = (Filter, Filter, Vec<Filter>)> {
    let of =
        |negated: bool, values: &[Value]| Filter { terms: vec![Term { negated, values: values.to_vec() }] };
    term().prop_map(move |Term { negated, values }| {
        let apart = values.iter().map(|value| of(false, std::slice::from_ref(value))).collect();
        (of(negated, &values), of(!negated, &values), apart)
    })
}
