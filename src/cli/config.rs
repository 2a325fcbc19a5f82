//! `assize config`

use std::io::Write;

use super::output::{Output, Tone};
use super::settings::{Settings, Shown};
use super::{Cli, Exit, failure::Failure, place};
use crate::jobs::{SAVED, read_saved};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(super) fn run(_: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let settings = Settings::load(cli)?;
    let mut all = settings.all();
    if let Ok(workspace) = place::workspace(cli) {
        let from = workspace.file(SAVED).display().to_string();
        let saved = read_saved(&workspace)?;
        all.extend(saved.iter().map(|(name, text)| Shown {
            name: format!("filters.{name}"),
            value: text.into(),
            from: from.clone(),
        }));
    }
    if output.json {
        let values: serde_json::Map<String, serde_json::Value> = all
            .into_iter()
            .map(|setting| (setting.name, serde_json::json!({"value": setting.value, "from": setting.from})))
            .collect();
        let files: Vec<_> = settings
            .files
            .iter()
            .map(|(path, there)| serde_json::json!({"path": path.display().to_string(), "there": there}))
            .collect();
        output.document(&serde_json::json!({"settings": values, "files": files}))?;
        return Ok(Exit::Done);
    }
    let mut out = output.out();
    for setting in all {
        let value = setting.value.as_str().map_or_else(|| setting.value.to_string(), str::to_owned);
        writeln!(
            out,
            "{:<16} {:<24} {}",
            setting.name,
            crate::text::visible(&value),
            output.paint(Tone::Dim, &setting.from)
        )?;
    }
    for (path, there) in &settings.files {
        let there = if *there { "read" } else { "not there" };
        writeln!(out, "{}", output.paint(Tone::Dim, &format!("{there}: {}", path.display())))?;
    }
    out.flush()?;
    Ok(Exit::Done)
}
