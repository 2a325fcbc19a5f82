//! Facts about rules of tools that say little of them: which weakness a rule looks for, and a title fit for a
//! list.
//!
//! Only what a source leaves out is taken from here; what it says itself comes first.

use std::cmp::Ordering;
use std::sync::OnceLock;

use super::{Cwe, table};

/// Tool, names of the rule, weaknesses, title.
const RULES: &str = include_str!("../../assets/rules.tsv");

/// What is known of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFacts {
    /// Weaknesses it looks for, the most specific first; empty where it looks for none.
    pub cwes: Vec<Cwe>,
    /// A few words.
    pub title: &'static str,
}

/// What is known of a rule, by the tool's short name and any of the rule's names: `bandit` and `B105` or
/// `hardcoded_password_string`. Letter case is ignored, and `-`, `_` and blanks are the same.
#[must_use]
pub fn facts(tool: &str, rule: &str) -> Option<&'static RuleFacts> {
    let tool = if tool.eq_ignore_ascii_case("nodejsscan") { "njsscan" } else { tool };
    let Index { facts, names } = index();
    let find = |rule: &str| {
        let at = names.binary_search_by(|(known_tool, known_rule, _)| {
            compare(known_tool, tool).then_with(|| compare(known_rule, rule))
        });
        at.ok().and_then(|at| names.get(at)).and_then(|&(.., at)| facts.get(at))
    };
    find(rule).or_else(|| find("*"))
}

/// All facts, and the names they are found by, in the order of [`compare`].
struct Index {
    facts: Vec<RuleFacts>,
    names: Vec<(&'static str, &'static str, usize)>,
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = Index { facts: Vec::new(), names: Vec::new() };
        for line in table::lines(RULES) {
            let [tool, names, cwes, title] = table::cells(line);
            let at = index.facts.len();
            index.names.extend(names.split('|').map(|name| (tool, name, at)));
            index.facts.push(RuleFacts { cwes: table::numbers(cwes).map(Cwe).collect(), title });
        }
        index.names.sort_by(|left, right| compare(left.0, right.0).then_with(|| compare(left.1, right.1)));
        index
    })
}

/// The order of names, blind to letter case and to the kind of dash.
fn compare(left: &str, right: &str) -> Ordering {
    fold(left).cmp(fold(right))
}

fn fold(name: &str) -> impl Iterator<Item = u8> + '_ {
    name.trim().bytes().map(|byte| if matches!(byte, b'_' | b' ') { b'-' } else { byte.to_ascii_lowercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cwes(tool: &str, rule: &str) -> Vec<u16> {
        facts(tool, rule).map(|facts| facts.cwes.iter().map(|cwe| cwe.0).collect()).unwrap_or_default()
    }

    #[test]
    fn every_line_of_the_table_is_sound() {
        for line in table::lines(RULES) {
            let cells: Vec<_> = line.split('\t').collect();
            assert_eq!(cells.len(), 4, "{line}");
            assert!(!cells[0].is_empty() && cells[1].split('|').all(|name| !name.is_empty()), "{line}");
            let found: Vec<_> = table::numbers(cells[2]).map(Cwe).collect();
            assert_eq!(found.len(), cells[2].split(',').filter(|cell| !cell.is_empty()).count(), "{line}");
            assert!(found.iter().all(|cwe| cwe.name().is_some()), "not in the list: {line}");
            assert!(!cells[3].is_empty() && cells[3].len() <= 60 && !cells[3].ends_with('.'), "{line}");
        }
        let names = &index().names;
        for pair in names.windows(2) {
            let order = compare(pair[0].0, pair[1].0).then_with(|| compare(pair[0].1, pair[1].1));
            assert_eq!(order, Ordering::Less, "{:?} twice", pair[0]);
        }
    }

    #[test]
    fn rules_are_found_by_any_of_their_names() {
        assert_eq!(cwes("bandit", "B105"), [259]);
        assert_eq!(cwes("Bandit", "hardcoded-password-string"), [259]);
        assert_eq!(cwes("eslint", "security/detect-eval-with-expression"), [95]);
        assert_eq!(cwes("eslint", "no-unsanitized/property"), [79]);
        assert_eq!(cwes("gosec", "G401"), [328]);
        assert_eq!(cwes("flawfinder", "FF1014"), [120, 20]);
        assert_eq!(cwes("nodejsscan", "node_nosqli_injection"), [943]);
        assert_eq!(cwes("brakeman", "Cross Site Scripting"), [79]);
        assert_eq!(cwes("brakeman", "BRAKE0029"), [798]);
        assert_eq!(cwes("cppcheck", "nullPointer"), [476]);
        assert_eq!(cwes("detect-secrets", "AWS Access Key"), [798]);
        assert_eq!(facts("gosec", "G402").map(|facts| facts.title), Some("Weak TLS settings"));
    }

    #[test]
    fn nothing_is_known_of_other_rules_and_tools() {
        assert_eq!(facts("bandit", "B999"), None);
        assert_eq!(facts("hadolint", "DL3008"), None);
        assert_eq!(facts("", ""), None);
    }
}
