//! What is asked of a remedy, as the configuration has it: `[remedy]`.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::scanners::{least_one, list, texts};
use super::{Shown, Wrong, text};
use crate::domain::Severity;
use crate::remedy::{CheckKind, Policy};

/// What may be set.
const NAMES: &str =
    "`required`, `max_lines`, `max_tokens`, `max_scopes`, `new_findings`, `check` and `check_timeout`";

/// The policy, and where each part of it was set.
#[derive(Debug, Default)]
pub(in crate::cli) struct RemedySettings {
    pub(in crate::cli) policy: Policy,
    from: BTreeMap<String, String>,
}

impl RemedySettings {
    /// Takes over what a file sets; only the `user`'s own may name a program.
    pub(super) fn take(&mut self, value: &Spanned<DeValue<'_>>, from: &str, user: bool) -> Result<(), Wrong> {
        let no_table = || (Some(value.span().start), "`remedy` is a table, as `[remedy]`".to_owned());
        for (name, value) in value.get_ref().as_table().ok_or_else(no_table)? {
            let policy = &mut self.policy;
            let count = |value| least_one(value).map(|number| usize::try_from(number).unwrap_or(usize::MAX));
            match name.get_ref().as_ref() {
                "required" => {
                    policy.required = list(value, |value| {
                        let word = text(value)?;
                        CheckKind::of_word(word).ok_or_else(|| {
                            let known: Vec<&str> = CheckKind::ALL.iter().map(|kind| kind.word()).collect();
                            (
                                Some(value.span().start),
                                format!("`{word}` is no check; there are {}", known.join(", ")),
                            )
                        })
                    })?
                    .into_iter()
                    .collect();
                }
                "max_lines" => policy.max_lines = count(value)?,
                "max_tokens" => policy.max_tokens = count(value)?,
                "max_scopes" => policy.max_scopes = count(value)?,
                "new_findings" => {
                    let word = text(value)?;
                    policy.new_findings = Severity::ALL
                        .into_iter()
                        .find(|grade| grade.word() == word)
                        .ok_or_else(|| (Some(value.span().start), format!("`{word}` is no severity")))?;
                }
                "check" if !user => {
                    // A workspace may have come with the code that it is about.
                    let why = "`check` names a program to be run: only your own configuration may set it";
                    return Err((Some(name.span().start), why.into()));
                }
                "check" => policy.check = texts(value)?,
                "check_timeout" => policy.check_timeout = least_one(value)?,
                other => {
                    let message = format!("unknown setting `{other}` of remedies; there are {NAMES}");
                    return Err((Some(name.span().start), message));
                }
            }
            self.from.insert(name.get_ref().to_string(), from.to_owned());
        }
        Ok(())
    }

    /// All of them, as `assize config` shows them.
    pub(super) fn shown(&self) -> impl Iterator<Item = Shown> {
        let policy = &self.policy;
        let required: Vec<&str> = policy.required.iter().map(|kind| kind.word()).collect();
        let all: [(&str, Value); 7] = [
            ("required", json!(required)),
            ("max_lines", json!(policy.max_lines)),
            ("max_tokens", json!(policy.max_tokens)),
            ("max_scopes", json!(policy.max_scopes)),
            ("new_findings", json!(policy.new_findings.word())),
            ("check", json!(policy.check)),
            ("check_timeout", json!(policy.check_timeout)),
        ];
        all.into_iter().map(|(name, value)| Shown {
            name: format!("remedy.{name}"),
            value,
            from: self.from.get(name).cloned().unwrap_or_else(|| "default".into()),
        })
    }
}
