//! Where the templates of prompts are: the table `[prompts]`.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeValue;

use super::{Setting, Shown, Wrong, text};

/// The user's own templates.
#[derive(Debug, Default)]
pub(in crate::cli) struct Prompts {
    folder: Option<Setting<PathBuf>>,
}

impl Prompts {
    /// The folder they are in, where one was set.
    pub(in crate::cli) fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(|folder| folder.value.as_path())
    }

    /// Takes over what a file sets; `folder` is where its relative paths begin.
    pub(super) fn take(
        &mut self,
        table: &Spanned<DeValue<'_>>,
        from: &str,
        folder: &Path,
    ) -> Result<(), Wrong> {
        let no_table = || (Some(table.span().start), "`prompts` is a table, as `[prompts]`".to_owned());
        for (name, value) in table.get_ref().as_table().ok_or_else(no_table)? {
            match name.get_ref().as_ref() {
                "folder" => self.folder = Some(Setting::new(folder.join(text(value)?), from)),
                other => {
                    let message = format!("unknown setting `{other}` of prompts; there is `folder`");
                    return Err((Some(name.span().start), message));
                }
            }
        }
        Ok(())
    }

    /// What was set, as `assize config` shows it.
    pub(super) fn shown(&self) -> Option<Shown> {
        let folder = self.folder.as_ref()?;
        Some(Shown {
            name: "prompts.folder".into(),
            value: folder.value.display().to_string().into(),
            from: folder.from.clone(),
        })
    }
}
