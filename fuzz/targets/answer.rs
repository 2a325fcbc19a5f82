//! Reads any text as a model's answer to what is asked for a case: an edit of it fits its file and changes no other.

#![no_main]

use std::cell::OnceCell;

use assize::domain::{CaseId, Claim, FindingId, Place};
use assize::remedy::{Said, SourceFile, Subject, answered};
use libfuzzer_sys::fuzz_target;

const FILE: &str = "import os\nimport sqlite3\n\n\nclass Users:\n    def find(self, uid):\n        cur = self.db.cursor()\n        \
    cur.execute(f\"SELECT * FROM users WHERE id = {uid}\")\n        return cur.fetchone()\n\n    def other(self):\n        return 1\n";

fn subject() -> Subject {
    let file = SourceFile::new("src/db.py", FILE.as_bytes().to_vec()).expect("a file");
    let outline = file.outline();
    let at = FILE.find("cur.execute").expect("the flaw");
    let flagged = outline.statement_at(at..at + 11);
    let scope = Subject::scope_of(&outline, &flagged);
    let place = Place { snippet: FILE[flagged.clone()].to_owned(), ..Place::lines("src/db.py", 8, 8) };
    let said = Said {
        finding: FindingId::new([1; 16]),
        tool: "semgrep".into(),
        claim: Claim { rule: "r".into(), place: Some(place), ..Claim::default() },
        lines: (8, 8),
        scanned: None,
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

thread_local! {
    static SUBJECT: OnceCell<Subject> = const { OnceCell::new() };
}

fuzz_target!(|text: &str| {
    SUBJECT.with(|cell| {
        let subject = cell.get_or_init(subject);
        match answered(subject, text, None) {
            Ok(edits) => {
                for edit in edits {
                    assert_eq!(edit.path, "src/db.py");
                    assert!(edit.apply(FILE).is_ok_and(|changed| changed != FILE), "an edit that does not fit, or changes nothing");
                }
            }
            Err((_, why)) => assert!(!why.is_empty()),
        }
    });
});
