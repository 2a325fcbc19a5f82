//! What was not reported: gone or unseen; and what is kept of files in which nothing was found any more.

use rustc_hash::FxHashSet;

use super::Apply;
use crate::ingest::import::ImportError;
use crate::ingest::probe::name_hash;
use crate::store::{FindingFlags, FindingRow};

impl Apply<'_, '_, '_> {
    /// Of what was not reported, what this run would have seen; the rest is unseen.
    pub(super) fn gone(&mut self, unreported: &[FindingRow]) -> Result<Vec<FindingRow>, ImportError> {
        let mut gone = Vec::new();
        for row in unreported.iter().filter(|row| row.flags & FindingFlags::GONE == 0) {
            if self.would_have_seen(row)? {
                self.going.insert(row.id);
                gone.push(*row);
            } else {
                self.outcome.changes.unseen += 1;
            }
        }
        Ok(gone)
    }

    /// Writes that findings are gone.
    pub(super) fn go(&mut self, gone: &[FindingRow]) -> Result<(), ImportError> {
        let mut touched = Vec::new();
        for row in gone {
            self.outcome.changes.gone += 1;
            let mut gone = *row;
            gone.flags |= FindingFlags::GONE;
            self.writer.update(&gone)?;
            self.keep_fix(row)?;
            touched.push((gone.case, gone));
        }
        let judged: FxHashSet<u32> =
            gone.iter().filter(|row| self.judged.contains_key(&row.name)).map(|row| row.case).collect();
        self.refresh(touched)?;
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

    fn would_have_seen(&mut self, row: &FindingRow) -> Result<bool, ImportError> {
        let path = self.names.by_row.get(&row.path).cloned().unwrap_or_default();
        let deleted = row.path != 0 && self.sources.has(&path) == Some(false);
        let target = self.targets.get(&row.last_run).cloned().unwrap_or_default();
        for at in 0..self.names.runs.len() {
            let Some(run) = self.names.runs.get(at).filter(|run| run.tool == row.tool) else { continue };
            if !(run.target.is_empty() || target.is_empty() || run.target == target) {
                continue;
            }
            let covered = !run.coverage_is_complete
                && self.reaches.get(at).is_some_and(|reach| reach.covers(&path, self.scope));
            if (covered || deleted || run.covered.contains(&row.path)) && self.rule_ran(at, row.rule)? {
                return Ok(true);
            }
        }
        Ok(false)
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
        for then in self.writer.rules_of_runs(self.names.project, tool)? {
            let then: Vec<u32> = then.into_iter().map(|rule| u32::try_from(rule).unwrap_or(0)).collect();
            if then.contains(&rule) {
                let mut shared = 0;
                for &rule in &then {
                    shared += usize::from(self.is_among(rule, &now)?);
                }
                return Ok(shared * 2 >= then.len());
            }
        }
        Ok(true)
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
        let path = self.names.by_row.get(&row.path).cloned().unwrap_or_default();
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
