//! What sort of claim a rule makes, and the package that a dependency claim is about: SARIF has no place for either,
//! so tags, ids and the known scanners' fixed phrases tell.

use super::objects::ResultObject;
use super::rules::Rule;
use super::wire::Prop;
use crate::domain::package::{PackageUrl, ecosystem};
use crate::domain::{Cwe, Dependency, Kind, Score};
use crate::ingest::read::secret;

const DEPENDENCY: [&str; 21] = [
    "grype",
    "snyk",
    "snyk-container",
    "osv-scanner",
    "dependency-check",
    "govulncheck",
    "npm-audit",
    "pip-audit",
    "cargo-audit",
    "bundler-audit",
    "retire.js",
    "docker-scout",
    "safety",
    "nancy",
    "clair",
    "jfrog-xray",
    "jfrog-xray-scanner",
    "mend",
    "black-duck",
    "anchore",
    "cargo-deny",
];
const SECRET: [&str; 11] = [
    "gitleaks",
    "betterleaks",
    "trufflehog",
    "detect-secrets",
    "ggshield",
    "gitguardian",
    "noseyparker",
    "nosey-parker",
    "kingfisher",
    "secretlint",
    "whispers",
];
const CONFIGURATION: [&str; 20] = [
    "checkov",
    "kics",
    "tfsec",
    "terrascan",
    "tflint",
    "regula",
    "dockle",
    "hadolint",
    "kube-linter",
    "kube-score",
    "kubescape",
    "kubesec",
    "polaris",
    "snyk-iac",
    "cfn-lint",
    "cfn_nag",
    "cfn-nag",
    "templateanalyzer",
    "psrule",
    "ansible-lint",
];
/// Beginnings of advisory ids.
const ADVISORIES: [&str; 16] = [
    "CVE-", "GHSA-", "RUSTSEC-", "PYSEC-", "GO-20", "OSV-", "SNYK-", "MAL-", "RHSA-", "ELSA-", "ALAS",
    "DSA-", "DLA-", "USN-", "GMS-", "TEMP-",
];

/// The kind of a rule's claims.
pub(super) fn kind(tool: &str, rule: &str, title: &str, tags: &[String], cwes: &[Cwe]) -> Kind {
    let tagged = |word: &str| tags.iter().any(|tag| tag.eq_ignore_ascii_case(word));
    if CONFIGURATION.contains(&tool) {
        return if rule.starts_with("CKV_SECRET") {
            Kind::Secret
        } else if is_advisory(rule) {
            Kind::Dependency
        } else {
            Kind::Configuration
        };
    }
    if SECRET.contains(&tool) {
        return Kind::Secret;
    }
    if tool == "trivy" {
        return if tagged("secret") {
            Kind::Secret
        } else if tagged("misconfiguration") || rule.starts_with("AVD-") || rule.starts_with("KSV") {
            Kind::Configuration
        } else {
            Kind::Dependency
        };
    }
    if DEPENDENCY.contains(&tool) || is_advisory(rule) {
        Kind::Dependency
    } else if secret::is_about(rule, title, cwes) {
        Kind::Secret
    } else {
        Kind::Code
    }
}

/// Whether a tool looks for secrets in files of any sort, so that what it flags is the secret.
pub(super) fn finds_secrets(tool: &str) -> bool {
    SECRET.contains(&tool) || CONFIGURATION.contains(&tool) || tool == "trivy"
}

/// Whether a rule speaks of licences, which are no weakness.
pub(super) fn is_licence(tool: &str, rule: &str, tags: &[String]) -> bool {
    rule.starts_with("snyk:lic:")
        || (tool == "trivy" && tags.iter().any(|tag| tag.eq_ignore_ascii_case("license")))
}

fn is_advisory(rule: &str) -> bool {
    // Snyk's rules for configurations share its prefix.
    ADVISORIES.iter().any(|start| rule.starts_with(start)) && !rule.starts_with("SNYK-CC-")
}

/// The advisory in a rule's id: Grype appends the package, `CVE-2021-44228-log4j-core`.
pub(super) fn advisory_of(kind: Kind, rule: &str) -> &str {
    if kind != Kind::Dependency {
        return rule;
    }
    let parts = if rule.starts_with("CVE-") {
        3
    } else if rule.starts_with("GHSA-") {
        4
    } else {
        return rule;
    };
    match rule.match_indices('-').nth(parts - 1) {
        Some((end, _)) => rule.get(..end).unwrap_or(rule),
        None => rule,
    }
}

/// The package of a dependency claim, as far as the tool says.
pub(super) fn dependency(
    result: &ResultObject<'_>,
    rule: Option<&Rule>,
    message: &str,
    logical: &[String],
) -> Dependency {
    let help = rule.map_or("", |rule| rule.help.as_str());
    let said =
        |labels: &[&str]| labelled(message, labels).or_else(|| labelled(help, labels)).unwrap_or_default();
    let property = |keys: &[&str]| {
        keys.iter().find_map(|key| result.properties.get(key).and_then(|value| value.texts().next()))
    };
    let mut out = Dependency {
        name: said(&["Package", "Vulnerable module", "Package Name"]).to_owned(),
        version: said(&["Installed Version", "Version"]).to_owned(),
        ecosystem: said(&["Type", "Package Manager"]).to_owned(),
        fixed: versions(said(&["Fixed Version", "Fix Version", "Fixed in"])),
        path: said(&["Introduced through"])
            .split([',', '›', '>'])
            .map(str::trim)
            .filter(|step| !step.is_empty())
            .map(str::to_owned)
            .collect(),
        ..Dependency::default()
    };
    if let Some(purl) = property(&["purl", "purls", "packageUrl", "package_url"])
        .or_else(|| logical.iter().map(String::as_str).find(|name| name.starts_with("pkg:")))
    {
        of_purl(purl, &mut out);
    }
    phrases(message, &mut out);
    for name in logical {
        // Snyk names the package where others name a function: `lodash@4.17.4`.
        if let Some((name, version)) = name.rsplit_once('@').filter(|(name, _)| !name.is_empty())
            && out.name.is_empty()
            && !name.starts_with("pkg:")
        {
            (out.name, out.version) = (name.to_owned(), version.to_owned());
        }
    }
    let tags = rule.map_or(&[][..], |rule| rule.tags.as_slice());
    let words = std::iter::once(out.ecosystem.as_str()).chain(tags.iter().map(String::as_str));
    let known = words.filter_map(ecosystem).next();
    out.ecosystem = known.map(|known| known.kind.to_owned()).unwrap_or_default();
    if let Some(known) = known.filter(|_| out.purl.is_empty() && !out.name.is_empty()) {
        out.purl = known.package(&out.name, &out.version).to_string();
    }
    if let Some(rule) = rule {
        let id = advisory_of(Kind::Dependency, &rule.id);
        let others = rule.deprecated.iter().map(String::as_str).chain([&*rule.title]);
        for other in others.chain(message.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))) {
            let one = !other.contains(char::is_whitespace) && is_advisory(other) && other.len() > 6;
            if one && other != id && !out.aliases.iter().any(|known| known == other) {
                out.aliases.push(other.to_owned());
            }
        }
    }
    out
}

/// The CVSS score that a dependency claim's `security-severity` is.
pub(super) fn score(score: Option<f32>) -> Vec<Score> {
    score.map(|score| Score { score: Some(score), ..Score::default() }).into_iter().collect()
}

/// The value behind `Label:` at a line's beginning, list marks left out.
fn labelled<'a>(text: &'a str, labels: &[&str]) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (label, value) = line.trim_start_matches(['*', '-', '#', ' ']).split_once(':')?;
        let label = label.trim_matches(['*', ' ']);
        let value = value.trim_matches(['*', ' ', '\r']);
        (labels.contains(&label) && !value.is_empty()).then_some(value)
    })
}

fn versions(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|version| !version.is_empty()).map(str::to_owned).collect()
}

/// Fixed phrases of scanners that say it in a sentence only.
fn phrases(message: &str, out: &mut Dependency) {
    let between = |before: &str, after: &str| -> Option<&str> {
        let (_, rest) = message.split_once(before)?;
        rest.split_once(after).map(|(inner, _)| inner.trim()).filter(|inner| !inner.is_empty())
    };
    let mut fill = |name: Option<&str>, version: Option<&str>| {
        if let (true, Some(name)) = (out.name.is_empty(), name) {
            out.name = name.to_owned();
        }
        if let (true, Some(version)) = (out.version.is_empty(), version) {
            out.version = version.to_owned();
        }
    };
    if let Some(package) = between("Package '", "' is vulnerable") {
        // osv-scanner
        let (name, version) = package.rsplit_once('@').unwrap_or((package, ""));
        fill(Some(name), Some(version).filter(|version| !version.is_empty()));
    } else if message.contains(" at version ") {
        // Grype: `… reports NAME at version VERSION  which would result in a vulnerable (TYPE) package installed`
        fill(between(" reports ", " at version "), between(" at version ", " which would"));
        if out.ecosystem.is_empty() {
            out.ecosystem = between("vulnerable (", ")").unwrap_or_default().to_owned();
        }
    } else if let Some(package) = between(" package: ", " was found at") {
        // Grype since 0.50: `A high vulnerability in npm package: NAME, version VERSION was found at: …`
        let (name, version) = package.split_once(", version ").unwrap_or((package, ""));
        fill(Some(name.trim_end_matches(',')), Some(version).filter(|version| !version.is_empty()));
        if out.ecosystem.is_empty() {
            out.ecosystem = between("vulnerability in ", " package:").unwrap_or_default().to_owned();
        }
    } else if let Some(name) = between("introduces a vulnerable ", " package") {
        // Snyk
        fill(Some(name), None);
    }
}

/// Fills what is missing from a package URL.
fn of_purl(purl: &str, out: &mut Dependency) {
    out.purl = purl.to_owned();
    let Some(url) = PackageUrl::parse(purl) else { return };
    if out.name.is_empty() {
        out.name = url.full_name();
    }
    if out.version.is_empty() {
        out.version = url.version;
    }
    out.ecosystem = url.kind;
}

/// The secret itself, where the tool writes it down.
pub(super) fn secret<'a>(result: &'a ResultObject<'_>) -> Option<&'a str> {
    ["offender", "secret", "Secret", "match", "raw"]
        .iter()
        .find_map(|key| result.properties.get(key).map(Prop::text).filter(|text| !text.trim().is_empty()))
}
