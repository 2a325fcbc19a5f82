//! What was not reported: gone or unseen; and what is kept of files in which nothing was found any more.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::Apply;
use crate::ingest::import::ImportError;
use crate::ingest::probe::name_hash;
use crate::store::{FindingFlags, FindingRow};

impl Apply<'_, '_, '_> {
    /// Finds what was not reported and would have been: it goes. All else that was not reported is unseen.
    pub(super) fn silence(&mut self) -> Result<(), ImportError> {
        for reach in &mut self.reaches {
            reach.settle(|path| self.names.by_row.get(&path).map_or("", String::as_str));
        }
        if self.met {
            let beside = &mut self.beside;
            self.writer.reported_by(&self.runs_beside, |id| beside.insert(id))?;
            self.silent_paths()?;
        }
        // Those are never read: there may be a million, and a scan of one file says nothing of them.
        self.outcome.changes.unseen = self.open.saturating_sub(self.reported + self.going.len());
        Ok(())
    }

    /// Goes through the paths of which this import's silence may tell something.
    fn silent_paths(&mut self) -> Result<(), ImportError> {
        /// Paths read at once.
        const PAGE: usize = 1024;
        let mut told = BTreeMap::new();
        for run in &self.names.runs {
            for &path in &run.covered {
                told.insert(path, self.names.by_row.get(&path).cloned().unwrap_or_default());
            }
        }
        for (path, text) in told {
            self.silent_at(path, &text)?;
        }
        for folder in self.silent_folders() {
            if folder.is_empty() {
                self.silent_at(0, "")?;
            }
            let mut last = String::new();
            loop {
                let page = self.writer.paths_below(self.names.project, &folder, &last, PAGE)?;
                for (path, text) in &page {
                    self.silent_at(*path, text)?;
                }
                match page.into_iter().next_back() {
                    Some((_, text)) => last = text,
                    None => break,
                }
            }
        }
        Ok(())
    }

    /// The folders in which files may have been looked at, or be missing by now; "" is the root, and holds the others.
    fn silent_folders(&self) -> Vec<String> {
        let mut folders: Vec<String> = Vec::new();
        // Any file of the project may be missing in the tree.
        folders.extend(self.sources.is_given().then(String::new));
        let runs = self.reaches.iter().zip(&self.names.runs).filter(|(_, run)| !run.coverage_is_complete);
        folders.extend(runs.filter_map(|(reach, _)| reach.folder(self.scope)).map(str::to_owned));
        folders.sort_unstable();
        folders.dedup();
        if folders.first().is_some_and(String::is_empty) {
            folders.truncate(1);
        }
        folders
    }

    /// Finds what goes at a path.
    fn silent_at(&mut self, path: u32, text: &str) -> Result<(), ImportError> {
        let mut silent = Vec::new();
        for &tool in &self.tools {
            self.writer.ids_at(path, tool, &mut silent)?;
        }
        silent
            .retain(|&id| !self.taken.contains(id) && !self.beside.contains(id) && !self.going.contains(id));
        if silent.is_empty() {
            return Ok(());
        }
        let deleted = path != 0 && self.sources.has(text) == Some(false);
        let looked: Vec<usize> = (self.names.runs.iter().zip(&self.reaches).enumerate())
            .filter(|(_, (run, reach))| {
                let covered = !run.coverage_is_complete && reach.covers(text, self.scope);
                covered || deleted || run.covered.contains(&path)
            })
            .map(|(at, _)| at)
            .collect();
        if looked.is_empty() {
            return Ok(());
        }
        for id in silent {
            let Some(row) = self.writer.finding_row(id)? else { continue };
            if row.project == self.names.project
                && row.flags & FindingFlags::GONE == 0
                && self.would_have_seen(&looked, &row)?
            {
                self.going.insert(id);
            }
        }
        Ok(())
    }

    /// Writes that findings are gone.
    pub(super) fn go(&mut self) -> Result<(), ImportError> {
        /// Findings brought up to date at once.
        const PAGE: usize = 4096;
        let mut judged: FxHashSet<u32> = FxHashSet::default();
        let going = std::mem::take(&mut self.going);
        self.outcome.changes.gone += going.len();
        let mut rows = going.iter().peekable();
        while rows.peek().is_some() {
            let mut touched = Vec::new();
            for id in rows.by_ref().take(PAGE) {
                let Some(row) = self.writer.finding_row(id)? else { continue };
                let gone = FindingRow { flags: row.flags | FindingFlags::GONE, ..row };
                self.writer.update(&row, &gone)?;
                self.keep_fix(&row)?;
                touched.push((gone.case, gone));
                if self.judged.contains_key(&row.name) {
                    judged.insert(row.case);
                }
            }
            self.refresh(touched)?;
        }
        // A case whose judged findings all went, while others are left, is not what was judged any more.
        for case in judged {
            let mut members = Vec::new();
            self.writer.members(case, &mut members)?;
            members.retain(|row| row.flags & FindingFlags::GONE == 0);
            if !members.is_empty() && members.iter().all(|row| !self.judged.contains_key(&row.name)) {
                self.staled.insert(case);
            }
        }
        Ok(())
    }

    /// Whether one of the runs that looked at a finding's file, or would have, would have reported it.
    fn would_have_seen(&mut self, looked: &[usize], row: &FindingRow) -> Result<bool, ImportError> {
        for &at in looked {
            let Some(run) = self.names.runs.get(at).filter(|run| run.tool == row.tool) else { continue };
            let mine = run.target.clone();
            if !mine.is_empty() {
                let target = self.target(row.last_run)?;
                if !target.is_empty() && target != mine {
                    continue;
                }
            }
            let ran = match self.ran.get(&(at, row.rule)) {
                Some(&ran) => ran,
                None => self.rule_ran(at, row.rule)?,
            };
            self.ran.insert((at, row.rule), ran);
            if ran {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What an earlier run scanned, where it tells.
    fn target(&mut self, run: u32) -> Result<String, ImportError> {
        if let Some(target) = self.targets.get(&run) {
            return Ok(target.clone());
        }
        let target = self.writer.target(run)?;
        self.targets.insert(run, target.clone());
        Ok(target)
    }

    /// Whether a rule ran in a run, by this or by another name.
    fn rule_ran(&mut self, at: usize, rule: u32) -> Result<bool, ImportError> {
        let Some(run) = self.names.runs.get(at) else { return Ok(false) };
        let now: Vec<(u32, u64)> = run.rules.clone();
        let (listed, tool) = (run.ran.clone(), run.tool);
        let picks = matches!(run.tool_name.as_str(), "semgrep" | "opengrep");
        if let Some(listed) = listed {
            let ran: Vec<(u32, u64)> = now.into_iter().filter(|(row, _)| listed.contains(row)).collect();
            return self.is_among(rule, &ran);
        }
        // Most tools bring their rules along. Semgrep and OpenGrep run what they are given: the rule ran if this
        // run's rules are about those of the run that named it last.
        if now.is_empty() || !picks || self.is_among(rule, &now)? {
            return Ok(true);
        }
        let then = self.writer.rules_run_with(self.names.project, tool, rule)?;
        let mut shared = 0;
        for &rule in &then {
            shared += usize::from(self.is_among(rule, &now)?);
        }
        Ok(shared * 2 >= then.len())
    }

    /// Whether a rule is among others, or one of them is its new name.
    fn is_among(&mut self, rule: u32, others: &[(u32, u64)]) -> Result<bool, ImportError> {
        if others.iter().any(|&(other, _)| other == rule) {
            return Ok(true);
        }
        let family = self.family(rule)?;
        let (old, _) = self.writer.rule_names(rule)?;
        for &(other, _) in others.iter().filter(|&&(_, of)| of == family) {
            if self.renames.explain(&old, &self.writer.rule_names(other)?.0) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A finding of one rule is now reported by another.
    pub(super) fn note_rename(&mut self, old: u32, new: u32) -> Result<(), ImportError> {
        if self.renames.is_new(old, new) {
            let (old, new) = (self.writer.rule_names(old)?.0, self.writer.rule_names(new)?.0);
            self.renames.note(&old, &new);
        }
        Ok(())
    }

    /// A finding that went away because its code changed leaves a pair: the code before and after.
    fn keep_fix(&mut self, row: &FindingRow) -> Result<(), ImportError> {
        if row.snapshot == 0 {
            return Ok(());
        }
        let path = self.path_text(row.path)?;
        let Some(file) = self.sources.file(&path) else { return Ok(()) };
        let after = self.keep_file(row.path, &file, &[])?;
        if after != row.snapshot {
            let run = self.names.runs.iter().find(|run| run.tool == row.tool).map_or(0, |run| run.row);
            let about = file.about();
            self.writer.sighting((row.path, after, run), "fixed", about)?;
            self.writer.fix(row.id, run, row.snapshot, after)?;
        }
        Ok(())
    }

    /// Keeps a few files that a tool scanned and found nothing in: the clean class of a training set.
    pub(super) fn clean_sample(&mut self) -> Result<(), ImportError> {
        /// Files a run.
        const SAMPLE: usize = 20;
        if !self.sources.is_given() {
            return Ok(());
        }
        let claimed: FxHashSet<u32> =
            self.stage.prober.claimed.iter().map(|&path| self.names.path(path)).collect();
        for at in 0..self.names.runs.len() {
            let Some(run) = self.names.runs.get(at) else { continue };
            let row = run.row;
            let mut clean: Vec<(u64, u32)> = run
                .covered
                .iter()
                .filter(|path| !claimed.contains(path))
                .map(|&path| (name_hash(self.names.by_row.get(&path).map_or("", String::as_str)), path))
                .collect();
            // By the hash of their names: the same files again in the next run, none preferred.
            clean.sort_unstable();
            for (_, path) in clean.into_iter().take(SAMPLE) {
                let text = self.names.by_row.get(&path).cloned().unwrap_or_default();
                let Some(file) = self.sources.file(&text) else { continue };
                let snapshot = self.keep_file(path, &file, &[])?;
                let about = file.about();
                self.writer.sighting((path, snapshot, row), "clean", about)?;
            }
        }
        Ok(())
    }
}
