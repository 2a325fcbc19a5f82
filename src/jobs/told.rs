//! What a list says of a case that only its first claim knows: the package, and the tool's own name of a place that
//! is no file.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::desk::{DeskError, Listed};
use crate::domain::{Claim, Kind};
use crate::store::Findings;

/// The package that a case is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Package {
    /// Its name, with its group or scope.
    pub name: String,
    /// The version in use; empty where not known.
    pub version: String,
}

/// The notes in which a tool names a place that is no file, the closest first.
const PLACES: [&str; 4] = ["scope", "resource", "target", "image"];

impl Listed {
    /// The title as a line of a list needs it: with the package and its version, which tell apart what one advisory
    /// says of several.
    #[must_use]
    pub fn heading(&self) -> Cow<'_, str> {
        match self.package_words() {
            words if words.is_empty() => self.title.as_str().into(),
            words => format!("{}{words}", self.title).into(),
        }
    }

    /// What is put behind the title to name the package; empty where the title does already.
    #[must_use]
    pub fn package_words(&self) -> String {
        let Some(Package { name, version }) = &self.package else { return String::new() };
        let (named, known) = (position(&self.title, name), position(&self.title, version).is_some());
        let ends = named.is_some_and(|(_, end)| end == self.title.len());
        match (name.as_str(), version.as_str(), named.is_some()) {
            ("", ..) | (_, "", true) => String::new(),
            (_, _, true) if known => String::new(),
            (_, version, true) if ends => format!(" {version}"),
            (name, version, true) => format!(" ({name} {version})"),
            (name, "", false) => format!(" in {name}"),
            (name, version, false) => format!(" in {name} {version}"),
        }
    }

    /// The file and line, else the tool's own name of the place; empty where there is neither.
    #[must_use]
    pub fn place(&self) -> Cow<'_, str> {
        match (self.path.as_str(), self.row.line) {
            ("", _) => self.spot.as_str().into(),
            (path, 0) => path.into(),
            (path, line) => format!("{path}:{line}").into(),
        }
    }
}

/// Where a name stands in a text, as words of its own and in whatever letter case.
fn position(text: &str, name: &str) -> Option<(usize, usize)> {
    if name.is_empty() {
        return None;
    }
    let (text, name) = (text.to_ascii_lowercase(), name.to_ascii_lowercase());
    let within = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    text.match_indices(&name).map(|(start, _)| (start, start + name.len())).find(|&(start, end)| {
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        let after = text.get(end..).and_then(|after| after.chars().next());
        !within(before) && !within(after)
    })
}

/// Fills in what the rows of the docket do not hold.
pub(super) fn complete(findings: &Findings, cases: &mut [Listed]) -> Result<(), DeskError> {
    let asked = |case: &&Listed| case.row.kind == Kind::Dependency as u8 || case.row.path == 0;
    let heads: Vec<u32> = cases.iter().filter(asked).map(|case| case.row.head).collect();
    let mut told: FxHashMap<u32, (Option<Package>, String)> = FxHashMap::default();
    findings.each_claim(&heads, |head, claim| {
        // A claim that cannot be read tells nothing; `show` says the same of it.
        let Ok(claim) = postcard::from_bytes::<Claim>(claim) else { return };
        let spot = spot(&claim);
        let package = claim.dependency.map(|it| Package { name: it.name, version: it.version });
        told.insert(head, (package, spot));
    })?;
    for case in cases {
        if let Some((package, spot)) = told.remove(&case.row.head) {
            (case.package, case.spot) = (package, spot);
        }
    }
    Ok(())
}

/// The tool's own name of the place.
fn spot(claim: &Claim) -> String {
    let noted = |key: &&str| claim.notes.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
    let scope = claim.place.as_ref().map(|place| place.scope.clone()).filter(|scope| !scope.is_empty());
    scope.or_else(|| PLACES.iter().find_map(noted)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::CaseRow;

    fn case(title: &str, name: &str, version: &str) -> Listed {
        let package = Some(Package { name: name.into(), version: version.into() });
        let row = CaseRow::default();
        Listed { row, title: title.into(), path: String::new(), package, ..Listed::sample(1) }
    }

    #[test]
    fn a_heading_names_the_package_once_and_never_a_hole() {
        for (title, name, version, heading) in [
            ("Denial of Service", "fresh", "0.3.0", "Denial of Service in fresh 0.3.0"),
            ("Denial of Service", "fresh", "", "Denial of Service in fresh"),
            ("Pollution in Minimist", "minimist", "1.2.0", "Pollution in Minimist 1.2.0"),
            ("Pollution in minimist", "minimist", "", "Pollution in minimist"),
            ("curl: overflow", "curl", "7.1", "curl: overflow (curl 7.1)"),
            ("curl: overflow", "libcurl4", "7.1", "curl: overflow in libcurl4 7.1"),
            ("A weak algorithm", "go", "1.2", "A weak algorithm in go 1.2"),
            ("Pollution in lodash 4.17.1", "lodash", "4.17.1", "Pollution in lodash 4.17.1"),
            ("Something", "", "", "Something"),
        ] {
            assert_eq!(case(title, name, version).heading(), heading);
        }
    }

    #[test]
    fn a_place_is_a_file_or_what_the_tool_calls_it() {
        let mut listed = case("x", "", "");
        assert_eq!(listed.place(), "");
        listed.spot = "aws_s3_bucket.b".into();
        assert_eq!(listed.place(), "aws_s3_bucket.b");
        listed.path = "main.tf".into();
        assert_eq!(listed.place(), "main.tf");
        listed.row.line = 3;
        assert_eq!(listed.place(), "main.tf:3");
    }
}
