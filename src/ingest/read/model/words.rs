//! The words by which models name the parts of a finding, and what an object's keys say about it.

mod names;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

pub(super) use names::*;

/// A key as it is compared: lower case, letters and digits only, so that `startLine`, `start_line` and
/// `Start-Line` are one. A key of a thousand letters is no word.
#[must_use]
pub(super) fn norm(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(64).collect()
}

/// Words for "not there" that stand where a value belongs.
pub(super) fn is_placeholder(text: &str) -> bool {
    let text = text.trim().trim_matches(['<', '>', '(', ')', '[', ']', '"', '`', '.']).to_ascii_lowercase();
    matches!(
        text.as_str(),
        "" | "-"
            | "--"
            | "?"
            | "n/a"
            | "na"
            | "none"
            | "null"
            | "nil"
            | "unknown"
            | "unspecified"
            | "undefined"
            | "not applicable"
            | "not specified"
            | "not provided"
            | "not available"
            | "tbd"
            | "todo"
            | "string"
            | "file"
            | "filename"
            | "file path"
            | "multiple"
            | "various"
            | "global"
            | "general"
    )
}

/// Which parts of a finding an object has, judged by its keys alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Traits {
    title: bool,
    /// A title that only a weakness has: `vulnerability`, `cwe_name`.
    own_title: bool,
    severity: bool,
    plain_severity: bool,
    cwe: bool,
    file: bool,
    /// A file by a name that promises one.
    plain_file: bool,
    line: bool,
    code: bool,
    advice: bool,
    /// A moment in time, as a line of a log has.
    moment: bool,
}

/// What a key means wherever it stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Word {
    traits: Traits,
    /// It may name a list of findings.
    pub(super) listed: bool,
    /// It names one, and nothing else.
    pub(super) plain_list: bool,
    pub(super) dismissed: bool,
    pub(super) beside: bool,
    pub(super) nested: bool,
    pub(super) answer: bool,
}

/// All words above by their spelling: an answer of a million findings has twenty million keys to look up.
static WORDS: LazyLock<FxHashMap<&'static str, Word>> = LazyLock::new(|| {
    let mut all: FxHashMap<&'static str, Word> = FxHashMap::default();
    let mut mark = |names: Names, set: fn(&mut Word, usize)| {
        for (at, name) in names.iter().enumerate() {
            set(all.entry(name).or_default(), at);
        }
    };
    mark(TITLE, |word, _| word.traits.title = true);
    mark(DESCRIPTION, |word, _| word.traits.title = true);
    mark(SEVERITY, |word, at| {
        word.traits.severity = true;
        word.traits.plain_severity = at < PLAIN_SEVERITY;
    });
    mark(CVSS, |word, _| word.traits.severity = true);
    mark(CWE, |word, _| word.traits.cwe = true);
    mark(OWASP, |word, _| word.traits.cwe = true);
    mark(FILE, |word, at| {
        word.traits.file = true;
        word.traits.plain_file = at < PLAIN_FILES;
    });
    mark(LINE, |word, _| word.traits.line = true);
    mark(CODE, |word, _| word.traits.code = true);
    mark(EVIDENCE, |word, _| word.traits.code = true);
    mark(FIX, |word, _| word.traits.advice = true);
    mark(&["impact"], |word, _| word.traits.advice = true);
    mark(MOMENT, |word, _| word.traits.moment = true);
    mark(LISTS, |word, at| {
        word.listed = true;
        word.plain_list = at < PLAIN_LISTS;
    });
    mark(DISMISSED, |word, _| word.dismissed = true);
    mark(BESIDE, |word, _| word.beside = true);
    mark(NESTED, |word, _| word.nested = true);
    mark(ANSWERS, |word, _| word.answer = true);
    for (name, word) in &mut all {
        word.traits.own_title =
            name.starts_with("vuln") || matches!(*name, "weakness" | "issue" | "finding" | "cwename");
    }
    all
});

/// What a key in [`norm`]'s form means; nothing, for most.
pub(super) fn word(norm: &str) -> Word {
    WORDS.get(norm).copied().unwrap_or_default()
}

impl Word {
    pub(super) const fn without_title(mut self) -> Self {
        (self.traits.title, self.traits.own_title) = (false, false);
        self
    }
}

impl Traits {
    /// Of an object's keys.
    pub(super) fn of(words: impl IntoIterator<Item = Word>) -> Self {
        let mut all = Self::default();
        for Word { traits, .. } in words {
            all.title |= traits.title;
            all.own_title |= traits.own_title;
            all.severity |= traits.severity;
            all.plain_severity |= traits.plain_severity;
            all.cwe |= traits.cwe;
            all.file |= traits.file;
            all.plain_file |= traits.plain_file;
            all.line |= traits.line;
            all.code |= traits.code;
            all.advice |= traits.advice;
            all.moment |= traits.moment;
        }
        all
    }

    /// Whether it is enough like a finding to be read as one wherever it stands.
    pub(super) const fn is_finding(self) -> bool {
        let place = self.file || self.line || self.code;
        self.title && (self.severity || self.cwe || place) || self.severity && self.file
    }

    /// Whether it can hardly be anything else. `listed`: it stands in a list that is named for findings.
    pub(super) const fn is_telling(self, listed: bool) -> bool {
        let log = self.moment && !self.cwe && !self.advice && !self.own_title;
        let place = self.plain_file || self.line || self.code;
        if log || !self.is_finding() || !self.title {
            return false;
        }
        self.cwe
            || self.plain_severity
            || self.severity && self.file && (self.line || self.code || self.advice)
            || self.plain_file && (self.own_title || self.advice || self.code || self.line)
            || listed && (self.severity || place)
    }
}

/// Whether a text looks like a file's path rather than like words.
pub(super) fn is_path(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || text.len() > 1024 || text.chars().any(char::is_control) {
        return false;
    }
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
    let known = [
        "Dockerfile",
        "Makefile",
        "Jenkinsfile",
        "Gemfile",
        "Procfile",
        "Vagrantfile",
        "Rakefile",
        "Podfile",
    ];
    if known.contains(&name) {
        return true;
    }
    let extension = name.rsplit_once('.').is_some_and(|(stem, extension)| {
        let letters = extension.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let digits = extension.bytes().all(|byte| byte.is_ascii_digit());
        (1..=10).contains(&extension.len()) && letters && !digits && !(stem.is_empty() && text.contains(' '))
    });
    let blank = text.chars().any(char::is_whitespace);
    if blank {
        // `Shop Docs/a b.py` is a path; `see utils.py` and `and/or this` are not.
        return extension && text.contains(['/', '\\']) && !text.contains([',', ';', '(', ':']);
    }
    extension || (text.len() > 1 && text.contains(['/', '\\']) && !text.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn telling(keys: &[&str]) -> bool {
        Traits::of(keys.iter().map(|key| word(&norm(key)))).is_telling(false)
    }

    #[test]
    fn keys_are_compared_without_their_case_and_joints() {
        for key in ["startLine", "start_line", "Start-Line", "START LINE", "start.line"] {
            assert_eq!(norm(key), "startline");
        }
    }

    #[test]
    fn findings_are_told_from_other_objects_by_their_keys() {
        for keys in [
            &["title", "severity"][..],
            &["description", "cwe_id"],
            &["Vulnerability Type", "File"],
            &["name", "risk", "path", "line", "fix"],
            &["message", "severity", "location"],
            &["issue", "file_path", "line_number"],
        ] {
            assert!(telling(keys), "{keys:?}");
        }
        for keys in [
            &["name", "version", "description", "files", "license"][..],
            &["name", "path", "sha", "size", "type"],
            &["level", "message", "timestamp", "file", "line"],
            &["severity", "message", "timestamp"],
            &["title", "body", "state", "labels", "priority"],
            &["title", "filename"],
            &["rules", "env", "extends"],
            &["id", "text"],
        ] {
            assert!(!telling(keys), "{keys:?}");
        }
    }

    #[test]
    fn paths_are_told_from_words() {
        for path in [
            "src/a.py",
            "a.py",
            "C:\\x\\a.cs",
            "Dockerfile",
            "docker/Dockerfile",
            "src/app",
            "Shop Docs/a b.py",
        ] {
            assert!(is_path(path), "{path}");
        }
        for words in
            ["login function", "N/A is all, or not", "the code", "", "see utils.py", "1.5", "https://x.y/z w"]
        {
            assert!(!is_path(words), "{words}");
        }
    }
}
