//! The first pass over a run: everything but its results, wherever it stands.

use serde_json::Value;

use super::message;
use super::objects::{
    Artifact, ArtifactLocation, Descriptor, Invocation, LogicalEntry, Message, Notification, Reference,
    VersionControl,
};
use super::paths::{Location, Paths};
use super::place::Logical;
use super::rules::{self, Component, Rule, Rules};
use super::wire::{Many, Map, One};
use crate::domain::Columns;
use crate::ingest::json::{Json, Kind};
use crate::ingest::look::Look;
use crate::ingest::reader::{ReadError, RunHead};
use crate::ingest::tool::tool_word;

/// Parses the next value and hands it on; one that cannot be held or read is as good as empty. (No function: its
/// type parameter would have to be a type for every lifetime.)
macro_rules! parsed {
    ($json:expr, $type:ty, |$value:ident| $take:expr) => {{
        let mut again = Vec::new();
        let $value = match $json.raw()? {
            Some(raw) => raw.parse_borrowed::<$type>(&mut again)?.unwrap_or_default(),
            None => <$type>::default(),
        };
        $take;
    }};
}

/// How many troubles of one run are told one by one.
const TROUBLES: usize = 200;

/// How much of a trouble is told.
const TOLD: usize = 16 << 10;

/// What a run says beside its results.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) head: RunHead,
    pub(super) columns: Columns,
    pub(super) paths: Paths,
    pub(super) rules: Rules,
    pub(super) logical: Vec<Logical>,
    /// The run's own thread flow locations, not parsed: most are never asked for.
    pub(super) flows: Vec<Box<[u8]>>,
    /// Files that the run says it scanned.
    pub(super) covered: Vec<String>,
    declared: String,
    targets: Vec<usize>,
    extracted: Vec<Location>,
    overrides: Vec<(Reference<'static>, String)>,
    has_results: bool,
    untold: usize,
}

impl Run {
    /// Reads the run that is the next value.
    pub(super) fn read(json: &mut Json<'_>) -> Result<Self, ReadError> {
        let mut run = Self::default();
        json.object(|json, key| {
            match key {
                "tool" => run.tool(json)?,
                "results" => run.has_results = json.kind()? != Kind::Null,
                "artifacts" => {
                    json.array(|json, _| {
                        parsed!(json, One<Artifact<'_>>, |artifact| {
                            if artifact.roles.iter().any(|role| &**role == "analysisTarget") {
                                run.targets.push(run.paths.artifacts());
                            }
                            run.paths.artifact(&artifact);
                        });
                        Ok(())
                    })?;
                }
                "logicalLocations" => {
                    json.array(|json, _| {
                        parsed!(json, One<LogicalEntry<'_>>, |entry| {
                            run.logical.push(Logical {
                                name: entry.name.to_string(),
                                full: entry.fully_qualified_name.to_string(),
                                parent: entry.parent_index.index(),
                            });
                        });
                        Ok(())
                    })?;
                }
                "threadFlowLocations" => {
                    json.array(|json, _| {
                        run.flows.push(json.raw()?.map(|raw| raw.bytes().into()).unwrap_or_default());
                        Ok(())
                    })?;
                }
                "taxonomies" => {
                    json.array(|json, _| {
                        run.rules.taxonomies.push(component(json)?);
                        Ok(())
                    })?;
                }
                "originalUriBaseIds" => {
                    parsed!(json, Map<'_, One<ArtifactLocation<'_>>>, |bases| {
                        for (name, base) in &bases.0 {
                            run.paths.base(name, base);
                        }
                    });
                }
                "invocations" => {
                    json.array(|json, _| {
                        parsed!(json, One<Invocation<'_>>, |invocation| {
                            run.invocation(&invocation);
                        });
                        Ok(())
                    })?;
                }
                "columnKind" => run.declared = json.words()?,
                "versionControlProvenance" => {
                    json.array(|json, _| {
                        parsed!(json, One<VersionControl<'_>>, |details| {
                            if run.head.revision.is_empty() {
                                run.head.revision = details.revision_id.to_string();
                            }
                            if run.head.branch.is_empty() {
                                let branch =
                                    details.branch.strip_prefix("refs/heads/").unwrap_or(&details.branch);
                                run.head.branch = branch.to_owned();
                            }
                            run.paths.mapped_to(&details.mapped_to);
                        });
                        Ok(())
                    })?;
                }
                "externalPropertyFileReferences" => {
                    let references = json.value()?;
                    run.external(&references);
                }
                "properties" => {
                    let properties = json.value()?;
                    run.unparsed(&properties);
                }
                _ => {}
            }
            Ok(())
        })?;
        run.settle();
        Ok(run)
    }

    fn tool(&mut self, json: &mut Json<'_>) -> Result<(), ReadError> {
        json.object(|json, key| {
            match key {
                "driver" => self.rules.driver = component(json)?,
                "extensions" => {
                    json.array(|json, _| {
                        self.rules.extensions.push(component(json)?);
                        Ok(())
                    })?;
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(())
    }

    /// What needs all of the run.
    fn settle(&mut self) {
        let driver = &self.rules.driver;
        self.head.tool = tool_word(&driver.name);
        self.head.tool_version.clone_from(&driver.version);
        let tool = self.head.tool.as_str();
        self.columns = match (tool, self.declared.as_str()) {
            // They count bytes, whatever the format says of columns.
            ("semgrep" | "opengrep" | "bandit", _) => Columns::Bytes,
            // It declares UTF-16 and counts code points.
            ("flawfinder", _) | (_, "unicodeCodePoints") => Columns::Chars,
            _ => Columns::Utf16,
        };
        self.head.root = self.paths.settle();
        let overrides = std::mem::take(&mut self.overrides);
        self.rules.settle(tool, &overrides);
        // ESLint lists every file it looked at; others list those they mention.
        let lists_all = tool == "eslint";
        let targets = std::mem::take(&mut self.targets);
        let artifacts: Vec<usize> = if lists_all { (0..self.paths.artifacts()).collect() } else { targets };
        let extracted = std::mem::take(&mut self.extracted);
        self.head.coverage_is_complete = (lists_all && !artifacts.is_empty()) || !extracted.is_empty();
        self.covered = artifacts.into_iter().map(|index| self.paths.of_artifact(index)).collect();
        self.covered.extend(extracted.iter().map(|location| self.paths.of_copy(location)));
        self.covered.retain(|path| !path.is_empty());
        self.covered.sort_unstable();
        self.covered.dedup();
        // These two list every rule that ran, fired or not; most others list what fired.
        self.head.rules_are_complete =
            matches!(tool, "semgrep" | "opengrep" | "codeql") && self.rules.all().next().is_some();
        if !self.has_results {
            self.trouble("the run has no `results`, which is not the same as none found".to_owned());
        }
        if self.untold > 0 {
            self.head.troubles.push(format!("and {} more", self.untold));
        }
    }

    fn trouble(&mut self, trouble: String) {
        if self.head.troubles.len() < TROUBLES {
            self.head.troubles.push(trouble);
        } else {
            self.untold += 1;
        }
    }

    fn invocation(&mut self, invocation: &Invocation<'_>) {
        if self.head.started.is_empty() {
            // Tools that write one time only write the end's; it is close enough to order runs by.
            let times = [&*invocation.start_time_utc, &*invocation.end_time_utc];
            self.head.started =
                times.into_iter().find(|time| !time.is_empty()).unwrap_or_default().to_owned();
        }
        self.paths.working_directory(&invocation.working_directory);
        if invocation.execution_successful.eq_ignore_ascii_case("false") {
            let why = [
                &invocation.process_start_failure_message,
                &invocation.exit_code_description,
                &invocation.exit_signal_name,
                &invocation.exit_code,
            ];
            let why = why.into_iter().find(|why| !why.is_empty()).map_or("", |why| why);
            let joint = if why.is_empty() { "" } else { ": " };
            self.trouble(format!("the tool says that its run failed{joint}{why}"));
        }
        for change in invocation.rule_configuration_overrides.iter() {
            if !change.configuration.level.is_empty() {
                let rule = rules::owned(&change.descriptor);
                self.overrides.push((rule, change.configuration.level.to_string()));
            }
        }
        self.notifications(&invocation.tool_execution_notifications);
        self.notifications(&invocation.tool_configuration_notifications);
    }

    fn notifications(&mut self, all: &Many<One<Notification<'_>>>) {
        for notification in all.iter() {
            let id: &str = &notification.descriptor.id;
            // CodeQL tells every file it has extracted this way.
            if id.contains("successfully-extracted-files") {
                let places = notification.locations.iter();
                let artifacts = places.map(|place| &place.physical_location.artifact_location);
                self.extracted.extend(artifacts.map(|artifact| Location::of(artifact)));
                continue;
            }
            let (text, _) = message::plain(&notification.message, &[], TOLD);
            let text = text.trim();
            let weakens = match &*notification.level {
                "error" => true,
                "note" | "none" => false,
                _ => sounds_bad(id) || sounds_bad(text),
            };
            if weakens {
                let at: &str = notification
                    .locations
                    .first()
                    .map_or("", |place| &place.physical_location.artifact_location.uri);
                let parts: Vec<&str> = [id, at, text].into_iter().filter(|part| !part.is_empty()).collect();
                self.trouble(parts.join(": "));
            }
        }
    }

    /// Says which parts of the run lie in other files. A taxonomy kept elsewhere is public and not missed.
    fn external(&mut self, references: &Value) {
        for (what, value) in references.as_object().into_iter().flatten() {
            if what == "taxonomies" || what == "translations" || value.is_null() {
                continue;
            }
            let files = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            for file in files {
                let uri = file.text("location.uri");
                self.trouble(format!("the run's {what} lie in another file, which was not read: {uri}"));
            }
        }
    }

    /// Snyk Code's list of what it could not parse.
    fn unparsed(&mut self, properties: &Value) {
        for entry in properties.list("coverage") {
            if entry.text("type").contains("FAILED") {
                let (files, language) = (entry.words("files"), entry.text("lang"));
                self.trouble(format!("{} {language} files: {}", files, entry.text("type")));
            }
        }
    }
}

/// Whether a warning tells of something that was not looked at.
fn sounds_bad(text: &str) -> bool {
    let lower = text.get(..400).unwrap_or(text).to_ascii_lowercase();
    ["error", "fail", "timeout", "timed out", "exception", "skipped", "unable", "could not", "out of memory"]
        .iter()
        .any(|word| lower.contains(word))
}

/// A component: its rules and taxa one at a time, since a driver's help texts alone may be many megabytes.
fn component(json: &mut Json<'_>) -> Result<Component, ReadError> {
    let mut component = Component::default();
    let mut versions = [String::new(), String::new(), String::new()];
    json.object(|json, key| {
        match key {
            "name" => component.name = json.words()?,
            "guid" => component.guid = json.words()?,
            "version" => versions[0] = json.words()?,
            "semanticVersion" => versions[1] = json.words()?,
            "dottedQuadFileVersion" => versions[2] = json.words()?,
            "rules" => {
                json.array(|json, _| {
                    parsed!(json, One<Descriptor<'_>>, |rule| component.rules.push(Rule::of(&rule)));
                    Ok(())
                })?;
            }
            "taxa" => {
                json.array(|json, _| {
                    parsed!(json, One<Descriptor<'_>>, |taxon| {
                        component.taxa.push((taxon.id.to_string(), taxon.guid.to_string()));
                    });
                    Ok(())
                })?;
            }
            "globalMessageStrings" => {
                parsed!(json, Map<'_, One<Message<'_>>>, |all| component.strings = rules::strings(&all));
            }
            _ => {}
        }
        Ok(())
    })?;
    component.version = versions.into_iter().find(|version| !version.is_empty()).unwrap_or_default();
    Ok(component)
}
