//! Handing a remedy to the scanners that are to look again.

use crate::ingest::is_as_kept;
use crate::remedy::recheck::{Patch, Reported, Version};
use crate::remedy::{Patched, Said, Subject};
use crate::text::LineMap;

/// A remedy as the scanners are shown it.
pub(in crate::jobs) fn patch(subject: &Subject, files: &[Patched]) -> Patch {
    Patch {
        reported: subject.said.iter().map(|said| reported(subject, said)).collect(),
        files: files.iter().map(version).collect(),
    }
}

fn version(patched: &Patched) -> Version {
    Version {
        path: patched.file.path.clone(),
        before: patched.file.bytes.clone(),
        text_before: patched.file.text().to_owned(),
        after: patched.bytes.clone(),
        text_after: patched.text.clone(),
    }
}

/// A claim with its place as the file is now.
fn reported(subject: &Subject, said: &Said) -> Reported {
    let mut claim = said.claim.clone();
    let text = subject.file.text();
    let now = match &said.scanned {
        Some(scanned) if !is_as_kept(scanned, text) => LineMap::between(scanned, text).shifted(said.lines.0),
        _ => said.lines.0,
    };
    if let Some(place) = &mut claim.place {
        place.path.clone_from(&subject.file.path);
        if place.start.line > 0 && now > 0 {
            let then = place.start.line;
            for line in [&mut place.start.line, &mut place.end.line].into_iter().filter(|line| **line > 0) {
                *line = line.saturating_add(now).saturating_sub(then);
            }
        }
    }
    Reported { tool: said.tool.clone(), claim }
}
