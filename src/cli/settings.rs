//! The settings and where each comes from: the user's file, the workspace's, the environment, the flags.

use std::path::PathBuf;

use serde::Deserialize;

use super::{Cli, failure::Failure, place};

/// A setting with the place that decided it.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) from: String,
}

/// All settings.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) reviewer: Setting,
    pub(super) order: Setting,
    pub(super) workspace: Setting,
    /// The files that were looked for, and whether they are there.
    pub(super) files: Vec<(PathBuf, bool)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reviewer: Option<String>,
    order: Option<String>,
}

impl Settings {
    pub(super) fn load(cli: &Cli) -> Result<Self, Failure> {
        let mut reviewer =
            Setting { name: "reviewer", value: user(), from: "the user of this machine".into() };
        let mut order = Setting { name: "order", value: "worth".into(), from: "default".into() };
        let workspace = place::workspace(cli).ok();
        let mut files = Vec::new();
        let user_file = etcetera::base_strategy::choose_base_strategy()
            .ok()
            .map(|strategy| etcetera::BaseStrategy::config_dir(&strategy).join("assize").join("config.toml"));
        let workspace_file = workspace.as_ref().map(|workspace| workspace.file("config.toml"));
        for path in [user_file, workspace_file].into_iter().flatten() {
            let there = path.is_file();
            if there {
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| Failure::from(error).path(path.display().to_string()))?;
                let file: File = toml::from_str(&text)
                    .map_err(|error| Failure::usage(error.to_string()).path(path.display().to_string()))?;
                let from = path.display().to_string();
                for (setting, value) in [(&mut reviewer, file.reviewer), (&mut order, file.order)] {
                    if let Some(value) = value {
                        *setting = Setting { name: setting.name, value, from: from.clone() };
                    }
                }
            }
            files.push((path, there));
        }
        for (setting, variable) in [(&mut reviewer, "ASSIZE_REVIEWER"), (&mut order, "ASSIZE_ORDER")] {
            if let Ok(value) = std::env::var(variable) {
                *setting = Setting { name: setting.name, value, from: format!("${variable}") };
            }
        }
        order
            .value
            .parse::<crate::docket::Order>()
            .map_err(|error| Failure::usage(error.to_string()).path(order.from.clone()))?;
        let workspace = Setting {
            name: "workspace",
            value: workspace
                .as_ref()
                .map_or("none", |workspace| workspace.root().to_str().unwrap_or("?"))
                .to_owned(),
            from: match (&cli.workspace, std::env::var_os("ASSIZE_WORKSPACE")) {
                (Some(_), None) => "--workspace".into(),
                (Some(_), Some(_)) => "--workspace or $ASSIZE_WORKSPACE".into(),
                (None, _) => "the nearest folder upward with .assize".into(),
            },
        };
        Ok(Self { reviewer, order, workspace, files })
    }

    pub(super) fn all(&self) -> [&Setting; 3] {
        [&self.workspace, &self.reviewer, &self.order]
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

fn user() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| format!("uid{}", rustix::process::getuid().as_raw()))
}
