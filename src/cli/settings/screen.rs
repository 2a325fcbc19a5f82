//! What the workstation looks like: the tables `[layout]` and `[theme]`.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Setting, Shown, Wrong, parsed, text};
use crate::tui::theme::{Depth, Looks, Theme};
use crate::tui::{Hidden, Layout, Pane};

/// Layout and theme, and where what is set of them comes from.
#[derive(Debug, Default)]
pub(in crate::cli) struct Screen {
    pub(in crate::cli) layout: Layout,
    looks: Looks,
    depth: Option<Depth>,
    ascii: Option<bool>,
    /// What was set, by its whole name: the value as written, and where.
    set: Vec<(String, Setting<serde_json::Value>)>,
}

impl Screen {
    /// Changes what was found out of the terminal into what was told.
    pub(in crate::cli) fn paint(&self, theme: &mut Theme) {
        theme.depth = self.depth.unwrap_or(theme.depth);
        theme.unicode = self.ascii.map_or(theme.unicode, |ascii| !ascii);
        theme.looks = self.looks;
    }

    /// What was set.
    pub(super) fn shown(&self) -> impl Iterator<Item = Shown> + '_ {
        self.set.iter().map(|(name, setting)| Shown {
            name: name.clone(),
            value: setting.value.clone(),
            from: setting.from.clone(),
        })
    }

    fn note(&mut self, name: String, value: impl Into<serde_json::Value>, from: &str) {
        self.set.retain(|(known, _)| *known != name);
        self.set.push((name, Setting::new(value.into(), from)));
    }

    pub(super) fn take_layout(&mut self, layout: &Spanned<DeValue<'_>>, from: &str) -> Result<(), Wrong> {
        for (name, value) in table(layout, "layout")? {
            let at = Some(value.span().start);
            let word = name.get_ref().as_ref();
            let width = || Layout::width(number(value)?).map_err(|error| (at, error.to_string()));
            match word {
                "list" => self.layout.widths.list = width()?,
                "case" => self.layout.widths.case = width()?,
                "stack" => {
                    let stack = Layout::stack(number(value)?);
                    self.layout.stack = stack.map_err(|error| (at, error.to_string()))?;
                }
                "panes" => {
                    let shown = panes(value)?;
                    let none = || (at, "one pane at least is shown".to_owned());
                    self.layout.hidden = Hidden::but(&shown).ok_or_else(none)?;
                    let names: Vec<&str> = shown.iter().map(|pane| pane.name()).collect();
                    self.note("layout.panes".into(), names, from);
                    continue;
                }
                other => {
                    let message = format!(
                        "unknown setting `{other}` of the layout; there are `list`, `case`, `stack` and `panes`"
                    );
                    return Err((Some(name.span().start), message));
                }
            }
            self.note(format!("layout.{word}"), number(value)?, from);
        }
        Ok(())
    }

    pub(super) fn take_theme(&mut self, theme: &Spanned<DeValue<'_>>, from: &str) -> Result<(), Wrong> {
        for (name, value) in table(theme, "theme")? {
            let at = value.span().start;
            let word = name.get_ref().as_ref();
            let written = text(value)?;
            match (word, written) {
                ("depth", "auto") => self.depth = None,
                ("depth", _) => {
                    let wrong = |error| (Some(at), format!("`{written}` is no depth of colours; {error}"));
                    self.depth = Some(written.parse().map_err(wrong)?);
                }
                ("signs", "auto") => self.ascii = None,
                ("signs", "ascii" | "unicode") => self.ascii = Some(written == "ascii"),
                ("signs", _) => {
                    return Err((Some(at), "signs are `auto`, `ascii` or `unicode`".to_owned()));
                }
                _ => self.looks.set(word, parsed(value)?).map_err(|error| {
                    (Some(name.span().start), format!("{error}; and `depth` and `signs`"))
                })?,
            }
            self.note(format!("theme.{word}"), written, from);
        }
        Ok(())
    }
}

fn table<'v, 'i>(value: &'v Spanned<DeValue<'i>>, name: &str) -> Result<&'v DeTable<'i>, Wrong> {
    let wrong = || (Some(value.span().start), format!("`{name}` is a table, as `[{name}]`"));
    value.get_ref().as_table().ok_or_else(wrong)
}

fn number(value: &Spanned<DeValue<'_>>) -> Result<i64, Wrong> {
    let number = match value.get_ref() {
        DeValue::Integer(integer) => integer.as_str().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| (Some(value.span().start), "a number of columns is wanted here".to_owned()))
}

fn panes(value: &Spanned<DeValue<'_>>) -> Result<Vec<Pane>, Wrong> {
    let DeValue::Array(list) = value.get_ref() else {
        let message = "a list of panes is wanted here, as [\"list\", \"code\", \"case\"]";
        return Err((Some(value.span().start), message.to_owned()));
    };
    list.iter()
        .map(|pane| {
            let word = text(pane)?;
            let known = Pane::ALL.into_iter().find(|known| known.name() == word);
            known.ok_or_else(|| {
                let message = format!("`{word}` is no pane; there are `list`, `code` and `case`");
                (Some(pane.span().start), message)
            })
        })
        .collect()
}
