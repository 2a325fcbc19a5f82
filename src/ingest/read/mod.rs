//! The readers, one file a format. To add one: its file, and a line in [`READERS`].

mod bandit;
mod brakeman;
mod checkov;
mod element;
mod eslint;
#[cfg(test)]
mod fuzzing;
mod gitlab;
mod gosec;
mod purl;
mod sarif;
mod secret;
mod semgrep;
mod sonarqube;

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
    &eslint::Eslint,
];
