//! Which patches are looked at together: a scanner's start costs more than a file, so those that touch different files
//! share one copy and one run. Where what one comes to may be another's doing, it is looked at alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use globset::GlobSet;

use super::copy::Copy;
use super::judge::{Both, judge};
use super::{Answer, Look, Patch, Rechecked};
use crate::ingest::document::Document;
use crate::ingest::heard::{Heard, listen, same_rule};
use crate::scan::{self, Reach, Scanner, last_words};
use crate::source::Tree;
use crate::source::tree::{LARGEST_FILE, Stamp};

/// Patches that share a run: what a time limit is meant for is one project, not all of them.
const MOST_TOGETHER: usize = 64;

/// Files with their bytes.
type Files<'p> = BTreeMap<&'p str, &'p [u8]>;

/// Looks again at patches of one tree.
#[expect(missing_debug_implementations, reason = "it holds a closure")]
pub struct Rechecker<'a> {
    /// The tree.
    pub tree: &'a Tree,
    /// The scanners that are set up.
    pub scanners: &'a [Scanner],
    /// Whether patches are looked at together where they may be.
    pub together: bool,
    /// Whether it is not wanted any more.
    pub cancelled: &'a dyn Fn() -> bool,
}

/// What a scanner said of some files, or why it said nothing.
type Said = Result<Arc<Run>, String>;

/// A scanner's run.
#[derive(Debug)]
struct Run {
    heard: Heard,
    /// Files that it wrote to.
    touched: BTreeSet<String>,
    /// What else was there, as it was copied.
    tree: BTreeMap<String, Stamp>,
    took: Duration,
    /// What was given in place of the tree's.
    given: BTreeSet<String>,
    /// How many patches it was for.
    shared: u32,
}

impl Run {
    /// Whether another run saw the same tree, but for what was given to either.
    fn saw_the_same_tree(&self, other: &Self) -> bool {
        let agrees = |one: &Self, other: &Self| {
            one.tree
                .iter()
                .all(|(path, stamp)| other.tree.get(path) == Some(stamp) || other.given.contains(path))
        };
        agrees(self, other) && agrees(other, self)
    }
}

impl Rechecker<'_> {
    /// Looks again at each patch, which changes nothing in the tree.
    #[must_use]
    pub fn recheck(&self, patches: &[Patch]) -> Vec<Rechecked> {
        let mut all: Vec<Rechecked> = patches.iter().map(|_| Rechecked::default()).collect();
        let current: Vec<usize> = (0..patches.len()).filter(|&at| self.is_current(patches.get(at))).collect();
        for scanner in self.scanners.iter().filter(|scanner| scanner.is_on) {
            for (at, look) in self.looks(scanner, patches, &current) {
                if let Some(rechecked) = all.get_mut(at) {
                    rechecked.looks.push(look);
                }
            }
        }
        for (at, (patch, rechecked)) in patches.iter().zip(&mut all).enumerate() {
            self.complete(patch, rechecked, current.contains(&at));
        }
        all
    }

    /// Adds what no scanner says: that one is missing, and that the source is another by now.
    fn complete(&self, patch: &Patch, rechecked: &mut Rechecked, was_current: bool) {
        let changed = !was_current || !self.is_current(Some(patch));
        let tools: BTreeSet<&str> = patch.reported.iter().map(|it| it.tool.as_str()).collect();
        for tool in tools {
            if !rechecked.looks.iter().any(|look| look.answer.is_some() && look.is_of(tool)) {
                let why = match self.scanners.iter().find(|scanner| scanner.name == tool) {
                    _ if changed => "",
                    Some(scanner) if !scanner.is_on => "it is switched off",
                    _ => "no scanner is set up that is called so",
                };
                rechecked.looks.push(Look::without(tool, Some(Answer::NotRun), why));
            }
        }
        if changed {
            for look in &mut rechecked.looks {
                if look.answer.is_some() {
                    look.answer = Some(Answer::Inconclusive);
                }
                "the source has changed meanwhile: propose again".clone_into(&mut look.why);
                (look.is_whole, look.new, look.gone) = (false, Vec::new(), 0);
            }
        }
        rechecked.looks.sort_by_key(|look| look.answer.is_none());
    }

    fn is_current(&self, patch: Option<&Patch>) -> bool {
        patch.is_some_and(|patch| {
            patch.files.iter().all(|file| {
                self.tree.read_path(&file.path, LARGEST_FILE).is_ok_and(|bytes| bytes == file.before)
            })
        })
    }

    /// What one scanner says of patches, by their numbers.
    fn looks(&self, scanner: &Scanner, patches: &[Patch], current: &[usize]) -> Vec<(usize, Look)> {
        let mut looks = Vec::new();
        let reads = scanner.reads().unwrap_or_default();
        let mut asked: Vec<usize> = Vec::new();
        for &at in current {
            let Some(patch) = patches.get(at) else { continue };
            if targets(patch, &reads).next().is_some() {
                asked.push(at);
            } else if patch.reported.iter().any(|it| it.tool == scanner.name) {
                let why = "its `files` leave out what the patch changes";
                looks.push((at, Look::without(&scanner.name, Some(Answer::NotRun), why)));
            }
        }
        if let Err(error) = scanner.unsuppressed_command(&[]) {
            for at in asked {
                let had = patches
                    .get(at)
                    .is_some_and(|patch| patch.reported.iter().any(|it| it.tool == scanner.name));
                looks.push((
                    at,
                    Look::without(&scanner.name, had.then_some(Answer::NotRun), error.to_string()),
                ));
            }
            return looks;
        }
        let site = Site { rechecker: self, scanner, reads, patches };
        let before = site.run_all(&asked, &|file| &file.before);
        let after = site.run_all(&asked, &|file| &file.after);
        for at in asked {
            let (Some(was), Some(is)) = (before.get(&at), after.get(&at)) else { continue };
            let mut look = site.look(at, was, is);
            if site.may_be_of_another(&look, was, is) {
                let was = site.run(&[at], &|file| &file.before);
                let is = site.run(&[at], &|file| &file.after);
                let took = look.took;
                look = site.look(at, &was, &is);
                look.took += took;
            }
            if look.is_untold
                && let Some(is) = site.vouched(at)
            {
                let took = look.took;
                look = site.look(at, was, &Ok(Arc::new(is)));
                look.took += took;
            }
            looks.push((at, look));
        }
        looks
    }
}

/// The files of a patch that a scanner reads.
fn targets<'p>(patch: &'p Patch, reads: &GlobSet) -> impl Iterator<Item = &'p str> {
    patch.files.iter().map(|file| file.path.as_str()).filter(|path| reads.is_match(path))
}

/// One scanner and what it is to look at.
struct Site<'s> {
    rechecker: &'s Rechecker<'s>,
    scanner: &'s Scanner,
    reads: GlobSet,
    patches: &'s [Patch],
}

type Bytes<'b> = dyn Fn(&super::Version) -> &Vec<u8> + 'b;

impl Site<'_> {
    /// Runs the scanner on each patch's files in as few runs as may be.
    fn run_all(&self, asked: &[usize], bytes: &Bytes<'_>) -> BTreeMap<usize, Said> {
        let mut said = BTreeMap::new();
        for round in self.rounds(asked, bytes) {
            let run = self.run(&round, bytes);
            if run.is_ok() || round.len() == 1 {
                said.extend(round.iter().map(|&at| (at, run.clone())));
            } else {
                // One of them may have spoilt it for the others.
                said.extend(round.iter().map(|&at| (at, self.run(&[at], bytes))));
            }
        }
        said
    }

    /// Patches that may share a copy: no two of a round give a file other bytes. A patch of a whole tree shares it with
    /// patches of other files.
    fn rounds(&self, asked: &[usize], bytes: &Bytes<'_>) -> Vec<Vec<usize>> {
        let mut rounds: Vec<(Vec<usize>, Files<'_>)> = Vec::new();
        for &at in asked {
            let Some(patch) = self.patches.get(at) else { continue };
            let files: Files<'_> =
                patch.files.iter().map(|file| (file.path.as_str(), bytes(file).as_slice())).collect();
            let fits = |(members, known): &&mut (Vec<usize>, Files<'_>)| {
                self.rechecker.together
                    && members.len() < MOST_TOGETHER
                    && files.iter().all(|(path, bytes)| known.get(path).is_none_or(|known| known == bytes))
            };
            match rounds.iter_mut().find(fits) {
                Some((members, known)) => {
                    members.push(at);
                    known.extend(files);
                }
                None => rounds.push((vec![at], files)),
            }
        }
        rounds.into_iter().map(|(members, _)| members).collect()
    }

    /// Runs the scanner on a copy that holds the files of some patches.
    fn run(&self, round: &[usize], bytes: &Bytes<'_>) -> Said {
        let members = || round.iter().filter_map(|&at| self.patches.get(at));
        let files: Files<'_> = members()
            .flat_map(|patch| &patch.files)
            .map(|file| (file.path.as_str(), bytes(file).as_slice()))
            .collect();
        let given = files.iter().map(|(path, bytes)| (*path, *bytes));
        let copy = match self.scanner.targets {
            Reach::Tree => Copy::of_tree(self.rechecker.tree, given),
            Reach::One | Reach::Many => Copy::of_files(given),
        };
        let copy = copy.map_err(|error| error.to_string())?;
        let paths: Vec<&Path> =
            files.keys().filter(|path| self.reads.is_match(path)).map(|path| Path::new(*path)).collect();
        let whole = [Path::new(".")];
        let targets: Vec<&[&Path]> = match self.scanner.targets {
            Reach::Tree => vec![&whole],
            Reach::Many => vec![&paths],
            Reach::One => paths.chunks(1).collect(),
        };
        let mut run = Run {
            heard: Heard::default(),
            touched: BTreeSet::new(),
            tree: copy.copied().clone(),
            given: files.keys().map(|path| (*path).to_owned()).collect(),
            took: Duration::ZERO,
            shared: u32::try_from(round.len()).unwrap_or(u32::MAX),
        };
        for targets in targets {
            let (heard, took) = self.hear(&copy, targets)?;
            run.took += took;
            run.heard.take(heard);
        }
        run.touched =
            files.keys().filter(|path| !copy.is_untouched(path)).map(|path| (*path).to_owned()).collect();
        Ok(Arc::new(run))
    }

    /// What the scanner says of patched files where the files as they are lie beside them under other names: if it reports
    /// there what it had reported, it does look at such files in such a place, though it does not say so.
    fn vouched(&self, at: usize) -> Option<Run> {
        let patch = self.patches.get(at).filter(|_| self.scanner.targets == Reach::Many)?;
        let beside = |path: &str| {
            let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
            let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
            let slash = if folder.is_empty() { "" } else { "/" };
            format!("{folder}{slash}{stem}_as_it_was.{extension}")
        };
        let mut witness = Patch { reported: Vec::new(), files: patch.files.clone() };
        for file in &patch.files {
            let (path, after) = (beside(&file.path), file.before.clone());
            witness.files.push(super::Version { path, after, ..file.clone() });
        }
        let alone = Site {
            rechecker: self.rechecker,
            scanner: self.scanner,
            reads: self.reads.clone(),
            patches: &[witness],
        };
        let run = alone.run(&[0], &|file| &file.after).ok()?;
        let had = |it: &super::Reported| {
            let path = beside(it.claim.place.as_ref().map_or("", |place| place.path.as_str()));
            let there =
                |claim: &crate::domain::Claim| claim.place.as_ref().is_some_and(|place| place.path == path);
            run.heard.claims.iter().any(|claim| there(claim) && same_rule(&claim.rule, &it.claim.rule))
        };
        let own = |it: &&super::Reported| it.tool == self.scanner.name || it.tool == run.heard.tool;
        let mut reported = patch.reported.iter().filter(own).peekable();
        if reported.peek().is_none() || !reported.all(had) {
            return None;
        }
        let mut heard = run.heard.of_files(|path| patch.files.iter().any(|file| file.path == path));
        heard.tells_coverage = true;
        heard.covered.extend(patch.files.iter().map(|file| file.path.clone()));
        let (touched, given, tree) = (run.touched.clone(), run.given.clone(), run.tree.clone());
        Some(Run { heard, touched, tree, given, took: run.took, shared: 1 })
    }

    fn hear(&self, copy: &Copy, targets: &[&Path]) -> Result<(Heard, Duration), String> {
        let scanner = self.scanner;
        let command = scanner.unsuppressed_command(targets).map_err(|error| error.to_string())?;
        let mut environment = scanner.environment();
        // A checkout around the place for temporary files is not the copy's.
        environment.insert("GIT_CEILING_DIRECTORIES".into(), copy.folder().into());
        let ran = scan::run_whole(scanner, &command, copy.root(), &environment, self.rechecker.cancelled)?;
        let heard = Document::spooled(&scanner.name, ran.stdout, copy.folder())
            .map_err(crate::ingest::ImportError::from)
            .and_then(|document| listen(&document, scanner.format.as_deref(), copy.root()));
        Ok((heard.map_err(|error| format!("{error}{}", last_words(&ran.stderr)))?, ran.took))
    }

    /// What a patch comes to by what was said.
    fn look(&self, at: usize, was: &Said, is: &Said) -> Look {
        let name = &self.scanner.name;
        let Some(patch) = self.patches.get(at) else { return Look::without(name, None, "") };
        let (was, is) = match (was, is) {
            (Ok(was), Ok(is)) => (was, is),
            (Err(why), _) | (_, Err(why)) => {
                let had = patch.reported.iter().any(|it| it.tool == *name);
                return Look::without(name, had.then_some(Answer::Inconclusive), why.as_str());
            }
        };
        if !was.saw_the_same_tree(is) {
            let why = "the source has changed meanwhile: propose again";
            let had = patch.reported.iter().any(|it| it.tool == *name);
            return Look::without(name, had.then_some(Answer::Inconclusive), why);
        }
        let own = |run: &Run| match self.scanner.targets {
            Reach::Tree => run.heard.clone(),
            Reach::One | Reach::Many => {
                run.heard.of_files(|path| patch.files.iter().any(|file| file.path == path))
            }
        };
        let touched: BTreeSet<String> = was.touched.union(&is.touched).cloned().collect();
        let share = |run: &Run| run.took / run.shared.max(1);
        let (before, after) = (own(was), own(is));
        judge(
            name,
            patch,
            &Both { before: &before, after: &after, touched: &touched, took: share(was) + share(is) },
        )
    }

    /// Whether what a patch came to together with others may be the others' doing.
    fn may_be_of_another(&self, look: &Look, was: &Said, is: &Said) -> bool {
        let shared = [was, is].iter().any(|said| said.as_ref().is_ok_and(|run| run.shared > 1));
        let is_clean =
            matches!(look.answer, None | Some(Answer::Fixed)) && look.new.is_empty() && look.is_whole;
        let is_told = matches!(look.answer, Some(Answer::Stands | Answer::Moved | Answer::Evaded))
            || !look.new.is_empty();
        let rests_on_others = self.scanner.targets == Reach::Tree;
        shared && !is_clean && (rests_on_others || !is_told)
    }
}
