//! What a run is known to have looked at, and so what its silence means.
//!
//! A finding is *gone* only where the run would have reported it: the same rule ran, and the file was looked at or is
//! deleted. Everything else that a run does not report is *unseen*, which changes nothing. In doubt it is unseen: an
//! open case too many costs a look, a case closed by mistake costs the flaw.

use rustc_hash::FxHashSet;

use super::import::Scope;

/// What one run looked at, as far as it tells.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Path rows that its claims name, 0 for claims that name none.
    named: FxHashSet<u32>,
    /// The folder that holds all of them; `None` where there are none.
    folder: Option<String>,
}

impl Reach {
    /// A claim of the run names this path.
    pub(super) fn name(&mut self, path: u32) {
        self.named.insert(path);
    }

    /// All paths were named; `text` tells how they read.
    pub(super) fn settle<'p>(&mut self, text: impl Fn(u32) -> &'p str) {
        self.folder = common_folder(self.named.iter().map(|&path| text(path))).map(str::to_owned);
    }

    /// The folder whose files the run looked at without listing them, as [`Self::covers`] has it.
    pub(super) fn folder(&self, scope: Option<Scope>) -> Option<&str> {
        match scope {
            Some(Scope::Full) => Some(""),
            Some(Scope::Partial) => None,
            None => self.folder.as_deref(),
        }
    }

    /// Whether the run looked at a file that it does not list. A run of which neither its user nor itself says how
    /// far it went is taken to have gone through the folder that holds all it names: the scan of one service says
    /// nothing of another.
    pub(super) fn covers(&self, path: &str, scope: Option<Scope>) -> bool {
        self.folder(scope).is_some_and(|folder| is_within(path, folder))
    }
}

/// The deepest folder that holds all paths: "" is the root.
fn common_folder<'p>(mut paths: impl Iterator<Item = &'p str>) -> Option<&'p str> {
    let folder_of = |path: &'p str| path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut common = folder_of(paths.next()?);
    for path in paths {
        while !is_within(path, common) {
            common = folder_of(common);
        }
    }
    Some(common)
}

fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// How rules were renamed, as the pairs of this import show: an upgrade or another path of the configuration gives
/// many rules another namespace at once.
#[derive(Debug, Default)]
pub(super) struct Renames {
    /// Rows of rules whose names were looked at.
    pairs: FxHashSet<(u32, u32)>,
    namespaces: FxHashSet<(String, String)>,
}

impl Renames {
    /// Whether these two rules were not paired before, so that their names are still to be noted.
    pub(super) fn is_new(&mut self, old: u32, new: u32) -> bool {
        old != new && self.pairs.insert((old, new))
    }

    /// What the old rule reported is now reported by the new one.
    pub(super) fn note(&mut self, old: &str, new: &str) {
        let (old, new) = namespaces(old, new);
        self.namespaces.insert((old.to_owned(), new.to_owned()));
    }

    /// Whether the new rule is the old one by a change of namespace that was seen. The same last word alone tells
    /// nothing: `python.eval` and `javascript.eval` are two rules.
    pub(super) fn explain(&self, old: &str, new: &str) -> bool {
        let (old, new) = namespaces(old, new);
        self.namespaces.contains(&(old.to_owned(), new.to_owned()))
    }
}

/// What stands before the longest common tail of whole words.
fn namespaces<'a, 'b>(a: &'a str, b: &'b str) -> (&'a str, &'b str) {
    let is_break = |c: char| matches!(c, '.' | '/' | ':' | '#');
    let mut shared = 0;
    for (x, y) in a.rsplit(is_break).zip(b.rsplit(is_break)) {
        if !x.eq_ignore_ascii_case(y) {
            break;
        }
        shared += x.len() + 1;
    }
    (head(a, shared), head(b, shared))
}

fn head(name: &str, tail: usize) -> &str {
    name.get(..name.len().saturating_sub(tail)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_all_that_a_run_names_is_the_deepest_one() {
        for (paths, folder) in [
            (&["svc/a/x.py", "svc/a/y/z.py"][..], Some("svc/a")),
            (&["svc/a/x.py", "svc/ab/y.py"], Some("svc")),
            (&["a.py", "svc/y.py"], Some("")),
            (&["svc/a.py"], Some("svc")),
            (&[""], Some("")),
            (&[], None),
        ] {
            assert_eq!(common_folder(paths.iter().copied()), folder, "{paths:?}");
        }
    }

    #[test]
    fn a_run_covers_its_folder_unless_its_user_says_otherwise() {
        let mut reach = Reach::default();
        reach.name(1);
        reach.name(2);
        reach.settle(|path| if path == 1 { "svc/a.py" } else { "svc/web/b.py" });
        assert!(reach.covers("svc/other/c.py", None) && !reach.covers("svcs/c.py", None));
        assert!(
            reach.covers("lib/c.py", Some(Scope::Full)) && !reach.covers("svc/a.py", Some(Scope::Partial))
        );
        // A run that names nothing tells nothing of any file.
        let mut silent = Reach::default();
        silent.settle(|_| "");
        assert!(!silent.covers("a.py", None) && silent.covers("a.py", Some(Scope::Full)));
    }

    #[test]
    fn a_namespace_that_was_seen_to_change_explains_other_rules() {
        let mut renames = Renames::default();
        renames.note("rules.python.sql-format", "python.sql-format");
        assert!(renames.explain("rules.python.eval", "python.eval"));
        assert!(!renames.explain("og.py.code.eval", "shop.javascript.eval"));
        assert!(!renames.explain("python.eval", "rules.python.eval"));
        renames.note("a.b.rule", "c.rule");
        assert!(renames.explain("a.b.other", "c.other") && !renames.explain("a.b.other", "c.d.other"));
    }
}
