//! Kinds of calls that make a value safe, and which names are such calls.

use std::fmt;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::table::{cells, lines};

/// What sort of safety a call gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sanitiser {
    /// Encoded for the language it is written into.
    Escape,
    /// Handed over apart from the statement.
    Parameterise,
    /// Turned away where it does not fit.
    Validate,
    /// A path brought to one form, or held inside a folder.
    Path,
    /// Made a number.
    Number,
    /// Hashed, enciphered or compared in constant time.
    Hash,
    /// Read by a parser that runs nothing.
    Parser,
    /// No longer than there is room for.
    Length,
    /// Who asks is checked.
    Access,
}

impl Sanitiser {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Escape,
        Self::Parameterise,
        Self::Validate,
        Self::Path,
        Self::Number,
        Self::Hash,
        Self::Parser,
        Self::Length,
        Self::Access,
    ];

    /// The word in the table, in JSON and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Escape => "escape",
            Self::Parameterise => "parameterise",
            Self::Validate => "validate",
            Self::Path => "path",
            Self::Number => "number",
            Self::Hash => "hash",
            Self::Parser => "parser",
            Self::Length => "length",
            Self::Access => "access",
        }
    }

    /// The kind of a call by its name, as written, and by what it is called on: `html` of `html.escape`. Empty where it
    /// is called on nothing.
    #[must_use]
    pub fn of_call(name: &str, owner: &str) -> Option<Self> {
        let (name, owner) = (folded(name), folded(owner));
        let table = table();
        let plain = || table.get(name.as_str()).copied();
        table.get(format!("{owner}.{name}").as_str()).copied().or_else(plain)
    }

    /// The kind that a word means wherever it stands, called or not.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        table().get(format!("={}", folded(word)).as_str()).copied()
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Sanitisers(u16);

impl Sanitisers {
    /// Takes a kind in.
    pub const fn insert(&mut self, kind: Sanitiser) {
        self.0 |= 1 << kind as u16;
    }

    /// The kinds, in their order.
    pub fn iter(self) -> impl Iterator<Item = Sanitiser> {
        Sanitiser::ALL.into_iter().filter(move |&kind| self.0 >> kind as u16 & 1 == 1)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Extend<Sanitiser> for Sanitisers {
    fn extend<I: IntoIterator<Item = Sanitiser>>(&mut self, kinds: I) {
        kinds.into_iter().for_each(|kind| self.insert(kind));
    }
}

impl FromIterator<Sanitiser> for Sanitisers {
    fn from_iter<I: IntoIterator<Item = Sanitiser>>(kinds: I) -> Self {
        let mut set = Self::default();
        set.extend(kinds);
        set
    }
}

/// As prose has it: `escape, number`, or `none`.
impl fmt::Display for Sanitisers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Sanitiser::word).collect();
        f.pad(&if self.is_empty() { "none".to_owned() } else { words.join(", ") })
    }
}

const TABLE: &str = include_str!("../../assets/sanitisers.tsv");

/// The kinds by the folded names of the table.
fn table() -> &'static FxHashMap<String, Sanitiser> {
    static TABLE_READ: OnceLock<FxHashMap<String, Sanitiser>> = OnceLock::new();
    TABLE_READ.get_or_init(|| {
        let mut table = FxHashMap::default();
        for [word, names] in lines(TABLE).map(cells) {
            let Some(kind) = Sanitiser::ALL.into_iter().find(|kind| kind.word() == word) else { continue };
            table.extend(names.split(' ').map(|name| (folded(name), kind)));
        }
        table
    })
}

/// A name without what spelling styles differ in.
fn folded(name: &str) -> String {
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_of_known_kinds_and_names_nothing_twice() {
        let mut known: Vec<(String, &str)> = Vec::new();
        for [word, names] in lines(TABLE).map(cells) {
            assert!(Sanitiser::ALL.iter().any(|kind| kind.word() == word), "{word}");
            for name in names.split(' ') {
                assert!(!name.is_empty() && !name.contains('\t'), "{word}: {names:?}");
                let twice = known.iter().find(|(other, _)| *other == folded(name));
                assert_eq!(twice, None, "{name}");
                known.push((folded(name), word));
            }
        }
        for kind in Sanitiser::ALL {
            assert!(known.iter().filter(|(_, word)| *word == kind.word()).count() > 8, "{kind:?}");
        }
    }

    #[test]
    fn a_call_is_known_by_its_name_and_a_common_one_by_its_owner_too() {
        for (owner, name, kind) in [
            ("html", "escape", Some(Sanitiser::Escape)),
            ("", "escape_html", Some(Sanitiser::Escape)),
            ("", "escapeHTML", Some(Sanitiser::Escape)),
            ("shlex", "quote", Some(Sanitiser::Escape)),
            ("stock", "quote", None),
            ("conn", "prepareStatement", Some(Sanitiser::Parameterise)),
            ("os.path", "realpath", Some(Sanitiser::Path)),
            ("path", "resolve", Some(Sanitiser::Path)),
            ("promise", "resolve", None),
            ("", "int", Some(Sanitiser::Number)),
            ("db", "execute", None),
        ] {
            assert_eq!(Sanitiser::of_call(name, owner), kind, "{owner}.{name}");
        }
        assert_eq!(Sanitiser::of_word("SafeLoader"), Some(Sanitiser::Parser));
        assert_eq!(Sanitiser::of_word("escape"), None, "it is not called");
    }

    #[test]
    fn a_set_says_its_kinds_in_one_order() {
        let set: Sanitisers = [Sanitiser::Number, Sanitiser::Escape, Sanitiser::Number].into_iter().collect();
        assert_eq!(set.to_string(), "escape, number");
        assert_eq!(Sanitisers::default().to_string(), "none");
    }
}
