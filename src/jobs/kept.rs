//! What was on the screen of a workstation when it was left, in a file of the workspace, so that the next start shows
//! it at once.
//!
//! The file is a convenience: what cannot be read or written, is damaged or of another version of the program, is as if
//! it were not there.

use std::io::{self, Read as _, Write as _};

use serde::{Deserialize, Serialize};

use super::desk::Listed;
use crate::docket::Tally;
use crate::domain::CaseId;
use crate::store::Workspace;

const NAME: &str = "screen";
/// What the file begins with: whose it is, and the number of the layout. Any change of what is stored needs another.
const BEGINNING: &[u8; 16] = b"assize screen  4";
/// More than this is not what was written.
const LARGEST: u64 = 8 << 20;

/// More cases than this are not kept selected.
pub const MOST_SELECTED: usize = 100_000;

/// What was on the screen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Kept {
    /// Which screen, by its name.
    pub screen: String,
    /// The filter, as it was written.
    pub filter: String,
    /// The order's word.
    pub order: String,
    /// The word of what the list was grouped by.
    pub grouping: String,
    /// The widths of the list and of the case; 0: by the terminal's.
    pub widths: (u16, u16),
    /// Whether the list, the code and the case were hidden, where that was changed by a key.
    pub hidden: Option<[bool; 3]>,
    /// Whether the details were shown in the code's place.
    pub shows_details: bool,
    /// How many cases the list had.
    pub many: usize,
    /// Where in the list one was, and which case was the first on the screen.
    pub at: (usize, usize),
    /// Where in the list the first of `rows` was.
    pub first: usize,
    /// The cases in sight and around it, as the list showed them.
    pub rows: Vec<Listed>,
    /// How many cases stood where.
    pub tally: Tally,
    /// Where in the code and the details of the case at hand one was.
    pub scrolled: Option<Scrolled>,
    /// The cases that were selected, by their names.
    pub selected: Vec<[u8; 16]>,
    /// Notes that were being written, the one on top last.
    pub notes: Vec<KeptNote>,
}

/// A note that was not saved.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KeptNote {
    /// Its cases, by their names.
    pub cases: Vec<CaseId>,
    /// What was written.
    pub text: String,
}

/// Where one was in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scrolled {
    /// Which case.
    pub case: CaseId,
    /// The first line of code on the screen.
    pub top: u32,
    /// Columns of code left of the screen.
    pub left: usize,
    /// Lines of the details above the screen.
    pub details: usize,
}

impl Kept {
    /// What the last workstation left, if it can be read.
    #[must_use]
    pub fn read(workspace: &Workspace) -> Option<Self> {
        let file = std::fs::File::open(workspace.file(NAME)).ok()?;
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
        Self::unpack(&bytes)
    }

    /// Leaves it for the next start, in one step: whoever reads sees the file before or the file after.
    ///
    /// # Errors
    /// When the workspace cannot be written.
    pub fn write(&self, workspace: &Workspace) -> io::Result<()> {
        let path = workspace.file(NAME);
        let folder = path.parent().unwrap_or(&path);
        // Made for its owner alone. A power cut may leave it empty, which the next start sees.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&self.pack()?)?;
        file.persist(&path)?;
        Ok(())
    }

    fn pack(&self) -> io::Result<Vec<u8>> {
        let body = postcard::to_stdvec(self).map_err(io::Error::other)?;
        Ok([BEGINNING.as_slice(), blake3::hash(&body).as_bytes(), &body].concat())
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let (digest, body) = bytes.strip_prefix(BEGINNING)?.split_first_chunk::<32>()?;
        let whole = bytes.len() as u64 <= LARGEST && blake3::hash(body).as_bytes() == digest;
        whole.then(|| postcard::from_bytes(body).ok())?
    }
}

/// Takes it away: what it shows may quote code.
pub(super) fn remove(workspace: &Workspace) {
    let _ = std::fs::remove_file(workspace.file(NAME));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Kept {
        let mut row = Listed::sample(7);
        row.standing.reviewers = vec!["ann".into()];
        row.standing.until = Some(jiff::civil::date(2026, 12, 31));
        Kept {
            screen: "docket".into(),
            filter: "is:open".into(),
            order: "worth".into(),
            grouping: "file".into(),
            widths: (30, 40),
            hidden: Some([false, true, false]),
            shows_details: true,
            many: 1000,
            at: (17, 10),
            first: 3,
            rows: vec![row],
            tally: Tally { open: 1000, ..Tally::default() },
            scrolled: Some(Scrolled { case: CaseId::new([7; 16]), top: 12, left: 4, details: 2 }),
            selected: vec![[8; 16]],
            notes: vec![KeptNote { cases: vec![CaseId::new([9; 16])], text: "é".into() }],
        }
    }

    #[test]
    fn what_was_left_comes_back_and_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::create(folder.path()).unwrap();
        assert_eq!(Kept::read(&workspace), None);
        Kept::default().write(&workspace).unwrap();
        kept().write(&workspace).unwrap();
        assert_eq!(Kept::read(&workspace), Some(kept()));
        let mode = std::fs::metadata(workspace.file(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let left = std::fs::read_dir(workspace.file("")).unwrap().count();
        assert_eq!(left, 2, "the file and .gitignore");
    }

    #[test]
    fn what_is_damaged_or_foreign_is_not_there() {
        let whole = kept().pack().unwrap();
        assert!(Kept::unpack(&whole).is_some());
        for length in 0..whole.len() {
            assert_eq!(Kept::unpack(&whole[..length]), None);
        }
        for at in 0..whole.len() {
            let mut bent = whole.clone();
            bent[at] ^= 1;
            assert_eq!(Kept::unpack(&bent), None, "byte {at}");
        }
    }

    #[test]
    fn another_layout_has_another_number() {
        let body = postcard::to_stdvec(&kept()).unwrap();
        let print = blake3::hash(&body).to_hex();
        assert_eq!(
            (&BEGINNING[15..], &print[..16]),
            (&b"4"[..], "05a98d10bf88b4c6"),
            "what is stored has changed: give BEGINNING another number, and both here"
        );
    }
}
