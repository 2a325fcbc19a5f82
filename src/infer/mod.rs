//! Owns running models: ONNX graphs (this is the only user of `ort`), tokenizers, chat templates and decoding.
//!
//! Never reaches the network, never reads outside a model's folder, never believes what a model says of itself: sizes and
//! references are weighed before a runtime sees them. What a model answers is text, given back and never acted upon.
//!
//! How it is used:
//!
//! ```no_run
//! use assize::infer::{Choice, Flow, Limits, Model, Piece, Runtime};
//!
//! # fn main() -> Result<(), assize::infer::InferError> {
//! let runtime = Runtime::start(Choice::from_environment()?)?;
//! let mut model = Model::load(".assize/models/mender".as_ref(), &runtime)?;
//! let prompt = model.prompt("You mend code.", "Mend this: …")?;
//! let answers = model.generate(&prompt, &Limits::default(), &mut |piece| match piece {
//!     Piece::Written { tokens, .. } if tokens > 100 => Flow::Stop,
//!     _ => Flow::On,
//! })?;
//! for answer in answers.iter().filter(|answer| answer.ended.is_whole()) {
//!     let _ = (&answer.text, answer.score);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A [`Model`] is loaded once and belongs to one thread at a time; what two prompts have in common at their beginning is
//! read once. The folder's layout and the manifest are described in `docs/models.md`.

mod batch;
mod beam;
mod decode;
mod engine;
mod error;
mod files;
mod folder;
mod golden;
mod graph;
mod manifest;
mod model;
mod ports;
mod runtime;
mod session;
mod shipped;
mod template;
mod tokens;
#[cfg(test)]
mod trial;
mod wire;

pub use decode::{Ended, Flow};
pub use error::{ErrorLine, InferError};
pub use manifest::{BadRole, Format, MANIFEST, Manifest, Role};
pub use model::{AddOrder, Answer, Limits, MOST_ANSWERS, Model, Piece, Prompt, Speed};
pub use runtime::{Backend, CHOICE_VARIABLE, Choice, HOW_TO_GET, Library, OLDEST_NATIVE, Runtime, libraries};
pub use shipped::{SHIPPED, shipped, shipped_bytes, unpack_shipped};
pub use template::{Speaker, Turn};
