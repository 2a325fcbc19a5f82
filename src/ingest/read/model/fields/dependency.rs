//! Findings about a package that the project uses, as models report them.

use serde_json::Value;

use super::facts::Facts;
use crate::domain::package::of_manifest;
use crate::domain::{Claim, Dependency, Kind};
use crate::ingest::look::Look;
use crate::ingest::read::advisory::{dependency, first_known};
use crate::ingest::read::model::words;

/// Makes a dependency claim of a finding that names a package and its version or its advisory.
pub(super) fn read(facts: &mut Facts<'_>, claim: &mut Claim) {
    let named =
        |value: &Value| value.as_str().is_some_and(|text| !words::is_placeholder(text) && text.len() < 200);
    let package = words::PACKAGE.iter().find_map(|name| facts.get(name).filter(|value| named(value)));
    let ids = words::ADVISORY
        .iter()
        .filter_map(|name| facts.get(name))
        .flat_map(|value| value.texts(""))
        .filter(|id| {
            ["CVE-", "GHSA-", "RUSTSEC-", "PYSEC-", "SNYK-", "OSV-"]
                .iter()
                .any(|prefix| id.starts_with(prefix))
        })
        .collect::<Vec<_>>();
    let version = words::VERSION
        .iter()
        .find_map(|name| facts.get(name))
        .map(|value| value.words(""))
        .unwrap_or_default();
    // `name` is a package's only where an advisory and a version say so.
    let name = match package {
        Some(name) if !ids.is_empty() || !version.is_empty() => name,
        None if !ids.is_empty() && !version.is_empty() => {
            match facts.get("name").filter(|value| named(value)) {
                Some(name) => name,
                None => return,
            }
        }
        _ => return,
    };
    words::PACKAGE.iter().chain(words::VERSION).chain(words::ADVISORY).for_each(|name| facts.used(name));
    let fixed = words::FIXED.iter().find_map(|name| facts.take(name));
    let fixed = match fixed {
        Some(Value::Number(number)) => vec![number.to_string()],
        Some(value) => value.texts(""),
        None => Vec::new(),
    };
    // `lodash@4.17.15`, but not the `@` of a scope.
    let name = name.text("").trim();
    let (name, version) = match name.rsplit_once('@') {
        Some((head, tail)) if !head.is_empty() && version.is_empty() => (head.to_owned(), tail.to_owned()),
        _ => (name.to_owned(), version),
    };
    let told = facts.get("ecosystem").or_else(|| facts.get("packagemanager"));
    let file = claim.place.as_ref().map_or("", |place| place.path.as_str());
    let ecosystem = first_known([told.map_or("", |value| value.text("")), of_manifest(file)]);
    claim.kind = Kind::Dependency;
    let mut ids = ids.into_iter();
    if let Some(id) = ids.next() {
        claim.rule = id;
    }
    claim.dependency =
        Some(Dependency { fixed, aliases: ids.collect(), ..dependency(ecosystem, &name, &version, "") });
}
