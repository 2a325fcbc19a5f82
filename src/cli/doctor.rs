//! `assize doctor`

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::output::{Output, Tone, count};
use super::settings::Settings;
use super::{Cli, Exit, failure::Failure, place};
use crate::infer::{Choice, HOW_TO_GET, Role, Runtime};
use crate::remedy::prompt::Templates;
use crate::scan::{BadScanner, PRESETS, Scanner};
use crate::store::{Findings, Journal};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

#[derive(Debug, Serialize)]
struct Check {
    name: String,
    found: bool,
    what: String,
    hint: String,
}

pub(super) fn run(_: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let mut checks = vec![Check {
        name: "assize".into(),
        found: true,
        what: format!("version {}", env!("CARGO_PKG_VERSION")),
        hint: String::new(),
    }];
    workspace(cli, &mut checks);
    let settings = Settings::load(cli);
    match &settings {
        Ok(settings) => {
            checks.push(Check {
                name: "reviewer".into(),
                found: true,
                what: format!("{}, from {}", settings.reviewer.value, settings.reviewer.from),
                hint: String::new(),
            });
            checks.extend(settings.prompts.folder().map(prompts));
        }
        Err(failure) => checks.push(Check {
            name: "configuration".into(),
            found: false,
            what: failure.line(),
            hint: "mend the file or move it away".into(),
        }),
    }
    runtimes(&mut checks);
    let (set, file) = match &settings {
        Ok(settings) => (settings.scanners.each().cloned().collect(), own_file(settings)),
        Err(_) => (PRESETS.iter().map(|preset| Scanner::of(preset.name)).collect::<Vec<_>>(), None),
    };
    checks.extend(set.iter().map(|scanner| looks(scanner, file)));
    if output.json {
        output.document(&serde_json::json!({"checks": checks}))?;
        return Ok(Exit::Done);
    }
    let mut out = output.out();
    for check in &checks {
        let (sign, tone) = if check.found { ("✓", Tone::Good) } else { ("·", Tone::Dim) };
        writeln!(
            out,
            "{} {:<14} {}",
            output.paint(tone, sign),
            check.name,
            crate::text::visible(&check.what)
        )?;
        if !check.found && !check.hint.is_empty() {
            writeln!(out, "  {:<14} {}", "", output.paint(Tone::Dim, &check.hint))?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// Where the user's own configuration is, or would be.
fn own_file(settings: &Settings) -> Option<&Path> {
    let own = settings.files.iter().find(|(path, _)| path.ends_with("assize/config.toml"));
    own.map(|(path, _)| path.as_path())
}

/// Whether a scanner could look now, and what it lacks where not.
fn looks(scanner: &Scanner, file: Option<&Path>) -> Check {
    let preset = PRESETS.iter().find(|preset| preset.name == scanner.name);
    let about = preset.map_or("a scanner that you have set up", |preset| preset.about);
    let path = scanner.program().ok();
    let check = Check {
        name: scanner.name.clone(),
        found: path.is_some(),
        what: path.as_ref().map_or_else(|| about.to_owned(), |path| format!("{about}: {}", path.display())),
        hint: preset.map_or_else(String::new, |preset| preset.install.to_owned()),
    };
    let lacks = match scanner.command(Path::new(".")) {
        Err(BadScanner::NoRules) => "no rules are configured".to_owned(),
        Err(BadScanner::RulesNotThere(rules)) => format!("its rules are not at {}", rules.display()),
        _ => return check,
    };
    let Some(path) = path else { return check };
    let file = file.map_or_else(|| "your configuration".to_owned(), |file| file.display().to_string());
    Check {
        found: false,
        what: format!("{} is there, but {lacks}: nothing is scanned or rechecked by it", path.display()),
        hint: format!(
            "put `[scanner.{}]` and below it `rules = \"/a/folder/of/rules\"` into {file}, or `assize scan --rules`",
            scanner.name
        ),
        ..check
    }
}

/// The user's own templates of prompts.
fn prompts(folder: &Path) -> Check {
    let read = Templates::read(folder);
    Check {
        name: "prompts".into(),
        found: read.is_ok(),
        what: match &read {
            Ok(own) => own.own().iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "),
            Err(error) => error.to_string(),
        },
        hint: "mend the templates, or take `[prompts]` out of your configuration".into(),
    }
}

/// What runs models, and what of it was found and does not work.
fn runtimes(checks: &mut Vec<Check>) {
    let started = Choice::from_environment().and_then(Runtime::start);
    let native = matches!(&started, Ok(runtime) if runtime.name() == "native");
    match &started {
        Ok(runtime) => {
            for why in runtime.passed_over() {
                checks.push(Check {
                    name: "onnxruntime".into(),
                    found: false,
                    what: format!("passed over: {why}"),
                    hint: HOW_TO_GET.into(),
                });
            }
            checks.push(Check {
                name: "model runtime".into(),
                found: true,
                what: runtime.described(),
                hint: String::new(),
            });
        }
        Err(error) => checks.push(Check {
            name: "model runtime".into(),
            found: false,
            what: error.to_string(),
            hint: HOW_TO_GET.into(),
        }),
    }
    let passed_over = started.is_ok_and(|runtime| !runtime.passed_over().is_empty());
    if !native && !passed_over {
        checks.push(Check {
            name: "onnxruntime".into(),
            found: false,
            what: "the native runtime, which is faster, several times with int8".into(),
            hint: HOW_TO_GET.into(),
        });
    }
}

fn workspace(cli: &Cli, checks: &mut Vec<Check>) {
    let Ok(workspace) = place::workspace(cli) else {
        checks.push(Check {
            name: "workspace".into(),
            found: false,
            what: "none here".into(),
            hint: "`assize import` makes one".into(),
        });
        return;
    };
    checks.push(Check {
        name: "workspace".into(),
        found: true,
        what: workspace.root().display().to_string(),
        hint: String::new(),
    });
    if let Ok(desk) = place::desk(cli) {
        for role in Role::ALL {
            if let Ok(Some(there)) = desk.model_in(role) {
                let missing = desk.shelf().hold(&there.name).is_err();
                let by = there.by.map_or_else(
                    || "which comes with the program".to_owned(),
                    |by| format!("put there by {by}"),
                );
                checks.push(Check {
                    name: format!("{role} model"),
                    found: !missing,
                    what: format!("{}, {by}", there.name),
                    hint: "its files are not here: `assize model add DIR`".into(),
                });
            }
        }
    }
    let findings = Findings::open_to_read(&workspace.file("findings.db"));
    let journal = Journal::open_to_read(&workspace.file("journal.db"));
    let unbound = place::desk(cli).ok().and_then(|desk| desk.unbound().ok()).map_or(0, |cases| cases.len());
    let unbound = if unbound == 0 {
        String::new()
    } else {
        format!("; {} decided on that no import here has", count(unbound as u64, "case"))
    };
    let told = [
        (
            "findings.db",
            findings.map(|findings| {
                findings.and_then(|findings| findings.totals().ok()).map(|(findings, cases)| {
                    format!("{} in {}", count(findings, "finding"), count(cases, "case"))
                })
            }),
        ),
        (
            "journal.db",
            journal.map(|journal| {
                journal
                    .and_then(|journal| journal.len().ok())
                    .map(|entries| format!("{}{unbound}", count(entries, "entry")))
            }),
        ),
    ];
    for (name, state) in told {
        checks.push(match state {
            Ok(Some(what)) => Check { name: name.into(), found: true, what, hint: String::new() },
            Ok(None) => {
                Check { name: name.into(), found: false, what: "not there yet".into(), hint: String::new() }
            }
            Err(error) => {
                Check { name: name.into(), found: false, what: error.to_string(), hint: String::new() }
            }
        });
    }
}
