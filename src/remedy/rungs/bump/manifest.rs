//! Where a version stands in the manifests of each ecosystem.
//!
//! Goes by lines, which keeps the rest of a file as it is; whether what comes of it is well formed is checked after, as
//! of every remedy.

use std::ops::Range;

use super::range::{Dialect, raised};
use crate::domain::package::normal_name;

/// From which version of a package to which.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'c> {
    pub(super) name: &'c str,
    pub(super) from: &'c str,
    pub(super) to: &'c str,
}

/// What is replaced.
pub(super) type Parts = Vec<(Range<usize>, String)>;

/// What is to be replaced, nothing where the package is not asked for; or why what asks for it cannot be changed.
pub(super) type Found = Result<Parts, String>;

/// Finds what is to be replaced in a text.
pub(super) type Write = fn(&str, &Change<'_>) -> Found;

/// The files that belong to a manifest, how each is changed, and whether it must be; and what is to be run after.
pub(super) struct Plan {
    pub(super) files: Vec<(&'static str, Write, bool)>,
    pub(super) after: &'static str,
}

/// What is done where a claim is about a file of that name.
pub(super) fn plan(name: &str) -> Option<Plan> {
    let plan = |files: Vec<(&'static str, Write, bool)>, after| Some(Plan { files, after });
    match name {
        "package.json" | "package-lock.json" => plan(
            vec![("package.json", package_json as Write, true), ("package-lock.json", package_lock, false)],
            "npm install",
        ),
        "pom.xml" => plan(vec![("pom.xml", pom as Write, true)], ""),
        "go.mod" | "go.sum" => plan(vec![("go.mod", go_mod as Write, true)], "go mod tidy"),
        "Cargo.toml" | "Cargo.lock" => plan(vec![("Cargo.toml", cargo_toml as Write, true)], "cargo update"),
        "requirements.txt" => plan(vec![("requirements.txt", requirements as Write, true)], ""),
        "constraints.txt" => plan(vec![("constraints.txt", requirements as Write, true)], ""),
        _ => None,
    }
}

/// The lines of a text with where each begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}

/// Where the first of some text stands in a line, as bytes of the whole.
fn within((start, line): (usize, &str), wanted: &str) -> Option<Range<usize>> {
    let at = line.find(wanted)?;
    Some(start + at..start + at + wanted.len())
}

/// `Jinja2[i18n]==2.10 ; python_version < "3.9"`, or a range. A line with hashes is left: those of the new version are not
/// known.
fn requirements(text: &str, change: &Change<'_>) -> Found {
    let mut parts = Parts::new();
    for (start, line) in lines(text) {
        let code = line.split(" #").next().unwrap_or_default();
        let code = if code.starts_with(['#', '-']) { "" } else { code };
        let end =
            code.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(code.len());
        let (name, rest) = code.split_at(end);
        if name.is_empty() || normal_name("pypi", name) != normal_name("pypi", change.name) {
            continue;
        }
        let extras =
            if rest.trim_start().starts_with('[') { rest.find(']').map_or(0, |at| at + 1) } else { 0 };
        let rest = rest.get(extras..).unwrap_or_default();
        let asked = rest.split([';', '\\', '\r', '\n']).next().unwrap_or_default();
        let asked = asked.split(" --").next().unwrap_or_default();
        let place = start + end + extras + (asked.len() - asked.trim_start().len());
        let asked = asked.trim();
        if line.trim_end().ends_with('\\') || line.contains("--hash") {
            return Err(format!(
                "pins it by hashes, and those of {} only a registry knows: `pip-compile --generate-hashes`, or `pip hash`, makes them",
                change.to
            ));
        }
        match asked.strip_prefix("==").map(str::trim).filter(|version| !version.contains([',', '*', '='])) {
            Some(version) if version == change.from => {
                let at = place + asked.len() - version.len();
                parts.push((at..at + version.len(), change.to.to_owned()));
            }
            // Another version is another's.
            Some(_) => {}
            None => {
                let new = raised(asked, change.to, Dialect::Pip)?;
                parts.push((place..place + asked.len(), new));
            }
        }
    }
    Ok(parts)
}

/// `"lodash": "^4.17.11"`: the sign stays; or a range.
fn package_json(text: &str, change: &Change<'_>) -> Found {
    let key = format!("\"{}\":", change.name);
    let mut parts = Parts::new();
    for (start, line) in lines(text) {
        let Some(at) = line.find(&key) else { continue };
        let rest = line.get(at + key.len()..).unwrap_or_default();
        let mut quotes = rest.match_indices('"').map(|(quote, _)| quote);
        let (Some(open), Some(close)) = (quotes.next(), quotes.next()) else { continue };
        let asked = rest.get(open + 1..close).unwrap_or_default();
        let new = raised(asked, change.to, Dialect::Npm)?;
        let begin = start + at + key.len() + open + 1;
        parts.push((begin..begin + asked.len(), new));
    }
    Ok(parts)
}

/// The entry of a package: its version, and neither the address nor the hash of the old one.
fn package_lock(text: &str, change: &Change<'_>) -> Found {
    let mut parts = Parts::new();
    let heads = [format!("\"node_modules/{}\": {{", change.name), format!("\"{}\": {{", change.name)];
    let mut inside: Option<usize> = None;
    let mut depth_line = 0;
    for (start, line) in lines(text) {
        let bare = line.trim();
        let indent = line.len() - line.trim_start().len();
        if heads.iter().any(|head| bare == head) {
            inside = Some(indent);
            depth_line = start;
            continue;
        }
        let Some(outer) = inside else {
            // What the project asks for stands at the top of a lock file too.
            if depth_line == 0 {
                let own = package_json(line, change)?.into_iter();
                parts.extend(own.map(|(at, new)| (start + at.start..start + at.end, new)));
            }
            continue;
        };
        if indent <= outer {
            inside = None;
            continue;
        }
        let is_own = |key: &str| bare.starts_with(&format!("\"{key}\":"));
        if is_own("version") && bare.contains(&format!("\"{}\"", change.from)) {
            parts.extend(within((start, line), change.from).map(|found| (found, change.to.to_owned())));
        } else if is_own("resolved") || is_own("integrity") {
            parts.push((start..start + line.len(), String::new()));
        }
    }
    // Another version of the package is another's.
    Ok(if parts.iter().any(|(_, new)| !new.is_empty()) { parts } else { Parts::new() })
}

/// `<version>` of the dependency, or the property that it names.
fn pom(text: &str, change: &Change<'_>) -> Found {
    let Some((group, artifact)) = change.name.split_once(':') else { return Ok(Parts::new()) };
    let element = |block: &str, name: &str| -> Option<Range<usize>> {
        let open = format!("<{name}>");
        let start = block.find(&open)? + open.len();
        let end = start + block.get(start..)?.find("</")?;
        Some(start..end)
    };
    let value = |block: &str, name: &str| {
        element(block, name).and_then(|range| block.get(range)).map(|text| text.trim().to_owned())
    };
    let mut parts = Parts::new();
    let mut from = 0;
    while let Some(open) = text.get(from..).and_then(|rest| rest.find("<dependency>")) {
        let start = from + open;
        let Some(length) = text.get(start..).and_then(|rest| rest.find("</dependency>")) else { break };
        let block = text.get(start..start + length).unwrap_or_default();
        from = start + length;
        let is_it = value(block, "groupId").as_deref() == Some(group)
            && value(block, "artifactId").as_deref() == Some(artifact);
        let Some(range) = element(block, "version").filter(|_| is_it) else { continue };
        let told = block.get(range.clone()).unwrap_or_default().trim();
        if told.starts_with(['[', '(']) {
            return Err(format!("asks for `{told}`, a range, which is another's to change"));
        }
        if told == change.from {
            parts.push((start + range.start..start + range.end, change.to.to_owned()));
        } else if let Some(property) = told.strip_prefix("${").and_then(|it| it.strip_suffix('}'))
            && let Some(range) = element(text, property)
            && text.get(range.clone()).map(str::trim) == Some(change.from)
        {
            parts.push((range, change.to.to_owned()));
        }
    }
    Ok(parts)
}

/// `github.com/lib/pq v1.10.0`, with or without `require`.
fn go_mod(text: &str, change: &Change<'_>) -> Found {
    let mut parts = Parts::new();
    for (start, line) in lines(text) {
        let code = line.split("//").next().unwrap_or_default();
        let words: Vec<&str> = code.split_whitespace().filter(|word| *word != "require").collect();
        let [name, version] = words.as_slice() else { continue };
        if *name == change.name && version.trim_start_matches('v') == change.from.trim_start_matches('v') {
            let behind = line.find(name).map_or(0, |at| at + name.len());
            let found = within((start + behind, line.get(behind..).unwrap_or_default()), version);
            parts.extend(found.map(|found| (found, format!("v{}", change.to.trim_start_matches('v')))));
        }
    }
    Ok(parts)
}

/// `time = "0.1"` or `time = { version = "0.1", … }`, or a table of its own.
fn cargo_toml(text: &str, change: &Change<'_>) -> Found {
    let mut parts = Parts::new();
    let mut table = "";
    for (start, line) in lines(text) {
        let bare = line.trim();
        if bare.starts_with('[') {
            table = bare;
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let key = key.trim().trim_matches('"');
        let own_table = table
            .trim_matches(['[', ']'])
            .rsplit('.')
            .next()
            .is_some_and(|name| name.trim_matches('"') == change.name);
        let quoted = if table.contains("dependencies") && !own_table && key == change.name {
            match value.find("version") {
                Some(at) if value.trim_start().starts_with('{') => {
                    value.get(at..).and_then(quoted_in).map(|it| (value.len() - at, it))
                }
                None if value.trim_start().starts_with('{') => None,
                _ => quoted_in(value).map(|it| (value.len(), it)),
            }
        } else if table.contains("dependencies") && own_table && key == "version" {
            quoted_in(value).map(|it| (value.len(), it))
        } else {
            None
        };
        let Some((left, (range, asked))) = quoted else { continue };
        let new = raised(asked, change.to, Dialect::Cargo)?;
        let at = start + line.len() - left + range.start;
        parts.push((at..at + asked.len(), new));
    }
    Ok(parts)
}

/// The first quoted text of a line, and where it stands.
fn quoted_in(text: &str) -> Option<(Range<usize>, &str)> {
    let open = text.find('"')? + 1;
    let close = open + text.get(open..)?.find('"')?;
    Some((open..close, text.get(open..close)?))
}
