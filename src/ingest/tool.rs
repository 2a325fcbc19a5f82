//! The names of tools, so that every reader calls the same tool by the same word.

/// Names that are more than a spelling away from the tool's word; compared in lower case.
const WORDS: &[(&str, &str)] = &[
    ("semgrep oss", "semgrep"),
    ("semgrep pro", "semgrep"),
    ("semgrep pro engine", "semgrep"),
    ("semgrep code", "semgrep"),
    ("opengrep oss", "opengrep"),
    ("snykcode", "snyk-code"),
    ("snyk open source", "snyk"),
    ("codeql command-line toolchain", "codeql"),
    ("codeql cli", "codeql"),
    ("nodejsscan", "njsscan"),
    ("osv-scalibr", "osv-scanner"),
    ("osv scanner", "osv-scanner"),
    ("owasp dependency-check", "dependency-check"),
    ("dependencycheck", "dependency-check"),
    ("aqua security trivy", "trivy"),
    ("trivy vulnerability scanner", "trivy"),
    ("golang gosec", "gosec"),
    ("gosec security checker", "gosec"),
    ("spotbugs plugin", "spotbugs"),
    ("gitleaks-action", "gitleaks"),
    ("bridgecrew", "checkov"),
    ("sonarscanner", "sonarqube"),
    ("npm audit", "npm-audit"),
];

/// The short lower-case word for a tool's name: `Semgrep OSS` is `semgrep`, `Snyk Code` is `snyk-code`; a name
/// outside the table is itself in lower case with `-` for blanks. Empty: `unknown`.
#[must_use]
pub fn tool_word(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    if let Some((_, word)) = WORDS.iter().find(|(known, _)| *known == lower) {
        return (*word).to_owned();
    }
    let mut word = String::with_capacity(lower.len());
    for part in lower.split(|c: char| c.is_whitespace() || c.is_control()).filter(|part| !part.is_empty()) {
        if !word.is_empty() {
            word.push('-');
        }
        word.push_str(part);
    }
    if word.is_empty() { "unknown".to_owned() } else { word }
}

/// An image's name without tag and digest: the next build of it is the same image to a reviewer.
#[must_use]
pub fn image(name: &str) -> String {
    let name = name.trim();
    let bare = name.split_once('@').map_or(name, |(bare, _)| bare);
    // A colon before the last slash is a registry's port.
    let folder = bare.rfind('/').map_or(0, |at| at + 1);
    let tag = bare.get(folder..).and_then(|last| last.find(':'));
    tag.and_then(|at| bare.get(..folder + at)).unwrap_or(bare).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_has_one_word_however_it_writes_its_name() {
        for (name, word) in [
            ("Semgrep OSS", "semgrep"),
            ("Semgrep Pro", "semgrep"),
            ("Opengrep OSS", "opengrep"),
            ("SnykCode", "snyk-code"),
            ("Snyk Code", "snyk-code"),
            ("Snyk Open Source", "snyk"),
            ("CodeQL command-line toolchain", "codeql"),
            ("CodeQL", "codeql"),
            ("ESLint", "eslint"),
            ("Flawfinder", "flawfinder"),
            ("Trivy", "trivy"),
            (" Shell  Script\tAnalysis ", "shell-script-analysis"),
            ("", "unknown"),
        ] {
            assert_eq!(tool_word(name), word, "{name}");
        }
    }

    #[test]
    fn an_image_is_the_same_in_its_next_build() {
        for (name, bare) in [
            ("alpine:3.12", "alpine"),
            ("registry:5000/team/shop:1.0", "registry:5000/team/shop"),
            ("registry:5000/team/shop", "registry:5000/team/shop"),
            ("shop@sha256:0123", "shop"),
            ("shop:1@sha256:0123", "shop"),
            ("", ""),
        ] {
            assert_eq!(image(name), bare);
        }
    }
}
