//! What the world for tests answers about source trees.

use super::World;
use crate::jobs::{Ask, InTree, Located, Told};

impl World {
    /// What a source tree tells in which every file was changed, or none.
    pub(super) fn answer_of_tree(&self, ask: Ask) -> Told {
        let how = if self.changed { InTree::Changed } else { InTree::Same };
        match ask {
            Ask::Compare(_, file) => Told::Compared(file, how),
            Ask::Locate { path, line, .. } => {
                let path = std::path::Path::new("/shop").join(path);
                Told::Located(Ok(Located { path, line, changed: self.changed }))
            }
            Ask::Changes(_, file) => {
                let changes = (1..=60).map(|line| format!("-a {line}\n+b {line}\n")).collect();
                Told::Changes(file.path.clone(), Ok(if self.changed { changes } else { String::new() }))
            }
            Ask::Link { path, lines, .. } => Told::Link(Ok(format!("https://forge/{path}#L{}", lines.0))),
            Ask::Draft(_) => Told::Draft(Ok("/draft.md".into())),
            Ask::Drafted(_) => Told::Drafted(Ok("from the editor\n".into())),
        }
    }
}
