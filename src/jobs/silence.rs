//! What is known of the tools that a case may be silent in: which of them read such things at all.

use crate::domain::Kind;
use crate::source::Language;

/// What a tool reads.
enum Reads {
    /// Files of these languages.
    Languages(&'static [&'static str]),
    /// Whatever tells of these kinds, in any language.
    Kinds(&'static [Kind]),
}

use Kind::{Code, Configuration, Dependency, Secret};
use Reads::{Kinds, Languages};

/// Tools that read one thing alone. One that is not listed is believed to read everything.
const TOOLS: &[(&str, Reads)] = &[
    ("bandit", Languages(&["python"])),
    ("brakeman", Languages(&["ruby", "erb"])),
    ("cargo-audit", Kinds(&[Dependency])),
    ("checkov", Kinds(&[Configuration, Secret, Dependency])),
    ("dependency-check", Kinds(&[Dependency])),
    ("dockle", Kinds(&[Configuration])),
    ("eslint", Languages(&["javascript", "typescript", "tsx", "vue"])),
    ("find-sec-bugs", Languages(&["java", "kotlin", "scala", "groovy", "jsp"])),
    ("flawfinder", Languages(&["c", "cpp"])),
    ("gemnasium", Kinds(&[Dependency])),
    ("gitleaks", Kinds(&[Secret])),
    ("gosec", Languages(&["go"])),
    ("grype", Kinds(&[Dependency])),
    ("hadolint", Languages(&["dockerfile"])),
    ("njsscan", Languages(&["javascript", "typescript", "tsx", "html", "vue"])),
    ("nodejs-scan", Languages(&["javascript", "typescript", "tsx", "html", "vue"])),
    ("npm-audit", Kinds(&[Dependency])),
    ("osv-scanner", Kinds(&[Dependency])),
    ("pip-audit", Kinds(&[Dependency])),
    ("security-code-scan", Languages(&["csharp"])),
    ("snyk", Kinds(&[Dependency, Configuration])),
    ("snyk-code", Kinds(&[Code, Secret])),
    ("spotbugs", Languages(&["java", "kotlin", "scala", "groovy", "jsp"])),
    ("trivy", Kinds(&[Dependency, Configuration, Secret])),
    ("trufflehog", Kinds(&[Secret])),
];

/// Whether a tool reads such things, so that its silence says something.
pub(super) fn reads(tool: &str, kind: Kind, path: &str) -> bool {
    match TOOLS.iter().find(|(name, _)| *name == tool) {
        None => true,
        Some((_, Kinds(kinds))) => kinds.contains(&kind),
        Some((_, Languages(_))) if path.is_empty() || kind == Dependency => false,
        Some((_, Languages(languages))) => languages.contains(&Language::detect(path, "").name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tools_silence_counts_only_where_it_can_read() {
        for (tool, kind, path, expected) in [
            ("eslint", Code, "api/a.js", true),
            ("eslint", Code, "service/a.py", false),
            ("bandit", Dependency, "service/setup.py", false),
            ("osv-scanner", Code, "service/a.py", false),
            ("osv-scanner", Dependency, "requirements.txt", true),
            ("gitleaks", Secret, "service/a.py", true),
            ("semgrep", Code, "service/a.py", true),
            ("a-new-tool", Code, "", true),
        ] {
            assert_eq!(reads(tool, kind, path), expected, "{tool} {path}");
        }
    }

    #[test]
    fn the_languages_of_the_table_are_names_that_a_file_can_have() {
        for (tool, reads) in TOOLS {
            let Languages(languages) = reads else { continue };
            for name in *languages {
                assert!(Language::from_name(name).is_some(), "{tool}: {name}");
            }
        }
    }
}
