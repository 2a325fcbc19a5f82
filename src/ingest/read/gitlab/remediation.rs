//! The patches that a GitLab report carries beside its vulnerabilities, base64 of a diff each.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::element::note;
use crate::ingest::look::Look;

/// Patches of more than this together are not kept: they are proposals, and the claims matter more.
const LIMIT: usize = 32 << 20;

/// Patches by the id or the compare key of what they fix.
#[derive(Debug, Default)]
pub(super) struct Remediations {
    by_key: BTreeMap<String, Vec<usize>>,
    patches: Vec<(String, String)>,
    held: usize,
}

impl Remediations {
    /// Takes an element of `remediations`.
    pub(super) fn add(&mut self, value: &Value) {
        let summary = value.text("summary").to_owned();
        let diff =
            decode(value.text("diff")).map_or(String::new(), |bytes| String::from_utf8_lossy(&bytes).into());
        self.held = self.held.saturating_add(summary.len() + diff.len());
        if self.held > LIMIT {
            return;
        }
        let index = self.patches.len();
        for fix in value.list("fixes") {
            for key in [fix.text("id"), fix.text("cve")] {
                if !key.is_empty() {
                    self.by_key.entry(key.to_owned()).or_default().push(index);
                }
            }
        }
        self.patches.push((summary, diff));
    }

    /// Adds the patches for a vulnerability to its notes.
    pub(super) fn note(&self, vulnerability: &Value, notes: &mut Vec<(String, String)>) {
        let keys = [vulnerability.text("id"), vulnerability.text("cve")];
        let mut indices: Vec<usize> =
            keys.iter().filter_map(|key| self.by_key.get(*key)).flatten().copied().collect();
        indices.sort_unstable();
        indices.dedup();
        for (summary, diff) in indices.into_iter().filter_map(|index| self.patches.get(index)) {
            note(notes, "proposed fix", summary.as_str());
            note(notes, "proposed diff", diff.as_str());
        }
    }
}

/// Decodes base64 of the standard or the URL alphabet, white space and padding passed over; none if it is no such.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded_in_both_alphabets() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("LS0tIGE=", b"--- a"),
            ("LS0t\nIGEK", b"--- a\n"),
            ("_-8", b"\xff\xef"),
            ("/+8=", b"\xff\xef"),
        ] {
            assert_eq!(decode(text).as_deref(), Some(bytes), "{text}");
        }
        assert_eq!(decode("<no>"), None);
    }
}
