//! A batch of labels: gathered, held against the gate, written, signed and noted in the journal.

mod counted;
mod gather;
mod licences;
mod pairs;
mod ranks;
mod recall;
mod rewards;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde_json::{Map, json};

use super::act::now_ms;
use super::corpus::{GateError, own_policy};
use super::desk::{Desk, DeskError};
use crate::dataset::batch::{
    BadKey, BatchWriter, Encoding, Format, Item, Key, Manifest, Override, PublicKey, Rewards, Shares, Split,
    WriteError, assign, card, parted,
};
use crate::dataset::reward::{RewardPolicy, RewardSums};
use crate::dataset::{Report, apart, report};
use crate::domain::short_hash;
use crate::ledger::{Act, Other};
use crate::store::{Journal, StoreError, Writer};

use counted::Told;
use gather::Samples;
pub use recall::Overturned;

/// The key that signs, in the workspace.
const KEY: &str = "batch.key";
/// How code is scored, in the workspace.
const REWARD: &str = "reward.toml";
/// The key that checks, beside it.
const PUBLIC_KEY: &str = "batch.pub";

/// What is to leave.
#[derive(Debug, Clone)]
pub struct ExportOrder {
    /// The batch's folder, in which nothing is yet.
    pub place: PathBuf,
    /// What the samples are.
    pub format: Format,
    /// What the files are that they are in.
    pub encoding: Encoding,
    /// From which splits are drawn.
    pub seed: u64,
    /// How large they are.
    pub shares: Shares,
    /// Whether a project is in one split.
    pub whole_projects: bool,
    /// Whether reviewers are named.
    pub names: bool,
    /// Why it leaves though the gate may be shut.
    pub overridden: Option<String>,
}

/// A batch that left.
#[derive(Debug, Clone)]
pub struct Exported {
    /// What its manifest says.
    pub manifest: Manifest,
    /// The SHA-256 of the manifest.
    pub sha256: String,
    /// The key that checks it.
    pub key: PublicKey,
    /// Its entry in the journal.
    pub entry: String,
}

/// Why nothing left.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The gate is shut.
    #[error("the gate is shut: {} of {} conditions do not hold",
        .0.conditions.iter().filter(|it| !it.holds).count(), .0.conditions.len())]
    Shut(Box<Report>),
    /// There is no sample of this format.
    #[error("there is no sample for `{0}`: {why}", why = none(*.0))]
    Nothing(Format),
    /// Another export of the workspace is under way.
    #[error("another export of this workspace is under way; try again when it is done")]
    Busy,
    /// The workspace's key cannot be read.
    #[error("{}: {source}", path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// Why not.
        source: BadKey,
    },
    /// A file of the workspace cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The batch cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The gate has no answer.
    #[error(transparent)]
    Gate(#[from] GateError),
}

const fn none(format: Format) -> &'static str {
    match format {
        Format::Labels => "there is no gold label yet",
        Format::Reward => {
            "it takes a file that was kept, or a change that scanners looked at, which a tool reads that counts"
        }
        _ => "it takes a confirmed case with a remedy that was decided on, or one that somebody fixed",
    }
}

impl From<DeskError> for ExportError {
    fn from(error: DeskError) -> Self {
        Self::Gate(error.into())
    }
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Gate(error.into())
    }
}

impl Desk {
    /// Lets a batch leave.
    ///
    /// # Errors
    /// When the gate is shut and that is not overridden, there is nothing to leave, or it cannot be written; then nothing
    /// is at its place, and nothing in the journal unless the last step failed.
    pub fn export(&mut self, order: &ExportOrder, writer: &Writer) -> Result<Exported, ExportError> {
        let policy = own_policy(&self.workspace)?.unwrap_or_default();
        let (docket, corpus) = self.corpus_for(&policy)?;
        let gate = report(&policy, &corpus, &docket);
        if !gate.open && order.overridden.is_none() {
            return Err(ExportError::Shut(Box::new(gate)));
        }
        let rewarding = self.reward_policy()?;
        let _lock = self.lock_exports()?;
        let key = self.key()?;
        let samples = Samples::gather(self, &docket, &corpus, (order, rewarding.clone()), |name: &str| {
            let hash = short_hash(&[b"reviewer", key.written().as_bytes(), name.as_bytes()]);
            format!("r-{:010x}", hash >> 24)
        })?;
        if samples.is_empty() {
            return Err(ExportError::Nothing(order.format));
        }
        let items: Vec<Item> = samples.items(order.whole_projects)?;
        let splits = assign(&items, order.shares, order.seed);
        let parted = parted(&items, &splits);
        drop(items);
        let cases = parted.iter().filter_map(|&at| samples.case(at));
        let gate = gate.and(apart(&policy, parted.len() as u64, cases));
        if !gate.open && order.overridden.is_none() {
            return Err(ExportError::Shut(Box::new(gate)));
        }
        let mark = format!("{:016x}", short_hash(&[self.workspace.root().as_os_str().as_encoded_bytes()]));
        let mut batch = BatchWriter::new(&order.place, &mark, (order.format, order.encoding))?;
        let overridden = order
            .overridden
            .as_ref()
            .filter(|_| !gate.open)
            .map(|why| Override { why: why.clone(), by: writer.reviewer.to_string() });
        let mut manifest = Manifest {
            schema: Manifest::SCHEMA,
            program: format!("assize {}", env!("CARGO_PKG_VERSION")),
            format: order.format,
            encoding: order.encoding,
            seed: order.seed,
            shares: order.shares,
            whole_projects: order.whole_projects,
            rows: 0,
            splits: BTreeMap::new(),
            labels: BTreeMap::new(),
            weaknesses: BTreeMap::new(),
            licences: BTreeMap::new(),
            masked_secrets: 0,
            files: Vec::new(),
            gate: serde_json::to_value(&gate).unwrap_or_default(),
            policy: serde_json::to_value(&policy).unwrap_or_default(),
            overridden,
            rewards: None,
            heads: self.journal.as_ref().map_or(Ok(Vec::new()), Journal::heads)?,
        };
        let mut count = |split: Split, told: &Told<'_>| {
            manifest.rows += 1;
            manifest.masked_secrets += told.masked;
            *manifest.splits.entry(split).or_default() += 1;
            *manifest.labels.entry(told.label.to_owned()).or_default() += 1;
            if !told.licence.is_empty() {
                *manifest.licences.entry(told.licence.to_owned()).or_default() += 1;
            }
            for cwe in told.weaknesses {
                *manifest.weaknesses.entry(format!("CWE-{cwe}")).or_default() += 1;
            }
        };
        let mut sums = RewardSums::default();
        samples.write(&splits, &mut batch, &mut count, &mut sums)?;
        if order.format == Format::Reward {
            manifest.rewards = Some(Rewards { policy: rewarding, sums });
        }
        let sha256 = batch.seal(manifest.clone(), &card(&manifest), &key)?;
        let (cases, verdicts) = samples.cases();
        let mut body = Map::new();
        for (name, value) in [
            ("manifest", json!(sha256)),
            ("format", json!(order.format)),
            ("rows", json!(manifest.rows)),
            ("seed", json!(order.seed)),
            ("place", json!(order.place.file_name().map(|name| name.to_string_lossy().into_owned()))),
            ("verdicts", json!(verdicts)),
        ] {
            body.insert(name.to_owned(), value);
        }
        if let Some(overridden) = &manifest.overridden {
            body.insert("overridden".to_owned(), json!(overridden.why));
        }
        // The entry names as many cases as they were.
        drop(samples);
        drop((docket, corpus));
        // First the entry: a batch that is not in the journal must be nowhere.
        let act = Act::Other(Other { kind: Other::BATCH.to_owned(), cases, body });
        let mut journal = self.journal_to_write()?;
        let entry = journal.append(writer, now_ms(), act)?;
        self.journal = Some(journal);
        batch.finish()?;
        Ok(Exported { manifest, sha256, key: key.public(), entry: entry.id().to_string() })
    }

    /// How code is scored: by the workspace's own policy, else by the default.
    fn reward_policy(&self) -> Result<RewardPolicy, ExportError> {
        let path = self.workspace.file(REWARD);
        match std::fs::read_to_string(&path) {
            Ok(text) => RewardPolicy::read(&text).map_err(|source| GateError::Policy { path, source }.into()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(RewardPolicy::default()),
            Err(source) => Err(ExportError::Io { path, source }),
        }
    }

    /// The key that checks the workspace's batches, where there is one.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn public_key(&self) -> Result<Option<PublicKey>, ExportError> {
        let path = self.workspace.file(PUBLIC_KEY);
        match std::fs::read_to_string(&path) {
            Ok(text) => text.parse().map(Some).map_err(|source| ExportError::Key { path, source }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ExportError::Io { path, source }),
        }
    }

    /// The key that signs, made where there is none yet.
    fn key(&self) -> Result<Key, ExportError> {
        let path = self.workspace.file(KEY);
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| ExportError::Io { path, source }
        };
        let key = match std::fs::read_to_string(&path) {
            Ok(text) => text.parse().map_err(|source| ExportError::Key { path: path.clone(), source })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut seed = [0; 32];
                let random = Path::new("/dev/urandom");
                File::open(random).and_then(|mut file| file.read_exact(&mut seed)).map_err(io(random))?;
                let key = Key::of(seed).map_err(|source| ExportError::Key { path: path.clone(), source })?;
                write_private(&path, &format!("{}\n", key.written())).map_err(io(&path))?;
                key
            }
            Err(source) => return Err(ExportError::Io { path, source }),
        };
        let public = self.workspace.file(PUBLIC_KEY);
        let written = format!("{}\n", key.public());
        if std::fs::read_to_string(&public).ok().as_deref() != Some(&written) {
            write_private(&public, &written).map_err(io(&public))?;
        }
        Ok(key)
    }

    /// Sees to it that one export of the workspace is under way at a time.
    fn lock_exports(&self) -> Result<File, ExportError> {
        let path = self.workspace.file("export.lock");
        let file = File::options().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(|source| ExportError::Io { path, source })?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| ExportError::Busy)?;
        Ok(file)
    }
}

/// Writes a file that only its owner reads, in one step.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}
