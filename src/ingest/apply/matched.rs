//! What became of findings that are known.

use super::{Apply, Live};
use crate::ingest::import::ImportError;
use crate::ingest::track::Evidence;
use crate::source::Outline;
use crate::source::language::Language;
use crate::store::{FindingFlags, FindingRow};
use crate::text::{LineIndex, unified};

impl Apply<'_, '_, '_> {
    /// Writes what became of findings that are known.
    pub(super) fn matched(
        &mut self,
        part: usize,
        live: &[Live],
        matched: &[(usize, FindingRow, Evidence)],
    ) -> Result<(), ImportError> {
        let mut rows = Vec::with_capacity(matched.len());
        let mut needed = Vec::new();
        for (index, old, evidence) in matched {
            let Some(claim) = live.get(*index) else { continue };
            let mut new = self.row(claim);
            (new.id, new.name, new.case, new.born) = (old.id, old.name, old.case, old.born);
            (new.first_run, new.block, new.slot) = (old.first_run, old.block, old.slot);
            new.evidence = *evidence as u8;
            if new.snapshot == 0 {
                // Without the source this time, what it told last time still stands.
                (new.snapshot, new.body) = (old.snapshot, old.body);
            }
            if new.lease == 0 || (new.lease ^ old.lease) & 1 == 1 && old.lease & 1 == 1 {
                new.lease = old.lease;
            }
            if is_said_anew(&new, old) {
                needed.push((claim.probe.block, claim.probe.slot));
            }
            rows.push((claim, *old, new));
        }
        let kept = self.keep_blocks(part, live, &needed)?;
        let mut touched: Vec<(u32, FindingRow)> = Vec::new();
        for (claim, old, mut new) in rows {
            if let Some(&(block, slot)) = kept.get(&(claim.probe.block, claim.probe.slot))
                && is_said_anew(&new, &old)
            {
                (new.block, new.slot) = (block, slot);
            }
            self.seen(claim, new.id, false);
            if old.flags & FindingFlags::GONE != 0 {
                self.outcome.changes.reopened += 1;
            }
            self.note_rename(old.rule, new.rule)?;
            let compare = |row: &FindingRow| FindingRow { evidence: 0, last_run: 0, ..*row };
            if compare(&new) == compare(&old) {
                continue;
            }
            self.writer.update(&old, &new)?;
            self.drift(&old, &new)?;
            if (new.path, new.scope, new.tokens) != (old.path, old.scope, old.tokens) {
                let alias = self.name_of(&new, claim.family, 0);
                if !self.writer.is_taken(&alias)? {
                    self.writer.alias(&alias, new.id)?;
                    self.outcome.named |= self.shaping.mentions(&alias);
                }
            }
            touched.push((new.case, new));
        }
        self.write_presence()?;
        self.refresh(touched)
    }

    /// Notes a change of the code that a verdict may rest on.
    fn drift(&mut self, old: &FindingRow, new: &FindingRow) -> Result<(), ImportError> {
        let leases = old.lease != 0 && new.lease != 0 && (old.lease ^ new.lease) & 1 == 0;
        let lease_changed = leases && old.lease != new.lease;
        let body_changed = old.body != 0 && new.body != 0 && old.body != new.body;
        if !(lease_changed || body_changed) {
            return Ok(());
        }
        let mut diff = String::new();
        if old.snapshot != 0 && new.snapshot != 0 {
            let path = self.names.by_row.get(&new.path).map_or("", String::as_str);
            let before = self.writer.snapshot_text(old.snapshot)?;
            let after = self.writer.snapshot_text(new.snapshot)?;
            let before = before.and_then(|text| scope_text(path, text, old.line));
            let after = after.and_then(|text| scope_text(path, text, new.line));
            if let Some((before, after)) = before.zip(after) {
                diff = self.without_secrets(unified(&before, &after, "before", "after"));
            }
        }
        self.writer.drift(new, new.last_run, &diff)?;
        if lease_changed && self.judged.get(&new.name).is_some_and(|&judged| judged == old.lease) {
            self.staled.insert(new.case);
        }
        Ok(())
    }
}

/// Whether the claim is to be kept as it is now: it says something else, or quotes other code. Lines alone move with
/// every edit above them, and the finding's row has them.
fn is_said_anew(new: &FindingRow, old: &FindingRow) -> bool {
    let says = |row: &FindingRow| (row.content, row.tokens, row.around, row.lease);
    says(new) != says(old)
}

/// The function or class around a line, or the lines around it where there is none.
fn scope_text(path: &str, text: String, line: u32) -> Option<String> {
    let outline = Outline::of(Language::detect(path, &text), text);
    let lines = LineIndex::new(outline.text());
    let around = || lines.span(line.saturating_sub(4).max(1), line + 8);
    let scope =
        outline.scope_at(lines.range(line)?).and_then(|scope| lines.span(scope.lines.0, scope.lines.1));
    let range = scope.or_else(around)?;
    outline.text().get(range).map(str::to_owned)
}
