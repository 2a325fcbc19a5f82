//! The scanners as the configuration has them: `[scanner.NAME]`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use toml::Spanned;
use toml::de::DeValue;

use super::{Shown, Wrong, flag, text};
use crate::scan::{PRESETS, Reach, Scanner};

/// What may be set of a scanner.
const NAMES: &str = "`command`, `files`, `exits`, `targets`, `unsuppressed`, `on`, `rules`, `timeout`, `memory`, `output`, `format` and \
     `env`";

/// The scanners by name, those that are known first, and where each was set.
#[derive(Debug)]
pub(in crate::cli) struct Scanners(Vec<(Scanner, Option<String>)>);

impl Default for Scanners {
    fn default() -> Self {
        Self(PRESETS.iter().map(|preset| (Scanner::of(preset.name), None)).collect())
    }
}

impl Scanners {
    /// All of them.
    pub(in crate::cli) fn each(&self) -> impl Iterator<Item = &Scanner> {
        self.0.iter().map(|(scanner, _)| scanner)
    }

    /// Takes over what a file sets; `folder` is where its relative paths begin.
    pub(super) fn take(
        &mut self,
        tables: &Spanned<DeValue<'_>>,
        from: &str,
        folder: &Path,
    ) -> Result<(), Wrong> {
        let no_table = || (Some(tables.span().start), "a scanner is a table, as `[scanner.NAME]`".to_owned());
        for (name, table) in tables.get_ref().as_table().ok_or_else(no_table)? {
            let name = name.get_ref().as_ref();
            if !self.0.iter().any(|(scanner, _)| scanner.name == name) {
                self.0.push((Scanner::new(name), None));
            }
            let Some((scanner, place)) = self.0.iter_mut().find(|(scanner, _)| scanner.name == name) else {
                continue;
            };
            *place = Some(from.to_owned());
            for (setting, value) in table.get_ref().as_table().ok_or_else(no_table)? {
                set(scanner, setting, value, folder)?;
            }
            if scanner.command.is_empty() {
                let message = format!("`{name}` is no scanner that is known, so it needs a `command`");
                return Err((Some(table.span().start), message));
            }
            scanner.reads().map_err(|error| (Some(table.span().start), error.to_string()))?;
        }
        Ok(())
    }

    /// Those that were set, as `assize config` shows them.
    pub(super) fn shown(&self) -> impl Iterator<Item = Shown> {
        let set = self.0.iter().filter_map(|(scanner, from)| Some((scanner, from.clone()?)));
        set.map(|(scanner, from)| Shown {
            name: format!("scanner.{}", scanner.name),
            value: json!({
                "command": scanner.command, "files": scanner.files, "exits": scanner.exits,
                "targets": scanner.targets.word(), "unsuppressed": scanner.unsuppressed, "on": scanner.is_on,
                "rules": scanner.rules, "timeout": scanner.limits.time.as_secs(),
                "memory": scanner.limits.memory >> 20, "output": scanner.limits.output >> 20,
                "format": scanner.format, "env": scanner.pass,
            }),
            from,
        })
    }
}

fn set(
    scanner: &mut Scanner,
    setting: &Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
    folder: &Path,
) -> Result<(), Wrong> {
    match setting.get_ref().as_ref() {
        "command" => scanner.command = texts(value)?,
        "files" => scanner.files = texts(value)?,
        "exits" => scanner.exits = list(value, number)?,
        "targets" => {
            let words = Reach::ALL.map(|reach| format!("\"{}\"", reach.word())).join(", ");
            let wrong = || (Some(value.span().start), format!("one of these is wanted here: {words}"));
            let word = text(value)?;
            scanner.targets = Reach::ALL.into_iter().find(|reach| reach.word() == word).ok_or_else(wrong)?;
        }
        "unsuppressed" => scanner.unsuppressed = texts(value)?,
        "on" => scanner.is_on = flag(value)?,
        "rules" => scanner.rules = Some(folder.join(PathBuf::from(text(value)?))),
        "timeout" => scanner.limits.time = Duration::from_secs(least_one(value)?),
        "memory" => scanner.limits.memory = least_one(value)?.saturating_mul(1 << 20),
        "output" => scanner.limits.output = least_one(value)?.saturating_mul(1 << 20),
        "format" => scanner.format = Some(text(value)?.to_owned()),
        "env" => scanner.pass = texts(value)?,
        other => {
            let message = format!("unknown setting `{other}` of a scanner; there are {NAMES}");
            return Err((Some(setting.span().start), message));
        }
    }
    Ok(())
}

pub(super) fn list<T>(
    value: &Spanned<DeValue<'_>>,
    read: impl Fn(&Spanned<DeValue<'_>>) -> Result<T, Wrong>,
) -> Result<Vec<T>, Wrong> {
    match value.get_ref() {
        DeValue::Array(list) => list.iter().map(read).collect(),
        _ => Err((Some(value.span().start), "a list is wanted here, as `[\"…\", \"…\"]`".into())),
    }
}

pub(super) fn texts(value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, Wrong> {
    list(value, |value| text(value).map(str::to_owned))
}

fn number<T: std::str::FromStr>(value: &Spanned<DeValue<'_>>) -> Result<T, Wrong> {
    let wrong = || (Some(value.span().start), "a whole number is wanted here".to_owned());
    match value.get_ref() {
        DeValue::Integer(number) => number.as_str().parse().map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

pub(super) fn least_one(value: &Spanned<DeValue<'_>>) -> Result<u64, Wrong> {
    match number(value)? {
        0 => Err((Some(value.span().start), "at least 1 is wanted here".into())),
        number => Ok(number),
    }
}
