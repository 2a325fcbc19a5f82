//! The filters that were given names, in a file of the workspace that can be edited by hand.

use std::collections::BTreeMap;
use std::io::Write as _;

use super::desk::DeskError;
use crate::docket::Saved;
use crate::store::{StoreError, Workspace};

/// The file's name in the workspace.
pub const NAME: &str = "filters.toml";

const HEADER: &str =
    "# Filters by name, for `@name` in a filter. Written by the workstation; comments are not kept.\n";

/// What is to be done with the filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// Nothing: they are read.
    Read,
    /// A filter is saved under a name, in place of the one that had it.
    Save(String, String),
    /// A filter is given another name.
    Rename(String, String),
    /// A filter is forgotten.
    Forget(String),
}

/// The filters of a workspace; none where there is no file.
///
/// # Errors
/// When the file cannot be read or is none of filters.
pub fn read_saved(workspace: &Workspace) -> Result<Saved, DeskError> {
    let path = workspace.file(NAME);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Saved::default()),
        Err(source) => return Err(StoreError::Io { path, source }.into()),
    };
    let filters: BTreeMap<String, String> = toml::from_str(&text).map_err(|error| {
        let why: Vec<&str> = error.message().lines().collect();
        let line =
            error.span().map_or(1, |at| text.get(..at.start).unwrap_or_default().matches('\n').count() + 1);
        DeskError::Senseless(format!("{} line {line}: {}", path.display(), why.join(", ")))
    })?;
    for name in filters.keys() {
        Saved::name(name).map_err(|error| DeskError::Senseless(format!("{}: {error}", path.display())))?;
    }
    Ok(Saved::new(filters))
}

/// Does something with the filters and gives them as they are then. The file is replaced in one step.
pub(super) fn keep(workspace: &Workspace, keep: Keep) -> Result<Saved, DeskError> {
    let saved = read_saved(workspace)?;
    let mut filters = saved.filters().clone();
    match keep {
        Keep::Read => {}
        Keep::Save(name, text) => {
            filters.insert(name, text);
        }
        Keep::Rename(from, to) => {
            if from != to && filters.contains_key(&to) {
                return Err(DeskError::Senseless(format!("there is a filter `@{to}` already")));
            }
            if let Some(text) = filters.remove(&from) {
                filters.insert(to, text);
            }
        }
        Keep::Forget(name) => {
            filters.remove(&name);
        }
    }
    if filters == *saved.filters() {
        return Ok(saved);
    }
    let path = workspace.file(NAME);
    let io = |source| DeskError::Store(StoreError::Io { path: path.clone(), source });
    let body = toml::to_string(&filters).map_err(|error| DeskError::Senseless(error.to_string()))?;
    // Made for its owner alone.
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(&path)).map_err(io)?;
    file.write_all(format!("{HEADER}{body}").as_bytes()).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist(&path).map_err(|error| io(error.error))?;
    Ok(Saved::new(filters))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn filters_are_kept_by_name_and_hand_edits_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::create(folder.path()).unwrap();
        assert_eq!(read_saved(&workspace).unwrap(), Saved::default());
        let of = |saved: &Saved| -> Vec<String> {
            saved.iter().map(|(name, text)| format!("{name}={text}")).collect()
        };
        let save = |name: &str, text: &str| keep(&workspace, Keep::Save(name.into(), text.into())).unwrap();
        save("b", "is:open \"a b\"");
        assert_eq!(of(&save("a", "sev:high")), ["a=sev:high", "b=is:open \"a b\""]);
        let mode = std::fs::metadata(workspace.file(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(of(&keep(&workspace, Keep::Rename("a".into(), "c".into())).unwrap())[1], "c=sev:high");
        assert!(keep(&workspace, Keep::Rename("c".into(), "b".into())).is_err());
        assert_eq!(of(&keep(&workspace, Keep::Forget("b".into())).unwrap()), ["c=sev:high"]);
        std::fs::write(workspace.file(NAME), "# mine\nhand = \"is:stale\"\n").unwrap();
        assert_eq!(of(&read_saved(&workspace).unwrap()), ["hand=is:stale"]);
        for wrong in ["x = 1\n", "x = \n", "\"a b\" = \"is:open\"\n"] {
            std::fs::write(workspace.file(NAME), wrong).unwrap();
            assert!(matches!(read_saved(&workspace), Err(DeskError::Senseless(_))), "{wrong}");
            assert!(keep(&workspace, Keep::Save("a".into(), "b".into())).is_err(), "nothing is overwritten");
        }
    }
}
