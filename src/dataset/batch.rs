//! Batches: labelled samples that leave, with all that whoever trains on them may ask.
//!
//! A batch is a folder: `data/SPLIT.jsonl` or `data/SPLIT.parquet` for each split, `README.md` (the card, as the Hub and `datasets` read it),
//! `manifest.json` with the digest of every other file, its signature, and the public key. The same labels and the same
//! seed give the same bytes of data. A folder is written beside its place and moved there once it is whole.

mod card;
mod manifest;
mod sample;
mod secrets;
mod sign;
mod split;
mod table;
mod writer;

pub use card::card;
pub use manifest::{Manifest, Override, Rewards, Unsound, Verified, verify};
pub use sample::{
    Checked, Code, LabelRow, Level, Message, Pair, PairRow, Provenance, RewardRow, RuleOf, excerpt, prompt,
};
pub use secrets::secrets_in;
pub use sign::{BadKey, Key, PublicKey};
pub use split::{Item, Shares, Split, assign, parted};
pub use table::TableError;
pub use writer::{BatchWriter, WriteError};

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the samples of a batch are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Cases and files with their labels.
    Labels,
    /// Vulnerable code and what people made of it, as chat messages and as prompt and completion.
    Sft,
    /// Two answers to a prompt, of which one was preferred.
    Dpo,
    /// One answer to a prompt, and whether it was wanted.
    Kto,
    /// Changes and files, with what an ensemble of tools makes of them.
    Reward,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Labels, Self::Sft, Self::Dpo, Self::Kto, Self::Reward];

    /// The word on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Sft => "sft",
            Self::Dpo => "dpo",
            Self::Kto => "kto",
            Self::Reward => "reward",
        }
    }
}

/// What the files are that the samples are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// A line of JSON each.
    #[default]
    Jsonl,
    /// A row of a Parquet file each.
    Parquet,
}

impl Encoding {
    /// The word on the command line, and at the end of files' names.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that is no format of a batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no format `{0}`; there are labels, sft, dpo, kto and reward")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, UnknownFormat> {
        let known = Self::ALL.into_iter().find(|format| format.word() == word);
        known.ok_or_else(|| UnknownFormat(word.chars().take(40).collect()))
    }
}
