//! What is counted of a sample for the manifest and the card.

use crate::dataset::batch::{LabelRow, Provenance};

/// What is counted of a sample.
pub(super) struct Told<'r> {
    pub(super) label: &'r str,
    pub(super) weaknesses: &'r [u16],
    pub(super) licence: &'r str,
    pub(super) masked: u64,
}

impl<'r> Told<'r> {
    pub(super) fn of_label(row: &'r LabelRow) -> Self {
        let LabelRow { label, ref cwe, masked_secrets: masked, ref provenance, .. } = *row;
        Self { label: label.word(), weaknesses: cwe, licence: &provenance.licence, masked }
    }

    pub(super) fn of_change(provenance: &'r Provenance, weaknesses: &'r [u16], masked: u64) -> Self {
        Self { label: &provenance.origin, weaknesses, licence: &provenance.licence, masked }
    }
}
