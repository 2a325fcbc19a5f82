//! The readers, one file a format. To add one: its file, and a line in [`READERS`].

mod advisory;
mod bandit;
mod brakeman;
mod cargo_audit;
mod checkov;
mod cyclonedx;
#[cfg(test)]
mod damage;
mod dependency_check;
mod element;
mod eslint;
mod gitlab;
mod gosec;
mod grype;
pub mod model;
mod npm_audit;
mod npm_audit_6;
mod osv;
mod pip_audit;
mod recognise;
mod sarif;
pub(super) mod secret;
mod semgrep;
mod snyk;
mod sonarqube;
#[cfg(test)]
mod tests;
mod trivy;
mod xml;

pub use self::recognise::{Recognised, recognise};
use super::reader::Reader;

/// All readers, in the order they are asked; the more telling a format's mark, the earlier it stands.
pub static READERS: &[&dyn Reader] = &[
    &sarif::Sarif,
    &bandit::Bandit,
    // OpenGrep's marks are told on top of Semgrep's.
    &semgrep::OpenGrep,
    &semgrep::Semgrep,
    &semgrep::Platform,
    &gosec::Gosec,
    &gitlab::Gitlab,
    &brakeman::Brakeman,
    &checkov::Checkov,
    &sonarqube::SonarQube,
    &snyk::Snyk,
    &trivy::Trivy,
    &grype::Grype,
    &osv::Osv,
    &cyclonedx::CycloneDx,
    &dependency_check::DependencyCheck,
    &npm_audit::NpmAudit,
    &npm_audit_6::NpmAudit6,
    &cargo_audit::CargoAudit,
    &pip_audit::PipAudit,
    &eslint::Eslint,
    // Takes whatever looks like findings: last.
    &model::Model,
];
