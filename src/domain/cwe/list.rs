//! Owns the list of weaknesses and the categories of the OWASP Top Ten that count them in, parsed once.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::super::{owasp::Owasp, table};
use super::Cwe;

/// The list: number, kind, parents, name, description.
const LIST: &str = include_str!("../../../assets/cwe.tsv");
/// Short forms of long names: number, name.
const SHORT: &str = include_str!("../../../assets/cwe_short.tsv");
/// Year, rank and weaknesses of each category.
const OWASP: &str = include_str!("../../../assets/owasp.tsv");

/// Classes that are about one flaw, as tools use them, and may stand for what is under them. The other
/// classes, the pillars and the categories gather flaws that have little in common: 20, 74, 200 or 400 would
/// make everything kin.
const NARROW_CLASSES: [u16; 39] = [
    77, 99, 114, 116, 119, 185, 269, 271, 311, 326, 327, 330, 340, 346, 362, 377, 404, 405, 407, 441, 506,
    514, 522, 602, 662, 667, 674, 704, 732, 754, 799, 834, 862, 863, 909, 912, 922, 943, 1391,
];

/// 74 is too broad to make kin, yet all that is under it is an injection in the sense of the Top Ten.
const INJECTION: Cwe = Cwe(74);

/// How much a weakness covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Breadth {
    /// One flaw or a family of flaws that tools mix up.
    Narrow,
    /// A pillar, a category or a wide class: it says little about the flaw.
    Broad,
}

/// What the list says of a weakness.
#[derive(Debug)]
pub(super) struct Weakness {
    pub(super) cwe: Cwe,
    pub(super) breadth: Breadth,
    /// The list's most detailed kind, such as one tied to a language or a technology.
    pub(super) is_variant: bool,
    /// Independent of language and technology, and specific enough to look for.
    pub(super) is_base: bool,
    pub(super) parents: Vec<Cwe>,
    pub(super) name: &'static str,
    pub(super) words: &'static str,
}

impl Weakness {
    fn parse(line: &'static str) -> Option<Self> {
        let [number, kind, parents, name, words] = table::cells(line);
        let cwe = Cwe(number.parse().ok()?);
        let narrow = match kind {
            "B" | "V" | "M" => true,
            "C" => NARROW_CLASSES.binary_search(&cwe.0).is_ok(),
            _ => false,
        };
        Some(Self {
            cwe,
            breadth: if narrow { Breadth::Narrow } else { Breadth::Broad },
            is_variant: kind == "V",
            is_base: kind == "B",
            parents: table::numbers(parents).map(Cwe).collect(),
            name,
            words,
        })
    }

    pub(super) fn short_name(&self) -> &'static str {
        let quoted = self.name.split_once("('").and_then(|(_, rest)| rest.split_once("')"));
        quoted.map_or(self.name, |(short, _)| short)
    }

    pub(super) fn label(&self) -> &'static str {
        match self.short_name() {
            name if name.len() == self.name.len() => short(self.cwe).unwrap_or(name),
            name => name,
        }
    }

    pub(super) fn is_narrow(&self) -> bool {
        self.breadth == Breadth::Narrow
    }
}

/// All weaknesses by number.
pub(super) fn all() -> &'static [Weakness] {
    static ALL: OnceLock<Vec<Weakness>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: Vec<_> = table::lines(LIST).filter_map(Weakness::parse).collect();
        all.sort_by_key(|weakness| weakness.cwe);
        all
    })
}

/// The short form that we give a long name.
fn short(cwe: Cwe) -> Option<&'static str> {
    static SHORTS: OnceLock<FxHashMap<u16, &'static str>> = OnceLock::new();
    let shorts = SHORTS.get_or_init(|| {
        let parse = |line| {
            let [number, name] = table::cells(line);
            Some((number.parse().ok()?, name))
        };
        table::lines(SHORT).filter_map(parse).collect()
    });
    shorts.get(&cwe.0).copied()
}

/// What the list says of a number.
pub(super) fn weakness(cwe: Cwe) -> Option<&'static Weakness> {
    let all = all();
    all.binary_search_by_key(&cwe, |weakness| weakness.cwe).ok().and_then(|at| all.get(at))
}

/// Whether a weakness says little about the flaw. Asked for every pair of findings on a statement, so a table
/// by number.
pub(super) fn is_broad(cwe: Cwe) -> bool {
    static BROAD: OnceLock<Vec<bool>> = OnceLock::new();
    let broad = BROAD.get_or_init(|| {
        let last = all().last().map_or(0, |weakness| weakness.cwe.0);
        (0..=last).map(|number| weakness(Cwe(number)).is_some_and(|weakness| !weakness.is_narrow())).collect()
    });
    broad.get(usize::from(cwe.0)).copied().unwrap_or(false)
}

/// The category of an edition that counts a weakness in, itself or, failing that, one it is a kind of, at
/// most two steps up.
pub(super) fn owasp(cwe: Cwe, year: u16) -> Option<Owasp> {
    let stands_for_its_kinds =
        |&parent: &Cwe| parent == INJECTION || weakness(parent).is_some_and(Weakness::is_narrow);
    let parents = || cwe.parents().iter().copied().filter(stands_for_its_kinds);
    listed(cwe, year).or_else(|| parents().find_map(|parent| listed(parent, year))).or_else(|| {
        let mut grandparents =
            parents().flat_map(|parent| parent.parents().iter().copied().filter(stands_for_its_kinds));
        grandparents.find_map(|grandparent| listed(grandparent, year))
    })
}

fn parse_category(line: &'static str) -> Option<(Owasp, &'static str)> {
    let [year, rank, weaknesses] = table::cells(line);
    Some((Owasp::new(rank.parse().ok()?, year.parse().ok()?)?, weaknesses))
}

/// The category of an edition whose list holds a weakness.
fn listed(cwe: Cwe, year: u16) -> Option<Owasp> {
    static ALL: OnceLock<Vec<(u16, Cwe, Owasp)>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let categories = table::lines(OWASP).filter_map(parse_category);
        let mut all: Vec<_> = categories
            .flat_map(|(owasp, weaknesses)| {
                table::numbers(weaknesses).map(move |number| (owasp.year(), Cwe(number), owasp))
            })
            .collect();
        all.sort_unstable();
        all
    });
    let at = all.binary_search_by_key(&(year, cwe), |&(year, cwe, _)| (year, cwe)).ok()?;
    all.get(at).map(|&(.., owasp)| owasp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_sound() {
        let lines: Vec<_> = table::lines(LIST).collect();
        assert!(lines.len() > 900);
        assert_eq!(all().len(), lines.len());
        assert!(all().windows(2).all(|pair| pair[0].cwe < pair[1].cwe), "numbers repeat");
        for line in lines {
            let cells: Vec<_> = line.split('\t').collect();
            assert!(matches!(cells.len(), 4 | 5), "{line}");
            let found = Weakness::parse(line).unwrap();
            assert!(["P", "C", "B", "V", "M", "G"].contains(&cells[1]), "{line}");
            let parents = cells[2].split(',').filter(|cell| !cell.is_empty()).count();
            assert_eq!(found.parents.len(), parents, "{line}");
            assert!(found.parents.iter().all(|&parent| weakness(parent).is_some()), "{line}");
            assert_eq!(found.parents.is_empty(), ["P", "G"].contains(&cells[1]), "{line}");
            assert!(!found.name.is_empty() && !found.name.contains("  "), "{line}");
            assert!(
                found.words.is_empty() || found.words.ends_with('.') && found.words.len() <= 100,
                "{line}"
            );
        }
        assert!(all().iter().filter(|weakness| !weakness.words.is_empty()).count() > 170);
        assert!(LIST.starts_with("# CWE is copyright The MITRE Corporation") && LIST.len() < 130_000);
    }

    #[test]
    fn the_narrow_classes_are_classes() {
        assert!(NARROW_CLASSES.is_sorted());
        for number in NARROW_CLASSES {
            assert!(LIST.contains(&format!("\n{number}\tC\t")), "CWE-{number}");
        }
    }

    #[test]
    fn every_line_of_the_categories_is_sound() {
        let mut counts = Vec::new();
        for line in table::lines(OWASP) {
            let (owasp, weaknesses) = parse_category(line).unwrap();
            let numbers: Vec<_> = table::numbers(weaknesses).collect();
            assert_eq!(numbers.len(), weaknesses.split(',').count(), "{line}");
            assert!(numbers.is_sorted_by(|left, right| left < right), "{line}");
            assert!(numbers.iter().all(|&number| listed(Cwe(number), owasp.year()) == Some(owasp)), "{line}");
            counts.push(numbers.len());
        }
        // The counts that the editions print on the page of each category.
        assert_eq!(counts, [34, 29, 33, 40, 20, 3, 22, 10, 4, 1, 40, 16, 6, 32, 37, 39, 36, 14, 5, 24]);
    }
}
