//! Filters that were given names: `@name` in a filter stands for all of one.

use std::collections::BTreeMap;

use super::filter::{Filter, FilterError};

/// Filters by their names, as they were written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Saved(BTreeMap<String, String>);

/// A filter that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SavedError {
    /// By itself.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// No filter is called so.
    #[error("no filter is saved as `@{name}`; {}", if known.is_empty() { "none is saved".to_owned() } else { format!("there are @{}", known.join(", @")) })]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The one that is saved is none.
    #[error("the filter saved as `@{name}`: {source}")]
    Broken {
        /// Its name.
        name: String,
        /// What is wrong with it.
        source: FilterError,
    },
    /// A name was left out.
    #[error("`-@{0}`: a saved filter is many terms, and only one can be left out")]
    Negated(String),
    /// A name that cannot be one.
    #[error("`{0}` is no name of a filter: letters, digits, `-`, `_` and `.`, at most 40")]
    BadName(String),
}

impl Saved {
    /// Filters by their names.
    #[must_use]
    pub const fn new(filters: BTreeMap<String, String>) -> Self {
        Self(filters)
    }

    /// The name, if it can be one.
    ///
    /// # Errors
    /// When it cannot.
    pub fn name(text: &str) -> Result<&str, SavedError> {
        let text = text.trim();
        let name = text.strip_prefix('@').unwrap_or(text);
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let is_name = (1..=40).contains(&name.chars().count()) && name.chars().all(fits);
        is_name.then_some(name).ok_or_else(|| SavedError::BadName(text.chars().take(60).collect()))
    }

    /// The filters with their names, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// As they are stored.
    #[must_use]
    pub const fn filters(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Reads a filter, in which `@name` stands for all of a saved one. A text that begins so stands in quotes.
    ///
    /// # Errors
    /// When it cannot be understood, or names what is not saved.
    pub fn read(&self, text: &str) -> Result<Filter, SavedError> {
        // A name gives way to as many blanks, so that what is wrong beside it is told at its own column.
        let mut rest = String::with_capacity(text.len());
        let mut named = Filter::default();
        let (mut quoted, mut escaped, mut skipped) = (false, false, 0);
        let mut before = ' ';
        for (at, c) in text.char_indices() {
            if at < skipped {
                rest.extend(std::iter::repeat_n(' ', c.len_utf8()));
                before = ' ';
                continue;
            }
            let word = || {
                let word = text.get(at..).unwrap_or_default();
                word.split(char::is_whitespace).next().unwrap_or_default()
            };
            if !quoted && before.is_whitespace() && c == '-' && word().starts_with("-@") {
                return Err(SavedError::Negated(word().trim_start_matches("-@").to_owned()));
            }
            if !quoted && before.is_whitespace() && c == '@' {
                named = named.and(self.one(word())?);
                skipped = at + word().len();
                rest.push(' ');
                continue;
            }
            if escaped {
                escaped = false;
            } else if quoted && c == '\\' {
                escaped = true;
            } else if c == '"' {
                quoted = !quoted;
            }
            rest.push(c);
            before = c;
        }
        Ok(rest.parse::<Filter>()?.and(named))
    }

    fn one(&self, word: &str) -> Result<Filter, SavedError> {
        let name = word.trim_start_matches('@');
        let Some(text) = self.0.get(name) else {
            return Err(SavedError::Unknown {
                name: name.chars().take(40).collect(),
                known: self.0.keys().take(10).cloned().collect(),
            });
        };
        text.parse().map_err(|source| SavedError::Broken { name: name.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> Saved {
        let filters = [("mine", "by:ann is:stale"), ("odd", "sev:"), ("é-1", "sev:high")];
        Saved::new(filters.map(|(name, text)| (name.to_owned(), text.to_owned())).into())
    }

    #[test]
    fn a_name_stands_for_all_of_its_filter() {
        for (text, read) in [
            ("@mine", "by:ann is:stale"),
            ("is:open @mine tool:x", "is:open tool:x by:ann is:stale"),
            ("@é-1", "sev:high"),
            ("\"@mine\"", "@mine"),
            ("a@mine", "a@mine"),
            ("\"a @mine\"", "\"a @mine\""),
            ("", ""),
        ] {
            assert_eq!(saved().read(text).unwrap().to_string(), read, "{text}");
        }
    }

    #[test]
    fn what_is_not_saved_or_is_wrong_is_told_and_where() {
        assert!(matches!(saved().read("@other"), Err(SavedError::Unknown { .. })));
        assert!(matches!(saved().read("@odd"), Err(SavedError::Broken { .. })));
        assert!(matches!(saved().read("-@mine"), Err(SavedError::Negated(_))));
        let Err(SavedError::Filter(error)) = saved().read("@mine sev:x") else { panic!() };
        assert_eq!(error.at, 10);
        for (text, name) in [(" @mine ", Some("mine")), ("a b", None), ("", None), ("a:b", None)] {
            assert_eq!(Saved::name(text).ok(), name, "{text}");
        }
    }
}
