//! Who brings a package into a project, by its lock file: the way from what the project asks for itself.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;
use serde_json::Value;

/// Packages of a lock file that are looked at, and steps of a way.
const MOST: usize = 50_000;
const LONGEST: usize = 40;

/// A package of a lock file: its name, and which packages it depends on, by their places.
struct Package {
    name: String,
    version: String,
    needs: Vec<usize>,
}

/// The packages from one that the project asks for itself to one of a version: both named. `None` where the lock file does
/// not tell, or the project asks for it itself.
pub(super) fn way(lock: &str, text: &str, name: &str, version: &str) -> Option<Vec<String>> {
    let (packages, direct) = match lock {
        "package-lock.json" => npm(text)?,
        "Cargo.lock" => cargo(text)?,
        _ => return None,
    };
    let is_it = |at: usize| packages.get(at).is_some_and(|it| it.name == name && it.version == version);
    let mut from: FxHashMap<usize, Option<usize>> = direct.iter().map(|&at| (at, None)).collect();
    let mut next: VecDeque<usize> = direct.into();
    while let Some(at) = next.pop_front() {
        if is_it(at) {
            let mut way = Vec::new();
            let mut step = Some(at);
            while let Some(at) = step.filter(|_| way.len() < LONGEST) {
                way.extend(packages.get(at).map(|package| package.name.clone()));
                step = from.get(&at).copied().flatten();
            }
            way.reverse();
            return (way.len() > 1).then_some(way);
        }
        for &need in packages.get(at).into_iter().flat_map(|package| &package.needs) {
            if let std::collections::hash_map::Entry::Vacant(entry) = from.entry(need) {
                entry.insert(Some(at));
                next.push_back(need);
            }
        }
    }
    None
}

/// A way in words: `express brings it in (express → body-parser → qs)`.
pub(super) fn words(way: &[String]) -> String {
    let direct = way.first().map_or("", String::as_str);
    match way.len() {
        0..=2 => format!("{direct} brings it in"),
        _ => format!("{direct} brings it in ({})", way.join(" → ")),
    }
}

type Packages = (Vec<Package>, Vec<usize>);

/// `packages` by their folders, as npm has written them since version 7.
fn npm(text: &str) -> Option<Packages> {
    let lock: Value = serde_json::from_str(text).ok()?;
    let all = lock.get("packages")?.as_object()?;
    if all.len() > MOST {
        return None;
    }
    let mut at_path: FxHashMap<&str, usize> = FxHashMap::default();
    let mut packages = Vec::new();
    for (path, entry) in all {
        let name = path.rsplit("node_modules/").next().unwrap_or_default();
        let version = entry.get("version").and_then(Value::as_str).unwrap_or_default();
        at_path.insert(path, packages.len());
        packages.push(Package { name: name.to_owned(), version: version.to_owned(), needs: Vec::new() });
    }
    let needs = |path: &str, entry: &Value, kinds: &[&str]| -> Vec<usize> {
        let asked = kinds.iter().filter_map(|kind| entry.get(*kind)?.as_object());
        asked.flat_map(|asked| asked.keys()).filter_map(|name| resolved(&at_path, path, name)).collect()
    };
    let (always, own) = (["dependencies", "optionalDependencies", "peerDependencies"], "devDependencies");
    let mut direct = Vec::new();
    for (path, entry) in all {
        let found = if path.is_empty() {
            direct = needs(path, entry, &[always.as_slice(), &[own]].concat());
            Vec::new()
        } else {
            needs(path, entry, &always)
        };
        if let Some(package) = at_path.get(path.as_str()).and_then(|&at| packages.get_mut(at)) {
            package.needs = found;
        }
    }
    Some((packages, direct))
}

/// The package that a name means to one in a folder: the nearest upward.
fn resolved(at_path: &FxHashMap<&str, usize>, path: &str, name: &str) -> Option<usize> {
    let mut folder = path;
    loop {
        let inner = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        if let Some(&at) = at_path.get(format!("{inner}node_modules/{name}").as_str()) {
            return Some(at);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder.rfind("node_modules/").map_or("", |at| folder.get(..at).unwrap_or_default());
        folder = folder.trim_end_matches('/');
    }
}

/// `[[package]]`: those without a source are the project's own.
fn cargo(text: &str) -> Option<Packages> {
    let lock: toml::Table = toml::from_str(text).ok()?;
    let all = lock.get("package")?.as_array()?;
    if all.len() > MOST {
        return None;
    }
    let text_of =
        |entry: &toml::Value, key: &str| entry.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let mut by_name: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    let mut packages = Vec::new();
    for entry in all {
        let name = text_of(entry, "name")?;
        by_name.entry(name.clone()).or_default().push(packages.len());
        packages.push(Package { name, version: text_of(entry, "version")?, needs: Vec::new() });
    }
    let mut direct = Vec::new();
    for (at, entry) in all.iter().enumerate() {
        let asked = entry.get("dependencies").and_then(toml::Value::as_array).into_iter().flatten();
        let mut found = Vec::new();
        for word in asked.filter_map(toml::Value::as_str) {
            // `name`, or `name version` where there are several.
            let mut words = word.split_whitespace();
            let (name, version) = (words.next().unwrap_or_default(), words.next());
            let places = by_name.get(name).into_iter().flatten().copied();
            let is_it = |place: &usize| {
                version.is_none_or(|version| packages.get(*place).is_some_and(|it| it.version == version))
            };
            found.extend(places.filter(is_it));
        }
        if entry.get("source").is_none() {
            direct.extend(&found);
        }
        if let Some(package) = packages.get_mut(at) {
            package.needs = found;
        }
    }
    Some((packages, direct))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_a_package_leads_from_what_the_project_asks_for() {
        let npm = r#"{"packages": {
            "": {"dependencies": {"express": "^4"}, "devDependencies": {"mocha": "1"}},
            "node_modules/express": {"version": "4.17.1", "dependencies": {"body-parser": "1", "qs": "6"}},
            "node_modules/body-parser": {"version": "1.19.0", "dependencies": {"qs": "6.7.0"}},
            "node_modules/body-parser/node_modules/qs": {"version": "6.7.0"},
            "node_modules/qs": {"version": "6.9.0"},
            "node_modules/mocha": {"version": "1.0.0"}}}"#;
        let told = |name: &str, version: &str| way("package-lock.json", npm, name, version);
        let words_of = |name: &str, version: &str| told(name, version).map(|way| words(&way));
        assert_eq!(
            words_of("qs", "6.7.0").as_deref(),
            Some("express brings it in (express → body-parser → qs)")
        );
        assert_eq!(words_of("qs", "6.9.0").as_deref(), Some("express brings it in"), "the nearest is meant");
        assert_eq!(told("mocha", "1.0.0"), None, "the project asks for it itself");
        assert_eq!(told("qs", "1.0.0"), None);
        let cargo = "[[package]]\nname = \"shop\"\nversion = \"0.1.0\"\ndependencies = [\"chrono\"]\n\n[[package]]\nname = \"chrono\"\nversion = \"0.4.0\"\nsource = \"registry\"\ndependencies = [\"time 0.1.40\"]\n\n[[package]]\nname = \"time\"\nversion = \"0.1.40\"\nsource = \"registry\"\n\n[[package]]\nname = \"time\"\nversion = \"0.3.0\"\nsource = \"registry\"\n";
        assert_eq!(way("Cargo.lock", cargo, "time", "0.1.40"), Some(vec!["chrono".into(), "time".into()]));
        assert_eq!(way("Cargo.lock", cargo, "time", "0.3.0"), None, "nobody needs it");
    }

    #[test]
    fn a_lock_file_that_goes_round_in_circles_or_is_none_says_nothing() {
        let round = r#"{"packages": {"": {"dependencies": {"a": "1"}},
            "node_modules/a": {"version": "1", "dependencies": {"b": "1"}},
            "node_modules/b": {"version": "1", "dependencies": {"a": "1"}}}}"#;
        assert_eq!(way("package-lock.json", round, "c", "1"), None);
        for text in ["", "{}", "{\"packages\": []}", "[[package]]", "package = 1"] {
            assert_eq!(way("package-lock.json", text, "a", "1"), None, "{text}");
            assert_eq!(way("Cargo.lock", text, "a", "1"), None, "{text}");
        }
    }
}
