//! Owns `assize.toml`, the manifest beside a model's files: what the model is for, how it is spoken to, and the SHA-256 of
//! every file, so that a changed one is refused.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::InferError;
use super::files;

/// The manifest's name.
pub const MANIFEST: &str = "assize.toml";

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It proposes code changes.
    #[default]
    Remediation,
    /// It gives an opinion of a case.
    Analysis,
    /// It turns code into vectors.
    Embedding,
}

/// No role is called so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no role `{0}`; there are remediation, analysis and embedding")]
pub struct BadRole(String);

impl Role {
    /// All roles.
    pub const ALL: [Self; 3] = [Self::Remediation, Self::Analysis, Self::Embedding];

    /// The role's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Remediation => "remediation",
            Self::Analysis => "analysis",
            Self::Embedding => "embedding",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = BadRole;

    fn from_str(word: &str) -> Result<Self, BadRole> {
        Self::ALL.into_iter().find(|role| role.word() == word).ok_or_else(|| BadRole(word.to_owned()))
    }
}

/// How a model is asked for a change, and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// In words, by the templates of prompts.
    #[default]
    Chat,
    /// By the numbered lines of a function alone; the answer names lines and what they become.
    Edit,
}

impl Format {
    /// Whether it is the usual one, which a manifest need not name.
    fn is_usual(&self) -> bool {
        *self == Self::Chat
    }
}

/// What is known of a model beside its files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// What it is for.
    #[serde(default)]
    pub role: Role,
    /// How it is asked and answers.
    #[serde(default, skip_serializing_if = "Format::is_usual")]
    pub format: Format,
    /// How sure it has to be of an answer for that to be offered: the mean share of its tokens, in hundredths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sure: Option<u8>,
    /// How system and user are put together where there is no chat template: a text with `{system}` and `{user}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// How many tokens it reads, prompt and answer together.
    #[serde(default)]
    pub context: usize,
    /// Under which licence it comes, as its folder says.
    #[serde(default)]
    pub licence: String,
    /// The family of its architecture, as its configuration names it.
    #[serde(default)]
    pub family: String,
    /// What its weights are: `fp32`, `fp16`, `int8`, `int4`.
    #[serde(default)]
    pub precision: String,
    /// The SHA-256 of each file, by its name.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

impl Manifest {
    /// The manifest of a folder; `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, InferError> {
        let path = folder.join(MANIFEST);
        let Some(text) = files::text(folder, MANIFEST, 1 << 20)? else { return Ok(None) };
        Self::parsed(&text, &path).map(Some)
    }

    /// The manifest that a text is; the path is the one that an error tells.
    pub(super) fn parsed(text: &str, path: &Path) -> Result<Self, InferError> {
        let manifest: Self = toml::from_str(text)
            .map_err(|error| InferError::bad(path, error.to_string().trim().to_owned()))?;
        if manifest.sure.is_some_and(|sure| sure > 100) {
            return Err(InferError::bad(path, "`sure` is in hundredths: at most 100"));
        }
        for (name, digest) in &manifest.files {
            files::is_within(path, name)?;
            if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(InferError::bad(path, format!("the digest of `{name}` is no SHA-256")));
            }
        }
        Ok(manifest)
    }

    /// The manifest's text.
    pub(super) fn written(&self, folder: &Path) -> Result<String, InferError> {
        let text = toml::to_string(self)
            .map_err(|error| InferError::bad(&folder.join(MANIFEST), error.to_string()))?;
        Ok(format!(
            "# Written by `assize model add`. A file that is not the one named here is refused.\n{text}"
        ))
    }

    /// A digest over all of it: what an answer is attributed to.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn digest(&self) -> Result<String, InferError> {
        Ok(files::sha256(self.written(Path::new(""))?.as_bytes()))
    }

    /// Refuses a file that is not the one that was added.
    pub(super) fn hold(&self, path: &Path, name: &str, digest: &str) -> Result<(), InferError> {
        match self.files.get(name) {
            Some(known) if known.eq_ignore_ascii_case(digest) => Ok(()),
            Some(_) => Err(InferError::Changed { path: path.to_owned() }),
            None => Err(InferError::bad(path, format!("it is not in {MANIFEST}; add the model again"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_reads_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = Manifest {
            role: Role::Analysis,
            format: Format::Edit,
            sure: Some(60),
            prompt: Some("{system}\n{user}".into()),
            context: 2048,
            licence: "Apache-2.0".into(),
            family: "llama".into(),
            precision: "fp32".into(),
            files: [("model.onnx".to_owned(), "a".repeat(64))].into(),
        };
        std::fs::write(folder.path().join(MANIFEST), manifest.written(folder.path()).unwrap()).unwrap();
        assert_eq!(Manifest::read(folder.path()).unwrap(), Some(manifest.clone()));
        assert!(manifest.hold(Path::new("model.onnx"), "model.onnx", &"A".repeat(64)).is_ok());
        let changed = manifest.hold(Path::new("model.onnx"), "model.onnx", &"b".repeat(64));
        assert!(matches!(changed, Err(InferError::Changed { .. })));
    }

    #[test]
    fn a_manifest_that_names_files_elsewhere_or_no_digests_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for text in [
            format!("[files]\n\"../model.onnx\" = \"{}\"\n", "a".repeat(64)),
            format!("[files]\n\"/etc/passwd\" = \"{}\"\n", "a".repeat(64)),
            "[files]\n\"model.onnx\" = \"abc\"\n".to_owned(),
            "role = \"king\"\n".to_owned(),
            "format = \"verse\"\n".to_owned(),
            "sure = 101\n".to_owned(),
            "roll = \"analysis\"\n".to_owned(),
        ] {
            std::fs::write(folder.path().join(MANIFEST), &text).unwrap();
            let error = Manifest::read(folder.path()).unwrap_err();
            assert!(
                matches!(&error, InferError::Bad { path, .. } if path.ends_with(MANIFEST)),
                "{text}: {error}"
            );
        }
    }
}
