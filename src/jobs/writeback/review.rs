//! What needs a broader review than a case gets: what no reader understood, cases that nothing could mend, and patches of
//! which the scanners could not tell.

use std::io::{self, Write};

use serde_json::json;

use super::{Source, WriteBackError};
use crate::remedy::{CheckKind, Outcome};

/// How much of what could not be read is told.
const RAW: usize = 16 << 10;

impl Source<'_> {
    /// Writes a line for each.
    pub(super) fn review(
        &mut self,
        project: Option<&str>,
        out: &mut dyn Write,
    ) -> Result<(), WriteBackError> {
        let mut line = |value: serde_json::Value| -> Result<(), WriteBackError> {
            serde_json::to_writer(&mut *out, &value).map_err(io::Error::from)?;
            out.write_all(b"\n")?;
            self.written.rows += 1;
            Ok(())
        };
        for unread in self.findings.unread(project)? {
            let raw = String::from_utf8_lossy(&unread.raw);
            let told = raw.get(..raw.floor_char_boundary(RAW)).unwrap_or_default();
            line(json!({
                "what": "unreadable", "project": unread.project, "tool": unread.tool, "format": unread.format,
                "file": unread.file, "at": unread.place, "kind": unread.kind, "why": unread.why,
                "imported": unread.imported, "raw": told,
            }))?;
        }
        let Some(store) = self.desk.remedies()? else { return Ok(()) };
        let of_project = |name: &str| project.is_none_or(|project| project == name);
        let mut misses = store.misses(None)?;
        misses.retain(|row| !row.of_use && of_project(&row.project));
        for of_case in misses.chunk_by(|one, next| one.case == next.case) {
            let Some(first) = of_case.first() else { continue };
            let tried: Vec<serde_json::Value> =
                of_case.iter().filter_map(|row| serde_json::from_str(&row.body).ok()).collect();
            line(json!({
                "what": "no_remedy", "project": first.project, "case": first.case, "tried": tried,
            }))?;
        }
        for view in self.desk.remedies_of(None)? {
            // What a person decided of needs nobody else.
            if !of_project(&view.project) || view.decided.decision.is_some() {
                continue;
            }
            let unclear =
                view.remedy.checks.iter().filter(|check| {
                    check.kind == CheckKind::Recheck && check.outcome == Outcome::Inconclusive
                });
            for check in unclear {
                line(json!({
                    "what": "inconclusive_recheck", "project": view.project, "case": view.remedy.case,
                    "remedy": view.remedy.id, "check": check.name(), "why": check.evidence.words,
                    "lines": check.evidence.lines,
                }))?;
            }
        }
        Ok(())
    }
}
