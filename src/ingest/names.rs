//! From an import's own numbers for paths, rules and sets to the store's, with paths made comparable first.

use rustc_hash::{FxHashMap, FxHashSet};

use super::context::Sources;
use super::probe::{Prober, family};
use crate::domain::{Cwe, RunId, rules, short_hash};
use crate::store::{ImportWriter, StoreError};

/// The store's numbers.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) project: u32,
    pub(super) runs: Vec<RunNames>,
    /// `path` rows by the import's number (which counts from 1; 0 is none).
    pub(super) paths: Vec<u32>,
    /// Their texts.
    pub(super) path_texts: Vec<String>,
    /// `cwe_set` rows.
    pub(super) cwes: Vec<u32>,
    /// Texts of the import's paths, by row.
    pub(super) by_row: FxHashMap<u32, String>,
}

/// A run's numbers.
#[derive(Debug, Default)]
pub(super) struct RunNames {
    pub(super) row: u32,
    pub(super) tool: u32,
    pub(super) tool_name: String,
    /// What it scanned, where paths do not tell.
    pub(super) target: String,
    /// For each rule of the import: its row and the hash of its family.
    pub(super) rules: Vec<(u32, u64)>,
    /// `cwe_set` for claims of a rule without any CWE, from what is known of the rule; 0: nothing.
    pub(super) rule_cwes: Vec<u32>,
    /// `path` rows known to be scanned.
    pub(super) covered: FxHashSet<u32>,
    pub(super) coverage_is_complete: bool,
    /// Rows of the rules that ran, where the run lists them all.
    pub(super) ran: Option<FxHashSet<u32>>,
}

impl Names {
    pub(super) fn path(&self, number: u32) -> u32 {
        if number == 0 { 0 } else { self.paths.get(number as usize - 1).copied().unwrap_or(0) }
    }

    pub(super) fn path_text(&self, number: u32) -> &str {
        if number == 0 { "" } else { self.path_texts.get(number as usize - 1).map_or("", String::as_str) }
    }
}

/// Settles all names of an import.
pub(super) fn settle(
    writer: &mut ImportWriter<'_>,
    project: u32,
    prober: &Prober,
    runs: &[(u32, u32, RunId)],
    sources: &Sources<'_>,
) -> Result<Names, StoreError> {
    let roots: Vec<&str> =
        prober.runs.iter().map(|run| run.head.root.as_str()).filter(|root| !root.is_empty()).collect();
    let mut texts: Vec<String> = prober
        .paths
        .texts()
        .iter()
        .map(|path| sources.project_path(path).unwrap_or_else(|| below_root(path, &roots).to_owned()))
        .collect();
    if writer.has_paths(project)? {
        follow_prefix(&mut texts, &mut |path| writer.has_path(project, path), &mut |name| {
            writer.paths_named(project, name, COMMON + 1)
        })?;
    }
    let mut names = Names { project, ..Names::default() };
    for text in &texts {
        let row = writer.path(project, text)?;
        names.paths.push(row);
        names.by_row.entry(row).or_insert_with(|| text.clone());
    }
    names.path_texts = texts;
    for members in prober.cwe_sets.texts() {
        names.cwes.push(writer.cwe_set(members)?);
    }
    for (run, &(row, tool, _)) in prober.runs.iter().zip(runs) {
        let mut settled = RunNames {
            row,
            tool,
            tool_name: run.head.tool.clone(),
            target: run.head.target.clone(),
            coverage_is_complete: run.head.coverage_is_complete,
            covered: run.covered.iter().map(|&path| names.path(path)).collect(),
            ..RunNames::default()
        };
        for (number, name) in (0..).zip(run.rules.texts()) {
            let family = family(name);
            let facts = rules::facts(&run.head.tool, name);
            let mut rule = run.told.get(&number).cloned().unwrap_or_default();
            rule.id.clone_from(name);
            if rule.title.is_empty() {
                rule.title = run
                    .titles
                    .get(&number)
                    .cloned()
                    .or_else(|| facts.map(|facts| facts.title.to_owned()))
                    .unwrap_or_default();
            }
            let cwes: &[Cwe] = if rule.cwes.is_empty() {
                facts.map_or(&[], |facts| facts.cwes.as_slice())
            } else {
                &rule.cwes
            };
            let members = cwes.iter().map(|cwe| cwe.0.to_string()).collect::<Vec<_>>().join(" ");
            settled.rule_cwes.push(if members.is_empty() { 0 } else { writer.cwe_set(&members)? });
            settled.rules.push((writer.rule(tool, &family, &rule)?, short_hash(&[family.as_bytes()])));
        }
        if run.head.rules_are_complete {
            let row = |&rule: &u32| settled.rules.get(rule as usize).map(|&(row, _)| row);
            settled.ran = Some(run.told.keys().filter_map(row).collect());
        }
        names.runs.push(settled);
    }
    Ok(names)
}

/// A path below one of the roots that the runs name, without the root.
fn below_root<'p>(path: &'p str, roots: &[&str]) -> &'p str {
    roots
        .iter()
        .filter_map(|root| path.strip_prefix(root.trim_end_matches('/'))?.strip_prefix('/'))
        .find(|rest| !rest.is_empty())
        .unwrap_or(path)
}

/// A name that so many paths end with (`index.js`) tells nothing.
const COMMON: usize = 16;

/// Where a scan was made from another folder than the scans before it, all its paths differ by one prefix from those
/// known. If one change of prefix explains most of them, it is made. `named` gives the known paths that end with a name,
/// or one more than are looked at.
fn follow_prefix<E>(
    paths: &mut [String],
    is_known: &mut dyn FnMut(&str) -> Result<bool, E>,
    named: &mut dyn FnMut(&str) -> Result<Vec<String>, E>,
) -> Result<(), E> {
    let known: Vec<bool> = paths.iter().map(|path| is_known(path)).collect::<Result<_, E>>()?;
    let strange = known.iter().filter(|&&known| !known).count();
    // A few new files are new files.
    if strange * 2 <= paths.len() {
        return Ok(());
    }
    let mut votes: FxHashMap<(String, String), usize> = FxHashMap::default();
    for (path, _) in paths.iter().zip(&known).filter(|(_, known)| !**known).take(4096) {
        let candidates = named(path.rsplit('/').next().unwrap_or(path))?;
        if candidates.len() > COMMON {
            continue;
        }
        for other in &candidates {
            let (from, to) = differing_prefixes(path, other);
            // One service beside another is no other prefix, though both have a `main.py`; and a folder that was
            // renamed is found by the code in it.
            if !(from.is_empty() || to.is_empty() || is_absolute(from) || is_absolute(to)) {
                continue;
            }
            *votes.entry((from.to_owned(), to.to_owned())).or_default() += 1;
        }
    }
    let best = votes.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
    let Some(((from, to), count)) = best else { return Ok(()) };
    // Most of the strange paths must land on known ones, or it is a new part of the project.
    if count * 2 <= strange.min(4096) {
        return Ok(());
    }
    for (path, _) in paths.iter_mut().zip(known).filter(|(_, known)| !known) {
        if let Some(rest) = path.strip_prefix(&from) {
            *path = format!("{to}{rest}");
        }
    }
    Ok(())
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.as_bytes().get(1) == Some(&b':')
}

/// What stands before the longest common tail of whole path parts.
fn differing_prefixes<'a, 'b>(a: &'a str, b: &'b str) -> (&'a str, &'b str) {
    let mut shared = 0;
    for (x, y) in a.rsplit('/').zip(b.rsplit('/')) {
        if x != y {
            break;
        }
        shared += x.len() + 1;
    }
    let cut = |path: &'_ str| path.len().saturating_sub(shared.saturating_sub(1));
    (a.get(..cut(a)).unwrap_or_default(), b.get(..cut(b)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(paths: &[&str], known: &[&str]) -> Vec<String> {
        let mut paths: Vec<String> = paths.iter().map(|&path| path.to_owned()).collect();
        let done: Result<(), std::convert::Infallible> =
            follow_prefix(&mut paths, &mut |path| Ok(known.contains(&path)), &mut |name| {
                let named = known.iter().filter(|path| path.rsplit('/').next() == Some(name));
                Ok(named.take(COMMON + 1).map(|&path| path.to_owned()).collect())
            });
        done.unwrap();
        paths
    }

    #[test]
    fn another_prefix_is_followed_in_either_direction() {
        let known = ["src/db.py", "src/api/run.py", "web/app.js"];
        assert_eq!(
            followed(&["/ci/shop/src/db.py", "/ci/shop/src/api/run.py", "/ci/shop/src/new.py"], &known),
            ["src/db.py", "src/api/run.py", "src/new.py"]
        );
        assert_eq!(followed(&["db.py", "api/run.py"], &known), ["src/db.py", "src/api/run.py"]);
    }

    #[test]
    fn new_files_are_left_as_they_are() {
        let known = ["src/db.py", "src/run.py", "src/x.py"];
        let paths = ["src/db.py", "src/run.py", "lib/x.py"];
        assert_eq!(followed(&paths, &known), paths);
        let other = ["other/a.py", "other/b.py"];
        assert_eq!(followed(&other, &known), other);
        let beside = ["lib/db.py", "lib/run.py"];
        assert_eq!(followed(&beside, &known), beside);
    }

    #[test]
    fn a_root_that_the_run_names_is_taken_off() {
        assert_eq!(below_root("/ci/shop/a.py", &["/ci/shop/"]), "a.py");
        assert_eq!(below_root("/ci/shopping/a.py", &["/ci/shop"]), "/ci/shopping/a.py");
        assert_eq!(below_root("a.py", &["/ci"]), "a.py");
    }
}
