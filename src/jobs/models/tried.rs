//! How models ran here when they were tried last, beside their folders. Nothing is lost with it: a model can be tried again.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::trials::{Runs, Trial};
use crate::infer::SHIPPED;

/// The file. No model is called so.
const FILE: &str = ".tried.json";

/// How a model ran here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The digest of its manifest then.
    pub digest: String,
    /// When: milliseconds since 1970.
    pub made: u64,
    /// What ran it.
    pub runs: Runs,
    /// How.
    pub trial: Trial,
}

fn all(folder: &Path) -> BTreeMap<String, Tried> {
    let text = fs::read_to_string(folder.join(FILE)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// How a model ran when it was tried last.
pub(super) fn last(folder: &Path, name: &str) -> Option<Tried> {
    all(folder).remove(name)
}

/// Keeps how a model ran.
pub(super) fn keep(folder: &Path, name: &str, tried: Tried) {
    let mut all = all(folder);
    all.insert(name.to_owned(), tried);
    all.retain(|name, _| name == SHIPPED || folder.join(name).is_dir());
    let text = serde_json::to_vec(&all).unwrap_or_default();
    let written = tempfile::Builder::new().prefix(FILE).tempfile_in(folder).and_then(|mut file| {
        file.write_all(&text)?;
        Ok(file.persist(folder.join(FILE))?)
    });
    drop(written);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_trial_of_each_model_is_kept_and_that_of_a_removed_one_goes() {
        let folder = tempfile::tempdir().unwrap();
        let tried = |made| {
            let trial = Trial {
                load_ms: 1,
                speed: Some((10.0, 2.0)),
                memory: None,
                chat_template: true,
                golden_by: "here".into(),
                embedded_cannot: None,
            };
            Tried { digest: "d".into(), made, runs: Runs::default(), trial }
        };
        for name in ["old", "new"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        keep(folder.path(), "old", tried(1));
        keep(folder.path(), "new", tried(2));
        keep(folder.path(), "new", tried(3));
        assert_eq!(last(folder.path(), "new").unwrap().made, 3);
        fs::remove_dir(folder.path().join("old")).unwrap();
        keep(folder.path(), "new", tried(4));
        assert_eq!((last(folder.path(), "old"), last(folder.path(), "nonesuch")), (None, None));
    }
}
