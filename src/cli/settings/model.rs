//! Whether a model is asked and what its answers may cost, as the configuration has it: `[model]`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::scanners::least_one;
use super::{Shown, Wrong, flag};
use crate::infer::{Limits, MOST_ANSWERS};

/// What may be set.
const NAMES: &str = "`ask`, `answers`, `tokens` and `seconds`";

/// How many answers are sought where nothing is set.
const ANSWERS: usize = 4;

const MOST_TOKENS: u64 = 32_768;
const MOST_SECONDS: u64 = 24 * 3600;

/// The limits of a model's answers, and where each was set.
#[derive(Debug)]
pub(in crate::cli) struct ModelSettings {
    /// Whether a model that nobody names is asked.
    pub(in crate::cli) ask: bool,
    pub(in crate::cli) limits: Limits,
    from: BTreeMap<String, String>,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self { ask: true, limits: Limits { answers: ANSWERS, ..Limits::default() }, from: BTreeMap::new() }
    }
}

impl ModelSettings {
    /// Takes over what a file sets.
    pub(super) fn take(&mut self, table: &Spanned<DeValue<'_>>, from: &str) -> Result<(), Wrong> {
        let no_table = || (Some(table.span().start), "`model` is a table, as `[model]`".to_owned());
        for (name, value) in table.get_ref().as_table().ok_or_else(no_table)? {
            let limits = &mut self.limits;
            match name.get_ref().as_ref() {
                "ask" => self.ask = flag(value)?,
                "answers" => limits.answers = within(value, 1..=MOST_ANSWERS as u64)? as usize,
                "tokens" => limits.tokens = within(value, 1..=MOST_TOKENS)? as usize,
                "seconds" => limits.time = Duration::from_secs(within(value, 1..=MOST_SECONDS)?),
                other => {
                    let message = format!("unknown setting `{other}` of models; there are {NAMES}");
                    return Err((Some(name.span().start), message));
                }
            }
            self.from.insert(name.get_ref().to_string(), from.to_owned());
        }
        Ok(())
    }

    /// All of them, as `assize config` shows them.
    pub(super) fn shown(&self) -> impl Iterator<Item = Shown> {
        let limits = &self.limits;
        let all: [(&str, Value); 4] = [
            ("ask", json!(self.ask)),
            ("answers", json!(limits.answers)),
            ("tokens", json!(limits.tokens)),
            ("seconds", json!(limits.time.as_secs())),
        ];
        all.into_iter().map(|(name, value)| Shown {
            name: format!("model.{name}"),
            value,
            from: self.from.get(name).cloned().unwrap_or_else(|| "default".into()),
        })
    }
}

fn within(value: &Spanned<DeValue<'_>>, range: RangeInclusive<u64>) -> Result<u64, Wrong> {
    let number = least_one(value)?;
    if range.contains(&number) {
        return Ok(number);
    }
    Err((Some(value.span().start), format!("at most {} is wanted here", range.end())))
}
