//! What a remedy is asked for: one case in the file that it stands in now.

use std::ops::Range;

use super::SourceFile;
use crate::domain::{CaseId, Claim, Cwe, FindingId};
use crate::source::Outline;

/// What one tool said of a case.
#[derive(Debug, Clone)]
pub struct Said {
    /// The finding.
    pub finding: FindingId,
    /// The tool.
    pub tool: String,
    /// Its claim; places in it are as the tool counted them.
    pub claim: Claim,
    /// Where the finding stands now: first and last line.
    pub lines: (u32, u32),
}

/// A case, its file as it is now, and where in it the flaw stands.
#[derive(Debug)]
pub struct Subject {
    /// The case.
    pub case: CaseId,
    /// The project.
    pub project: String,
    /// A few words.
    pub title: String,
    /// Its weaknesses.
    pub cwes: Vec<Cwe>,
    /// What the tools said, the founder first.
    pub said: Vec<Said>,
    /// The file.
    pub file: SourceFile,
    /// The file's outline.
    pub outline: Outline,
    /// The flagged statement.
    pub flagged: Range<usize>,
    /// What may be changed beside the imports: the innermost function around what is flagged, its class where it is in
    /// no function, else the statement itself.
    pub scope: Range<usize>,
}
