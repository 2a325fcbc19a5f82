//! What the docket shows of a case, made from its findings.

use crate::domain::Claim;
use crate::store::{CaseFlags, CaseRow, FindingFlags, FindingRow, ImportWriter, StoreError};

/// A case's row from its findings, the founder first; an empty one where it has none left.
pub(super) fn case_row(writer: &mut ImportWriter<'_>, members: &[FindingRow]) -> Result<CaseRow, StoreError> {
    let Some(head) = members.first() else { return Ok(CaseRow::default()) };
    let mut rules: Vec<u32> = members.iter().map(|row| row.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    let cwes = if members.iter().all(|row| row.cwes == head.cwes) {
        head.cwes
    } else {
        let mut all: Vec<String> = Vec::new();
        for row in members {
            for cwe in writer.cwes_of(row.cwes)?.split_ascii_whitespace() {
                if !all.iter().any(|known| known == cwe) {
                    all.push(cwe.to_owned());
                }
            }
        }
        writer.cwe_set(&all.join(" "))?
    };
    let all_gone = members.iter().all(|row| row.flags & FindingFlags::GONE != 0);
    // Where it stands and how grave it is follow from what is still there; a case that is gone shows what it was.
    let here = || members.iter().filter(|row| all_gone || row.flags & FindingFlags::GONE == 0);
    let first = here().next().unwrap_or(head);
    let any = |bit: u8| here().any(|row| row.flags & bit != 0);
    // What one tool was told to ignore, another still reports.
    let all_suppressed = here().all(|row| row.flags & FindingFlags::SUPPRESSED != 0);
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    Ok(CaseRow {
        head: u32::try_from(head.id).unwrap_or(u32::MAX),
        path: first.path,
        line: first.line,
        end_line: first.end_line,
        rules: writer.rule_set(&rules)?,
        cwes,
        first_run: members.iter().map(|row| row.first_run).min().unwrap_or(0),
        last_run: members.iter().map(|row| row.last_run).max().unwrap_or(0),
        project: u16::try_from(head.project).unwrap_or(u16::MAX),
        members: u16::try_from(members.len()).unwrap_or(u16::MAX),
        severity: here().map(|row| row.severity).max().unwrap_or(0),
        confidence: here().map(|row| row.confidence).max().unwrap_or(0),
        kind: first.kind,
        flags: flag(all_gone, CaseFlags::GONE)
            | flag(all_suppressed, CaseFlags::SUPPRESSED)
            | flag(any(FindingFlags::FIX), CaseFlags::FIX)
            | flag(any(FindingFlags::TRACE), CaseFlags::TRACE)
            | flag(members.iter().any(|row| row.tool != head.tool), CaseFlags::TOOLS),
    })
}

/// What a claim can be searched by: what its tool says of it, its title, and the package with its advisory's names.
pub(super) fn words_of(claim: &Claim) -> String {
    let mut words = claim.message.clone();
    let dependency = claim.dependency.iter();
    let names = dependency.flat_map(|it| std::iter::once(&it.name).chain(&it.aliases));
    for more in std::iter::once(&claim.title).chain(names) {
        if !more.is_empty() && !words.contains(more.as_str()) {
            words.push('\n');
            words.push_str(more);
        }
    }
    words
}

/// Adds a message to a case's searchable text, in lower case; one said already is not said again.
pub(super) fn push_text(text: &mut Vec<u8>, message: &str) {
    /// Enough of a message to be found by.
    const LIMIT: usize = 2048;
    /// Enough of a case: each message is looked for in what was said before, and a case may have any number.
    const MOST: usize = 64 << 10;
    if text.len() > MOST {
        return;
    }
    let end = (0..=LIMIT.min(message.len())).rev().find(|&at| message.is_char_boundary(at)).unwrap_or(0);
    let lower = message.get(..end).unwrap_or_default().to_lowercase();
    if text.is_empty() {
        text.extend_from_slice(lower.as_bytes());
    } else if memchr::memmem::find(text, lower.as_bytes()).is_none() {
        text.push(b'\n');
        text.extend_from_slice(lower.as_bytes());
    }
}
