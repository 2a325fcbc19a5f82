//! What the tests of remedies share.

use super::{Said, SourceFile, Subject};
use crate::domain::{CaseId, Claim, FindingId, Place};

/// A file with a flaw in it.
pub(super) const USERS: &str = r#"import os
import sqlite3


class Users:
    @cached
    def find(self, uid):
        cur = self.db.cursor()
        cur.execute(f"SELECT * FROM users WHERE id = {uid}")
        return cur.fetchone()

    def other(self):
        return 1
"#;

/// A case at the statement that holds a text.
pub(super) fn subject(path: &str, text: &str, flagged: &str) -> Subject {
    let file = SourceFile::new(path, text.as_bytes().to_vec()).unwrap();
    let outline = file.outline();
    let at = file.text().find(flagged).unwrap_or_else(|| panic!("{flagged} is not in {path}"));
    let line = u32::try_from(file.text()[..at].matches('\n').count() + 1).unwrap();
    let flagged = outline.statement_at(at..at + flagged.len());
    let scope = Subject::scope_of(&outline, &flagged);
    let place = Place { snippet: file.text()[flagged.clone()].to_owned(), ..Place::lines(path, line, line) };
    let said = Said {
        finding: FindingId::new([1; 16]),
        tool: "semgrep".into(),
        claim: Claim { rule: "r".into(), place: Some(place), ..Claim::default() },
        lines: (line, line),
        scanned: Some(file.text().to_owned()),
    };
    Subject {
        case: CaseId::new([1; 16]),
        project: "shop".into(),
        title: String::new(),
        cwes: Vec::new(),
        said: vec![said],
        file,
        outline,
        flagged,
        scope,
        precedents: Vec::new(),
    }
}

/// The flawed user's file as a subject.
pub(super) fn users() -> Subject {
    subject("src/db.py", USERS, "cur.execute(")
}
