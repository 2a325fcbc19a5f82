//! The files that are kept: their text without the secrets that claims point at.

use std::borrow::Cow;
use std::ops::Range;

use super::Apply;
use crate::domain::Digest;
use crate::ingest::context::SourceFile;
use crate::ingest::import::ImportError;
use crate::ingest::secrets::{Spans, WHOLE_LEAD, cover, like, occurrences, texts, united};

impl Apply<'_, '_, '_> {
    /// Keeps a file of a path; `secrets` is what this import's claims point at in it. What was masked in the file
    /// before is masked again, whoever reports it.
    pub(super) fn keep_file(
        &mut self,
        path: u32,
        file: &SourceFile,
        secrets: &[Range<usize>],
    ) -> Result<u32, ImportError> {
        let mut spans: Spans = secrets.to_vec();
        if self.hides {
            for snapshot in self.writer.snapshots_at(path)? {
                let hidden = self.writer.hidden_in(snapshot)?;
                if !hidden.is_empty()
                    && let Some(text) = self.writer.snapshot_text(snapshot)?
                {
                    spans.extend(like(&text, &hidden, file.text(), WHOLE_LEAD));
                }
            }
        }
        if spans.is_empty() {
            return Ok(self.writer.snapshot(&file.digest, file.encoding, file.text(), &[])?);
        }
        self.hides = true;
        let secrets = texts(file.text(), &united(spans.clone()));
        spans.extend(occurrences(file.text(), &secrets));
        let spans = united(spans);
        let text = cover(file.text(), &spans);
        let digest = Digest::of(text.as_bytes());
        if self.writer.snapshot_of(&digest)?.is_none() {
            self.hide_in_what_was_kept(path, &secrets)?;
        }
        let snapshot = self.writer.snapshot(&digest, file.encoding, &text, &spans)?;
        for secret in secrets {
            if !self.secrets.contains(&secret) {
                self.secrets.push(secret);
            }
        }
        Ok(snapshot)
    }

    /// Masks secrets in what was kept of a file before anybody told that they are some.
    fn hide_in_what_was_kept(&mut self, path: u32, secrets: &[String]) -> Result<(), ImportError> {
        for snapshot in self.writer.snapshots_at(path)? {
            let Some(text) = self.writer.snapshot_text(snapshot)? else { continue };
            let found = occurrences(&text, secrets);
            if found.is_empty() {
                continue;
            }
            let hidden = self.writer.hidden_in(snapshot)?;
            let spans = united(hidden.into_iter().chain(found).collect());
            let text = cover(&text, &spans);
            let mut digest = Digest::of(text.as_bytes());
            if self.writer.snapshot_of(&digest)?.is_some_and(|other| other != snapshot) {
                // Two files that differed in their secrets alone are the same text now, and stay two rows.
                digest = Digest::of(format!("{digest} {snapshot}").as_bytes());
            }
            self.writer.hide_in_snapshot(snapshot, &digest, &text, &spans)?;
        }
        for secret in
            secrets.iter().filter(|secret| !occurrences(&quoted(secret), &[(*secret).clone()]).is_empty())
        {
            self.writer.hide_in_differences(path, secret, &covered(secret))?;
        }
        Ok(())
    }

    /// A snapshot's text, and a file's text with what is masked in the snapshot masked too: the two are compared.
    pub(super) fn beside<'f>(
        &self,
        snapshot: u32,
        file: &'f str,
    ) -> Result<Option<(String, Cow<'f, str>)>, ImportError> {
        let Some(old) = self.writer.snapshot_text(snapshot)? else { return Ok(None) };
        let hidden = if self.hides { self.writer.hidden_in(snapshot)? } else { Spans::new() };
        let new = if hidden.is_empty() {
            Cow::Borrowed(file)
        } else {
            Cow::Owned(cover(file, &like(&old, &hidden, file, 1)))
        };
        Ok(Some((old, new)))
    }

    /// A difference without the secrets that this import told of.
    pub(super) fn without_secrets(&self, diff: String) -> String {
        let spans = occurrences(&diff, &self.secrets);
        if spans.is_empty() { diff } else { cover(&diff, &spans) }
    }
}

fn covered(secret: &str) -> String {
    cover(secret, std::slice::from_ref(&(0..secret.len())))
}

fn quoted(secret: &str) -> String {
    format!(" {secret} ")
}
