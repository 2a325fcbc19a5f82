//! Packages and the advisories about them.
//!
//! Never reads a registry: a name is taken for what it says.

mod advisory;
mod ecosystem;
mod url;

pub use advisory::{AdvisoryKind, advisory_in, advisory_kind, normal_advisory};
pub use ecosystem::{Ecosystem, ecosystem, normal_name, of_manifest};
pub use url::PackageUrl;
