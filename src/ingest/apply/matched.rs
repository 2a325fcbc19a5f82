//! What became of findings that are known.

use std::ops::Range;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::{Apply, Live};
use crate::ingest::import::ImportError;
use crate::ingest::track::Evidence;
use crate::source::Outline;
use crate::source::language::Language;
use crate::store::{FindingFlags, FindingRow};
use crate::text::unified;

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
        let mut versions = Versions::default();
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
            self.drift(&old, &new, &mut versions)?;
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
    fn drift(
        &mut self,
        old: &FindingRow,
        new: &FindingRow,
        versions: &mut Versions,
    ) -> Result<(), ImportError> {
        let leases = old.lease != 0 && new.lease != 0 && (old.lease ^ new.lease) & 1 == 0;
        let lease_changed = leases && old.lease != new.lease;
        let body_changed = old.body != 0 && new.body != 0 && old.body != new.body;
        if !(lease_changed || body_changed) {
            return Ok(());
        }
        let diff = if old.snapshot != 0 && new.snapshot != 0 {
            self.scopes_beside((old.snapshot, old.line), (new.snapshot, new.line), new.path, versions)?
        } else {
            String::new()
        };
        self.writer.drift(new, new.last_run, &diff)?;
        if lease_changed && self.judged.get(&new.name).is_some_and(|&judged| judged == old.lease) {
            self.staled.insert(new.case);
        }
        Ok(())
    }

    /// The difference between what is around a line of a file as it was kept and a line of it as it is kept now.
    fn scopes_beside(
        &self,
        old: (u32, u32),
        new: (u32, u32),
        path: u32,
        versions: &mut Versions,
    ) -> Result<String, ImportError> {
        let name = self.names.by_row.get(&path).map_or("", String::as_str);
        let mut outline = |snapshot: u32| -> Result<Option<Rc<Outline>>, ImportError> {
            if let Some(known) = versions.outlines.get(&(snapshot, path)) {
                return Ok(known.clone());
            }
            let text = self.writer.snapshot_text(snapshot)?;
            let made = text.map(|text| Rc::new(Outline::of(Language::detect(name, &text), text)));
            versions.held += made.as_ref().map_or(0, |made| made.text().len());
            // The two versions of one file are held together, however large.
            if versions.held > HELD && versions.outlines.len() > 1 {
                versions.outlines.clear();
                versions.held = made.as_ref().map_or(0, |made| made.text().len());
            }
            versions.outlines.insert((snapshot, path), made.clone());
            Ok(made)
        };
        let (Some(before), Some(after)) = (outline(old.0)?, outline(new.0)?) else {
            return Ok(String::new());
        };
        let scopes = scope_around(&before, old.1).zip(scope_around(&after, new.1));
        let Some((from, to)) = scopes else { return Ok(String::new()) };
        let key = (path, (old.0, from.start, from.end), (new.0, to.start, to.end));
        if let Some((known, diff)) = &versions.last
            && *known == key
        {
            return Ok(diff.clone());
        }
        let before = before.text().get(from).unwrap_or_default();
        let after = after.text().get(to).unwrap_or_default();
        let mut diff = self.without_secrets(unified(before, after, "before", "after"));
        if diff.len() > DIFFERENCE {
            diff.truncate(diff.floor_char_boundary(DIFFERENCE));
            diff.truncate(diff.rfind('\n').map_or(0, |at| at + 1));
            diff.push_str(" …\n");
        }
        versions.last = Some((key, diff.clone()));
        Ok(diff)
    }
}

/// Bytes of outlined files held while findings are written.
const HELD: usize = 4 << 20;
/// As much of a difference is kept: every finding of a class that was written anew has a copy.
const DIFFERENCE: usize = 64 << 10;

/// A scope of a kept file: its snapshot, start and end.
type Span = (u32, usize, usize);

/// Kept files, outlined once for all of their findings whose code changed.
#[derive(Debug, Default)]
struct Versions {
    outlines: FxHashMap<(u32, u32), Option<Rc<Outline>>>,
    held: usize,
    /// The difference that was made last: findings come scope by scope.
    last: Option<((u32, Span, Span), String)>,
}

/// Whether the claim is to be kept as it is now: it says something else, or quotes other code. Lines alone move with
/// every edit above them, and the finding's row has them.
fn is_said_anew(new: &FindingRow, old: &FindingRow) -> bool {
    let says = |row: &FindingRow| (row.content, row.tokens, row.around, row.lease);
    says(new) != says(old)
}

/// The function or class around a line, or the lines around it where there is none.
fn scope_around(outline: &Outline, line: u32) -> Option<Range<usize>> {
    let lines = outline.lines();
    let around = || lines.span(line.saturating_sub(4).max(1), line + 8);
    let scope =
        outline.scope_at(lines.range(line)?).and_then(|scope| lines.span(scope.lines.0, scope.lines.1));
    scope.or_else(around)
}
