//! A filter without what it asks of where cases stand.

use super::{Filter, Is, Value};

impl Filter {
    /// What it asks beside where cases stand; `None` where it lists no open cases, or goes by what was decided. To leave
    /// out what one has judged oneself is how whoever is blind asks for what is open.
    #[must_use]
    pub fn beside_open(&self, reviewer: &str) -> Option<Self> {
        let mut terms = Vec::new();
        let is_own = |value: &Value| matches!(value, Value::Judged(name) if name.text() == reviewer);
        for term in self.terms.iter().filter(|term| !(term.negated && term.values.iter().all(is_own))) {
            let is = |wanted: fn(Is) -> bool| {
                term.values.iter().any(|value| matches!(value, Value::Is(is) if wanted(*is)))
            };
            let lists_open = is(|is| is == Is::Open) != term.negated;
            let decided = |value: &Value| match value {
                Value::Verdict(_) | Value::By(_) | Value::Judged(_) => true,
                Value::Is(is) => {
                    matches!(is, Is::Touched | Is::Inferred | Is::Marked | Is::Expired | Is::Gold)
                }
                _ => false,
            };
            if term.values.iter().any(decided) || (is(Is::is_state) && !lists_open) {
                return None;
            }
            if !is(Is::is_state) {
                terms.push(term.clone());
            }
        }
        Some(Self { terms })
    }
}
