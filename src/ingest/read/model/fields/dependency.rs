//! Findings about a package that the project uses, as models report them.

use serde_json::Value;

use super::facts::Facts;
use crate::domain::{Claim, Dependency, Kind};
use crate::ingest::look::Look;
use crate::ingest::read::model::words;
use crate::ingest::read::purl;

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
    let ecosystem = facts
        .get("ecosystem")
        .or_else(|| facts.get("packagemanager"))
        .map(|value| purl::ecosystem(value.text("")))
        .filter(|word| !word.is_empty())
        .unwrap_or_else(|| claim.place.as_ref().map_or("", |place| purl::of_manifest(&place.path)));
    claim.kind = Kind::Dependency;
    let mut ids = ids.into_iter();
    if let Some(id) = ids.next() {
        claim.rule = id;
    }
    claim.dependency = Some(Dependency {
        ecosystem: ecosystem.to_owned(),
        purl: purl::purl(ecosystem, &name, &version),
        name,
        version,
        fixed,
        path: Vec::new(),
        aliases: ids.collect(),
    });
}
