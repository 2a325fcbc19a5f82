//! Dependencies in GitLab's reports: packages of a project and packages of an image.

use serde_json::Value;

use super::super::advisory::{self, first_known};
use super::super::element::note;
use super::Report;
use crate::domain::package::of_manifest;
use crate::domain::{Claim, Dependency};
use crate::ingest::look::Look;

/// Adds what is known of the package.
pub(super) fn describe(claim: &mut Claim, value: &Value, report: &Report) {
    let location = value.at("location");
    let file = claim.place.as_ref().map(|place| place.path.as_str()).unwrap_or_default();
    let dependency = location.at("dependency");
    let version = dependency.words("version");
    let name = match dependency.text("package.name") {
        "" => from_compare_key(value, file),
        name => name,
    };
    // `debian:11`: packages of an image belong to its distribution.
    let system = location.text("operating_system");
    let distribution = system.split([':', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    let manager = report.managers.get(file).map(String::as_str).unwrap_or_default();
    let kind = first_known([distribution.as_str(), manager, of_manifest(file)]);
    let mut path: Vec<String> = Vec::new();
    for step in dependency.list("dependency_path") {
        let key = (file.to_owned(), step.words("iid"));
        path.extend(report.packages.get(&key).cloned());
    }
    if let Some(direct) = dependency.at("direct").as_bool() {
        note(&mut claim.notes, "direct", if direct { "yes" } else { "no" });
    }
    claim.dependency = Some(Dependency {
        fixed: fixed(value.text("solution")),
        path,
        aliases: aliases(value, &claim.rule),
        ..advisory::dependency(kind, name, &version, "")
    });
    // The other identifiers are aliases here, and need not be told twice.
    claim.notes.retain(|(name, _)| name != "identifier");
}

/// The other names of the advisory.
fn aliases(value: &Value, rule: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for identifier in value.list("identifiers") {
        let kind = identifier.text("type").to_ascii_lowercase();
        let id =
            if kind == "gemnasium" { identifier.text("name").to_owned() } else { identifier.words("value") };
        if kind != "cwe" && kind != "owasp" && !id.is_empty() && id != rule && !all.contains(&id) {
            all.push(id);
        }
    }
    all
}

/// Old reports may leave the package out but for their compare key: `go.sum:gopkg.in/yaml.v2:gemnasium:7368f513-…`.
fn from_compare_key<'v>(value: &'v Value, file: &str) -> &'v str {
    let key =
        value.text("cve").strip_prefix(file).and_then(|rest| rest.strip_prefix(':')).unwrap_or_default();
    let scanner = value.text("scanner.id");
    let scanner = if scanner.is_empty() { "gemnasium" } else { scanner };
    key.split_once(&format!(":{scanner}:")).map_or("", |(name, _)| name)
}

/// Gemnasium's solutions are sentences: `Upgrade to versions 1.2.3, 2.0.1 or above.`
fn fixed(solution: &str) -> Vec<String> {
    let Some(rest) = solution.trim().strip_prefix("Upgrade to version") else { return Vec::new() };
    let words = rest.trim_start_matches('s').split([' ', ',']).map(|word| word.trim_end_matches('.'));
    let versions = words.filter(|word| {
        let number = word.strip_prefix('v').unwrap_or(word);
        number.starts_with(|c: char| c.is_ascii_digit())
    });
    versions.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_taken_from_the_sentence_that_proposes_them() {
        for (solution, versions) in [
            ("Upgrade to version 2.2.3 or above.", &["2.2.3"][..]),
            ("Upgrade to versions 3.9.4, v4.0.1 or above.", &["3.9.4", "v4.0.1"]),
            (
                "Upgrade to version v0.0.0-20201216223049-8b5274cf687f.",
                &["v0.0.0-20201216223049-8b5274cf687f"],
            ),
            ("Upgrade openssl from 1.1.1 to 1.1.2", &[]),
            ("Unfortunately, there is no solution available yet.", &[]),
        ] {
            assert_eq!(fixed(solution), versions, "{solution}");
        }
    }
}
