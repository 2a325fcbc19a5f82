//! The settings and where each comes from: the user's file, the workspace's, the environment, the flags.

mod account;
mod model;
mod prompts;
mod remedy;
mod scanners;
mod screen;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Cli, Color, failure::Failure, place};
use crate::docket::{BadWeight, Order, Weights};
use crate::domain::Reviewer;
use crate::tui::editor::{BadEditor, Editor};
use crate::tui::keymap::{BadBinding, Keymap};
use crate::tui::theme::Ground;
use account::{user, user_as_reviewer};
use model::ModelSettings;
use prompts::Prompts;
use remedy::RemedySettings;
use scanners::Scanners;
use screen::Screen;

/// A setting with the place that decided it.
#[derive(Debug, Clone)]
pub(super) struct Setting<T> {
    pub(super) value: T,
    pub(super) from: String,
}

impl<T> Setting<T> {
    fn new(value: T, from: impl Into<String>) -> Self {
        Self { value, from: from.into() }
    }
}

/// All settings.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) reviewer: Setting<Reviewer>,
    pub(super) order: Setting<Order>,
    pub(super) color: Setting<Color>,
    pub(super) workspace: Setting<String>,
    /// Whether the workstation asks for the reason of a verdict.
    pub(super) ask_reason: Setting<bool>,
    /// Whether what others think of a case is hidden until one's own first verdict.
    pub(super) blind: Setting<bool>,
    /// Which share of the cases comes up outside the order, drawn at random.
    pub(super) audit_share: Setting<f32>,
    /// Which share of one's own settled cases comes back…
    pub(super) return_share: Setting<f32>,
    /// …after how many days.
    pub(super) return_days: Setting<u32>,
    /// What the terminal's background is.
    pub(super) background: Setting<Background>,
    /// The editor, where one is set or the environment names one.
    pub(super) editor: Setting<Result<Editor, BadEditor>>,
    pub(super) keymap: Keymap,
    /// The commands whose keys were set: the keys, and where.
    keys_from: Vec<(String, Setting<Vec<String>>)>,
    /// What the workstation looks like.
    pub(super) screen: Screen,
    pub(super) weights: Weights,
    /// Where each weight comes from, in the order of their names.
    weights_from: [String; Weights::NAMES.len()],
    pub(super) scanners: Scanners,
    pub(super) prompts: Prompts,
    /// What a model's answers may cost.
    pub(super) model: ModelSettings,
    /// What is asked of a remedy.
    pub(super) remedy: RemedySettings,
    /// The files that were looked for, and whether they are there.
    pub(super) files: Vec<(PathBuf, bool)>,
}

/// A setting as `assize config` shows it.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) name: String,
    pub(super) value: serde_json::Value,
    pub(super) from: String,
}

/// What a file may set.
const NAMES: &str = "`reviewer`, `order`, `color`, `background`, `ask_reason`, `editor`, `blind`, `audit_share`, `return_share`, `return_days` and the tables `[keys]`, `[layout]`, \
    `[theme]`, `[worth]`, `[model]`, `[prompts]`, `[remedy]` and `[scanner.NAME]`";

/// What the terminal's background is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Background {
    /// As the terminal says, else dark.
    Auto,
    /// As told.
    Told(Ground),
}

impl Background {
    const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Told(Ground::Dark) => "dark",
            Self::Told(Ground::Light) => "light",
        }
    }

    /// The background, where it was told.
    pub(super) const fn told(self) -> Option<Ground> {
        match self {
            Self::Auto => None,
            Self::Told(ground) => Some(ground),
        }
    }
}

impl FromStr for Background {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let all = [Self::Auto, Self::Told(Ground::Dark), Self::Told(Ground::Light)];
        let known = all.into_iter().find(|known| known.word() == word);
        known.ok_or_else(|| format!("`{word}` is no background; there are `auto`, `dark` and `light`"))
    }
}

impl Settings {
    pub(super) fn load(cli: &Cli) -> Result<Self, Failure> {
        let workspace = place::workspace(cli).ok();
        let shown = workspace.as_ref().map_or("none".into(), |found| found.root().display().to_string());
        let mut settings = Self {
            reviewer: Setting::new(user_as_reviewer(), "the user of this machine"),
            order: Setting::new(Order::Worth, "default"),
            color: Setting::new(Color::Auto, "default"),
            workspace: Setting::new(shown, place::asked(cli).1),
            ask_reason: Setting::new(true, "default"),
            blind: Setting::new(false, "default"),
            audit_share: Setting::new(0.05, "default"),
            return_share: Setting::new(0.03, "default"),
            return_days: Setting::new(14, "default"),
            background: Setting::new(Background::Auto, "default"),
            editor: Setting::new(Editor::of_environment(|_| None), "default"),
            keymap: Keymap::default(),
            keys_from: Vec::new(),
            screen: Screen::default(),
            weights: Weights::default(),
            weights_from: std::array::from_fn(|_| "default".into()),
            scanners: Scanners::default(),
            prompts: Prompts::default(),
            model: ModelSettings::default(),
            remedy: RemedySettings::default(),
            files: Vec::new(),
        };
        let user_file = etcetera::base_strategy::choose_base_strategy()
            .ok()
            .map(|strategy| etcetera::BaseStrategy::config_dir(&strategy).join("assize").join("config.toml"));
        let workspace_file = workspace.as_ref().map(|workspace| workspace.file("config.toml"));
        settings.editor_of_environment();
        let files = [
            user_file.map(|path| (path, Whose::Users)),
            workspace_file.map(|path| (path, Whose::Workspaces)),
        ];
        for (path, whose) in files.into_iter().flatten() {
            let there = path.is_file();
            if there {
                settings.read(&path, whose)?;
            }
            settings.files.push((path, there));
        }
        settings.environment()?;
        if let Some(color) = cli.color {
            settings.color = Setting::new(color, "--color");
        }
        Ok(settings)
    }

    fn environment(&mut self) -> Result<(), Failure> {
        fn set<T: FromStr<Err: Display>>(setting: &mut Setting<T>, variable: &str) -> Result<(), Failure> {
            let Some(text) = environment(variable) else { return Ok(()) };
            let read = text.to_str().ok_or_else(|| "it is no text".to_owned());
            let read = read.and_then(|text| text.parse().map_err(|error: T::Err| error.to_string()));
            let value = read.map_err(|why| Failure::usage(format!("${variable}: {why}")))?;
            *setting = Setting::new(value, format!("${variable}"));
            Ok(())
        }
        set(&mut self.reviewer, "ASSIZE_REVIEWER")?;
        set(&mut self.order, "ASSIZE_ORDER")?;
        // https://no-color.org: any value but an empty one.
        if environment("NO_COLOR").is_some() {
            self.color = Setting::new(Color::Never, "$NO_COLOR");
        }
        Ok(())
    }

    /// Takes over what a file sets.
    fn read(&mut self, path: &Path, whose: Whose) -> Result<(), Failure> {
        let from = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| Failure::from(error).path(from.clone()))?;
        self.take(&text, &from, path, whose).map_err(|(at, message)| {
            let failure = Failure::usage(message).path(from.clone());
            match at {
                Some(byte) => failure.at(line_and_column(&text, byte)),
                None => failure,
            }
        })
    }

    fn take(&mut self, text: &str, from: &str, path: &Path, whose: Whose) -> Result<(), Wrong> {
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map(|span| span.start);
            (at, error.message().lines().collect::<Vec<_>>().join(", "))
        })?;
        for (name, value) in table.get_ref() {
            match name.get_ref().as_ref() {
                "reviewer" => self.reviewer = Setting::new(parsed(value)?, from),
                "order" => self.order = Setting::new(parsed(value)?, from),
                "color" => self.color = Setting::new(color(value)?, from),
                "background" => self.background = Setting::new(parsed(value)?, from),
                "ask_reason" => self.ask_reason = Setting::new(flag(value)?, from),
                "editor" if whose == Whose::Workspaces => {
                    let why = "`editor` names a program to be run: only your own configuration may set it";
                    return Err((Some(name.span().start), why.into()));
                }
                "editor" => self.editor = Setting::new(Ok(editor(value)?), from),
                "blind" => self.blind = Setting::new(flag(value)?, from),
                "audit_share" => self.audit_share = Setting::new(share(value)?, from),
                "return_share" => self.return_share = Setting::new(share(value)?, from),
                "return_days" => self.return_days = Setting::new(days(value)?, from),
                "keys" => self.take_keys(value, from)?,
                "layout" => self.screen.take_layout(value, from)?,
                "theme" => self.screen.take_theme(value, from)?,
                "worth" => self.take_weights(value, from)?,
                "model" => self.model.take(value, from)?,
                "remedy" => self.remedy.take(value, from, whose == Whose::Users)?,
                RUNS_PROGRAMS if whose == Whose::Workspaces => {
                    // A workspace may have come with the code that it is about.
                    let message = format!(
                        "`{RUNS_PROGRAMS}` names programs to run: it is set in your own configuration alone"
                    );
                    return Err((Some(name.span().start), message));
                }
                RUNS_PROGRAMS => {
                    self.scanners.take(value, from, path.parent().unwrap_or(Path::new("")))?;
                }
                "prompts" if whose == Whose::Workspaces => {
                    let why = "`prompts` decides what a model makes of code from outside: only your own configuration may set it";
                    return Err((Some(name.span().start), why.into()));
                }
                "prompts" => self.prompts.take(value, from, path.parent().unwrap_or(Path::new("")))?,
                other => {
                    let message = format!("unknown setting `{other}`; there are {NAMES}");
                    return Err((Some(name.span().start), message));
                }
            }
        }
        Ok(())
    }

    /// The editor that the environment names.
    fn editor_of_environment(&mut self) {
        let told = |name: &str| environment(name)?.into_string().ok();
        for name in ["VISUAL", "EDITOR"] {
            if told(name).is_some_and(|text| !text.trim().is_empty()) {
                // What is no command is told of when it is asked for, and ends no other command.
                self.editor = Setting::new(Editor::of_environment(told), format!("${name}"));
                return;
            }
        }
    }

    /// Keys of the workstation's commands: one in quotes, or a list of them.
    fn take_keys(&mut self, keys: &Spanned<DeValue<'_>>, from: &str) -> Result<(), Wrong> {
        let Some(table) = keys.get_ref().as_table() else {
            return Err((
                Some(keys.span().start),
                "`keys` is a table of keys by command, as `[keys]`".into(),
            ));
        };
        let mut said = BTreeMap::new();
        for (name, value) in table {
            let command = name.get_ref().as_ref();
            let keys: Vec<String> = match value.get_ref() {
                DeValue::Array(list) => {
                    list.iter().map(|key| text(key).map(str::to_owned)).collect::<Result<_, _>>()?
                }
                _ => vec![text(value)?.to_owned()],
            };
            let place = |error: BadBinding| match error {
                BadBinding::Action(_) => (Some(name.span().start), error.to_string()),
                BadBinding::Key(_) | BadBinding::Twice { .. } => {
                    (Some(value.span().start), error.to_string())
                }
            };
            // All that one file says is to agree; a nearer file may say otherwise.
            said.insert(command.to_owned(), keys.clone());
            Keymap::default().with(&said).map_err(place)?;
            let bound = BTreeMap::from([(command.to_owned(), keys.clone())]);
            self.keymap = std::mem::take(&mut self.keymap).with(&bound).map_err(place)?;
            self.keys_from.retain(|(known, _)| known != command);
            self.keys_from.push((command.to_owned(), Setting::new(keys, from)));
        }
        // Only of all of it: what takes a key and what gives another stand in any order.
        self.keymap.has_ways_out().map_err(|error| {
            let is_why = |command: &str| said.get(command).is_some_and(|keys| error.is_by(command, keys));
            let entry = table.iter().find(|(name, _)| is_why(name.get_ref().as_ref()));
            let at = entry.map_or_else(|| keys.span().start, |(_, value)| value.span().start);
            (Some(at), error.to_string())
        })
    }

    fn take_weights(&mut self, worth: &Spanned<DeValue<'_>>, from: &str) -> Result<(), Wrong> {
        let Some(table) = worth.get_ref().as_table() else {
            return Err((Some(worth.span().start), "`worth` is a table of weights, as `[worth]`".into()));
        };
        for (name, value) in table {
            let term = name.get_ref().as_ref();
            let number = number(value);
            self.weights.set(term, number.unwrap_or(f32::NAN)).map_err(|error| match error {
                BadWeight::UnknownTerm => {
                    (Some(name.span().start), format!("unknown weight `{term}`; {error}"))
                }
                BadWeight::OffScale => (Some(value.span().start), format!("`{term}`: {error}")),
            })?;
            let places = Weights::NAMES.iter().zip(&mut self.weights_from);
            for (_, place) in places.filter(|(name, _)| **name == term) {
                from.clone_into(place);
            }
        }
        Ok(())
    }

    /// Every setting, as `assize config` shows them.
    pub(super) fn all(&self) -> Vec<Shown> {
        fn shown(name: &str, value: impl Into<serde_json::Value>, from: &str) -> Shown {
            Shown { name: name.into(), value: value.into(), from: from.into() }
        }
        let mut all = vec![
            shown("workspace", self.workspace.value.as_str(), &self.workspace.from),
            shown("reviewer", self.reviewer.value.as_str(), &self.reviewer.from),
            shown("order", self.order.value.word(), &self.order.from),
            shown("color", self.color.value.word(), &self.color.from),
            shown("background", self.background.value.word(), &self.background.from),
            shown("ask_reason", self.ask_reason.value, &self.ask_reason.from),
            match &self.editor.value {
                Ok(editor) => shown("editor", editor.words().to_vec(), &self.editor.from),
                Err(why) => shown("editor", why.to_string(), &self.editor.from),
            },
            shown("blind", self.blind.value, &self.blind.from),
            shown("audit_share", digits(self.audit_share.value), &self.audit_share.from),
            shown("return_share", digits(self.return_share.value), &self.return_share.from),
            shown("return_days", self.return_days.value, &self.return_days.from),
        ];
        for (command, keys) in &self.keys_from {
            all.push(shown(&format!("keys.{command}"), keys.value.clone(), &keys.from));
        }
        all.extend(self.screen.shown());
        all.extend(self.scanners.shown());
        all.extend(self.model.shown());
        all.extend(self.prompts.shown());
        all.extend(self.remedy.shown());
        for ((term, weight), from) in self.weights.each().zip(&self.weights_from) {
            all.push(shown(&format!("worth.{term}"), digits(weight), from));
        }
        all
    }

    /// The user of this machine.
    pub(super) fn user(&self) -> String {
        user()
    }

    /// This machine, as far as it has a name that lasts.
    pub(super) fn machine(&self) -> String {
        let read = |path: &str| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
        let named = |text: Option<String>| text.filter(|text| !text.is_empty());
        named(read("/etc/machine-id"))
            .or_else(|| named(rustix::system::uname().nodename().to_str().ok().map(str::to_owned)))
            .unwrap_or_else(|| "machine".into())
    }
}

/// Whose file settings are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The user's own.
    Users,
    /// The workspace's.
    Workspaces,
}

/// The settings that name programs to run.
const RUNS_PROGRAMS: &str = "scanner";

/// What is wrong with a file, and at which byte.
type Wrong = (Option<usize>, String);

/// A variable of the environment; an empty one is none.
pub(super) fn environment(variable: &str) -> Option<OsString> {
    std::env::var_os(variable).filter(|value| !value.is_empty())
}

fn text<'v>(value: &'v Spanned<DeValue<'_>>) -> Result<&'v str, Wrong> {
    let is_none = || (Some(value.span().start), "a text in quotes is wanted here".to_owned());
    value.get_ref().as_str().ok_or_else(is_none)
}

fn parsed<T: FromStr<Err: Display>>(value: &Spanned<DeValue<'_>>) -> Result<T, Wrong> {
    text(value)?.parse().map_err(|error: T::Err| (Some(value.span().start), error.to_string()))
}

/// A program and its arguments: words in a list.
fn editor(value: &Spanned<DeValue<'_>>) -> Result<Editor, Wrong> {
    let at = Some(value.span().start);
    let DeValue::Array(list) = value.get_ref() else { return Err((at, BadEditor::Empty.to_string())) };
    let words = list.iter().map(|word| text(word).map(str::to_owned)).collect::<Result<Vec<_>, _>>()?;
    Editor::new(words).map_err(|error| (at, error.to_string()))
}

fn flag(value: &Spanned<DeValue<'_>>) -> Result<bool, Wrong> {
    match value.get_ref() {
        DeValue::Boolean(flag) => Ok(*flag),
        _ => Err((Some(value.span().start), "`true` or `false` is wanted here".into())),
    }
}

/// A number; `None` where there is something else.
fn number(value: &Spanned<DeValue<'_>>) -> Option<f32> {
    match value.get_ref() {
        DeValue::Float(float) => float.as_str().parse().ok(),
        DeValue::Integer(integer) => integer.as_str().parse().ok(),
        _ => None,
    }
}

fn share(value: &Spanned<DeValue<'_>>) -> Result<f32, Wrong> {
    let wrong = || (Some(value.span().start), "a share from 0 to 1 is wanted here, as 0.05".to_owned());
    number(value).filter(|share| (0.0..=1.0).contains(share)).ok_or_else(wrong)
}

fn days(value: &Spanned<DeValue<'_>>) -> Result<u32, Wrong> {
    let wrong = || (Some(value.span().start), "a number of whole days is wanted here, as 14".to_owned());
    let days = number(value).filter(|days| days.fract() == 0.0 && (0.0..=36_500.0).contains(days));
    days.map(|days| days as u32).ok_or_else(wrong)
}

/// A number by its digits: 0.1 as a wider float would be 0.10000000149.
fn digits(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_default()
}

fn color(value: &Spanned<DeValue<'_>>) -> Result<Color, Wrong> {
    let word = text(value)?;
    Color::from_str(word, true).map_err(|_| {
        (Some(value.span().start), format!("`{word}` is no way to use colour; {}", Color::WORDS))
    })
}

fn line_and_column(text: &str, byte: usize) -> String {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_in_lines_and_characters() {
        assert_eq!(line_and_column("a = 1\nüb = 2", 6), "line 2, column 1");
        assert_eq!(line_and_column("a = 1\nüb = 2", 8), "line 2, column 2");
    }
}
