//! Owns finding the entry of a package in a manifest or a lock file, of whatever ecosystem.
//!
//! Goes by names and versions as words, not by formats: there are dozens of these, and the entry is only shown.
//! Never guesses: where several lines might be meant and none has the version, there is no entry.

/// Lines below a package's name in which its version may stand.
const NEAR: usize = 4;

/// The first and last line of a package's entry: the one that names it and the one with its version, counted from 1.
pub(super) fn entry(text: &str, name: &str, version: &str) -> Option<(u32, u32)> {
    let text = plain(text);
    // Maven's names are `group:artifact`, and its files write the two on lines of their own.
    let name = plain(name.rsplit(':').next().unwrap_or(name));
    let version = plain(version.strip_prefix('v').unwrap_or(version));
    if name.is_empty() {
        return None;
    }
    let lines: Vec<&str> = text.lines().collect();
    let named: Vec<usize> =
        (0..).zip(&lines).filter(|(_, line)| names(line, &name)).map(|(at, _)| at).collect();
    let mut best: Option<(bool, usize, usize)> = None;
    for &at in &named {
        let near = lines.iter().enumerate().skip(at).take(NEAR + 1);
        let Some((end, line)) = near.into_iter().find(|(_, line)| has_version(line, &version)) else {
            continue;
        };
        // What is installed says more than what was asked for.
        let installed = end > at || !line.contains(':');
        if best.is_none_or(|(known, ..)| installed && !known) {
            best = Some((installed, at, end));
        }
    }
    let found = match (best, named.as_slice()) {
        (Some((_, at, end)), _) => Some((at, end)),
        (None, &[only]) => Some((only, only)),
        _ => None,
    };
    let number = |at: usize| u32::try_from(at + 1).ok();
    found.and_then(|(at, end)| Some((number(at)?, number(end)?)))
}

/// A text in which names are compared: Python's packages are written with any of `-`, `_` and `.`.
fn plain(text: &str) -> String {
    text.to_lowercase().replace(['_', '.'], "-")
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || c == '-')
}

/// What stands before and behind each place of a word in a line.
fn around<'l>(line: &'l str, word: &'l str) -> impl Iterator<Item = (&'l str, &'l str)> {
    line.match_indices(word).filter_map(move |(at, _)| Some((line.get(..at)?, line.get(at + word.len()..)?)))
}

fn names(line: &str, name: &str) -> bool {
    around(line, name).any(|(before, after)| {
        // `@babel/core` is not `core`, but `node_modules/core` is.
        let inner = before.ends_with('/') && !before.ends_with("node-modules/");
        let last = after.chars().next();
        !inner && !is_word(before.chars().next_back()) && !is_word(last) && last != Some('/')
    })
}

fn has_version(line: &str, version: &str) -> bool {
    !version.is_empty()
        && around(line, version).any(|(before, after)| {
            let before = before.strip_suffix('v').unwrap_or(before);
            let range = ["^", "~", ">=", "<=", "~="].iter().any(|sign| before.ends_with(sign));
            !range && !is_word(before.chars().next_back()) && !is_word(after.chars().next())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packages_entry_is_found_in_any_lock_file() {
        let npm = "{\n \"packages\": {\n  \"\": {\n   \"dependencies\": { \"minimist\": \"1.2.0\" }\n  },\n  \"node_modules/minimist\": {\n   \"version\": \"1.2.0\"\n  },\n  \"node_modules/@babel/core\": {\n   \"version\": \"7.0.0\"\n";
        let yarn = "minimist@^1.2.0:\n  version \"1.2.0\"\n";
        let cargo =
            "[[package]]\nname = \"time\"\nversion = \"0.1.40\"\n\n[[package]]\nname = \"time-core\"\n";
        let pom =
            "<groupId>org.slf4j</groupId>\n<artifactId>slf4j-api</artifactId>\n<version>1.7</version>\n";
        for (text, name, version, lines) in [
            (npm, "minimist", "1.2.0", Some((6, 7))),
            (npm, "@babel/core", "7.0.0", Some((9, 10))),
            (npm, "core", "7.0.0", None),
            (npm, "left-pad", "1.0.0", None),
            (yarn, "minimist", "1.2.0", Some((1, 2))),
            ("# pins\nPyYAML==5.3\nruamel_yaml==0.1\n", "pyyaml", "5.3", Some((2, 2))),
            ("# pins\nPyYAML==5.3\nruamel_yaml==0.1\n", "ruamel.yaml", "0.1", Some((3, 3))),
            ("requests>=2.19.0\n", "requests", "2.19.0", Some((1, 1))),
            ("requests>=2.1\n# requests is old\n", "requests", "2.19.0", None),
            (cargo, "time", "0.1.40", Some((2, 3))),
            ("require (\n\tgithub.com/a/b v1.2.3\n)\n", "github.com/a/b", "1.2.3", Some((2, 2))),
            (pom, "org.slf4j:slf4j-api", "1.7", Some((2, 3))),
            (npm, "", "", None),
        ] {
            assert_eq!(entry(text, name, version), lines, "{name} {version}");
        }
    }
}
