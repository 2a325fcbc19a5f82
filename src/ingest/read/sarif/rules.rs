//! The rules of a run: where results find theirs, and what is worked out once a rule and not once a result.

use rustc_hash::FxHashMap;

use super::grade::{self, Grade};
use super::message::{self, Strings};
use super::objects::{ComponentReference, Descriptor, Reference, ResultObject};
use super::package;
use super::wire::{Map, One, Prop, Text};
use crate::domain::{self, Confidence, Cwe, Kind};

/// A rule, worked out.
#[derive(Debug, Default)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) help: String,
    pub(super) link: String,
    pub(super) cwes: Vec<Cwe>,
    pub(super) owasp: Vec<String>,
    pub(super) strings: Strings,
    /// From `security-severity`.
    pub(super) security: Option<Grade>,
    /// From a known tool's property.
    pub(super) words: Option<Grade>,
    /// From the invocation's override, else the default configuration.
    pub(super) level: Option<Grade>,
    pub(super) confidence: Option<Confidence>,
    pub(super) kind: Kind,
    /// Set where the tool says that it is about licences.
    pub(super) licence: bool,
    pub(super) deprecated: Vec<String>,
    pub(super) tags: Vec<String>,
    guid: String,
    relations: Vec<Reference<'static>>,
}

/// A driver, an extension or a taxonomy.
#[derive(Debug, Default)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) guid: String,
    pub(super) version: String,
    pub(super) rules: Vec<Rule>,
    /// Id and guid.
    pub(super) taxa: Vec<(String, String)>,
    pub(super) strings: Strings,
}

/// Where a rule stands: the component (0 the driver, then the extensions) and its index there.
type Spot = (usize, usize);

/// All rules of a run.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) driver: Component,
    pub(super) extensions: Vec<Component>,
    pub(super) taxonomies: Vec<Component>,
    by_id: FxHashMap<String, Spot>,
}

impl Rule {
    /// Takes from a descriptor what does not depend on the rest of the run.
    pub(super) fn of(rule: &Descriptor<'_>) -> Self {
        let short = message::described(&rule.short_description);
        let full = message::described(&rule.full_description);
        let help = message::described(&rule.help);
        let mut relations: Vec<(bool, Reference<'static>)> = rule
            .relationships
            .iter()
            .map(|relation| {
                let vague = relation.kinds.iter().any(|kind| &**kind == "incomparable");
                (vague, owned(&relation.target))
            })
            .collect();
        // A weakness that the tool calls incomparable is only near; the others say what it is.
        relations.sort_by_key(|(vague, _)| *vague);
        let mut cwes = Vec::new();
        grade::cwes_of_bag(&rule.properties, &mut cwes);
        let tags = rule.properties.get("tags").into_iter().flat_map(Prop::texts);
        Self {
            id: rule.id.to_string(),
            title: title(&short, &rule.name, &full),
            link: rule.help_uri.to_string(),
            owasp: grade::owasp(&rule.properties),
            strings: strings(&rule.message_strings),
            security: grade::security(&rule.properties),
            words: grade::words(&rule.properties),
            level: grade::level(&rule.default_configuration.level),
            confidence: grade::confidence(&rule.properties),
            deprecated: rule.deprecated_ids.iter().map(|id| id.to_string()).collect(),
            tags: tags.map(str::to_owned).collect(),
            guid: rule.guid.to_string(),
            relations: relations.into_iter().map(|(_, relation)| relation).collect(),
            help: both(full, help, &short),
            cwes,
            ..Self::default()
        }
    }

    /// The rule as the sink is told of it.
    pub(super) fn told(&self) -> domain::Rule {
        domain::Rule {
            id: package::advisory_of(self.kind, &self.id).to_owned(),
            title: self.title.clone(),
            help: self.help.clone(),
            link: self.link.clone(),
            cwes: self.cwes.clone(),
        }
    }
}

impl Rules {
    /// Works out what needs the whole run: CWE ids through taxonomies, kinds, the index by id.
    pub(super) fn settle(&mut self, tool: &str, overrides: &[(Reference<'static>, String)]) {
        let forced: Vec<(Spot, Grade)> = overrides
            .iter()
            .filter_map(|(reference, level)| {
                let spot = self.spot(&reference.id, reference.index.index(), &reference.tool_component)?;
                Some((spot, grade::level(level)?))
            })
            .collect();
        for ((component, index), grade) in forced {
            if let Some(rule) = self.component_mut(component).and_then(|c| c.rules.get_mut(index)) {
                rule.level = Some(grade);
            }
        }
        for component in 0..=self.extensions.len() {
            let Some(all) = self.component_mut(component) else { continue };
            let mut rules = std::mem::take(&mut all.rules);
            for rule in &mut rules {
                let mut cwes = Vec::new();
                for relation in std::mem::take(&mut rule.relations) {
                    grade::add(self.weakness(&relation), &mut cwes);
                }
                grade::add(std::mem::take(&mut rule.cwes), &mut cwes);
                if cwes.is_empty() {
                    // Last, the prose: many tools say it nowhere else.
                    for text in [&rule.title, &rule.link, &rule.help] {
                        if cwes.is_empty() {
                            grade::cwes_of_text(text, &mut cwes);
                        }
                    }
                }
                rule.cwes = cwes;
                rule.kind = package::kind(tool, &rule.id, &rule.title, &rule.tags, &rule.cwes);
                rule.licence = package::is_licence(tool, &rule.id, &rule.tags);
            }
            if let Some(all) = self.component_mut(component) {
                all.rules = rules;
            }
        }
        let mut by_id: FxHashMap<String, Spot> = FxHashMap::default();
        let mut renamed = Vec::new();
        for (component, all) in std::iter::once(&self.driver).chain(&self.extensions).enumerate() {
            for (index, rule) in all.rules.iter().enumerate() {
                let spot = (component, index);
                by_id.entry(rule.id.clone()).or_insert(spot);
                renamed.extend(rule.deprecated.iter().map(|id| (id.clone(), spot)));
                renamed.push((rule.guid.clone(), spot));
            }
        }
        for (id, spot) in renamed {
            by_id.entry(id).or_insert(spot);
        }
        by_id.remove("");
        self.by_id = by_id;
    }

    /// The rule of a result, where the run lists it.
    pub(super) fn of_result(&self, result: &ResultObject<'_>) -> Option<&Rule> {
        let id: &str = if result.rule_id.is_empty() { &result.rule.id } else { &result.rule_id };
        let index = result.rule_index.index().or(result.rule.index.index());
        let (component, index) = self
            .spot(id, index, &result.rule.tool_component)
            .or_else(|| self.by_id.get(&*result.rule.guid).copied())?;
        self.component(component)?.rules.get(index)
    }

    /// Every rule, the driver's first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Rule> {
        std::iter::once(&self.driver).chain(&self.extensions).flat_map(|component| &component.rules)
    }

    /// The rule that is called so.
    pub(super) fn by_id(&self, id: &str) -> Option<&Rule> {
        let (component, index) = *self.by_id.get(id)?;
        self.component(component)?.rules.get(index)
    }

    /// The CWE ids that a reference names, where it leads to a taxonomy of weaknesses.
    pub(super) fn weakness(&self, reference: &Reference<'_>) -> Vec<Cwe> {
        let named = &reference.tool_component;
        let taxonomy = self.taxonomy(named);
        let taxon = taxonomy.and_then(|taxonomy| {
            let by_index = reference.index.index().and_then(|index| taxonomy.taxa.get(index));
            by_index.or_else(|| {
                taxonomy.taxa.iter().find(|(_, guid)| !guid.is_empty() && *guid == *reference.guid)
            })
        });
        let id = if reference.id.is_empty() { taxon.map_or("", |(id, _)| id) } else { &reference.id };
        let name = if named.name.is_empty() { taxonomy.map_or("", |all| &all.name) } else { &named.name };
        if grade::names_cwe(name) || grade::names_cwe(id) { Cwe::all_in(id) } else { Vec::new() }
    }

    fn taxonomy(&self, named: &ComponentReference<'_>) -> Option<&Component> {
        let all = || self.taxonomies.iter().chain(&self.extensions);
        let by = |wanted: &str, of: fn(&Component) -> &str| {
            all().find(|component| !wanted.is_empty() && of(component).eq_ignore_ascii_case(wanted))
        };
        by(&named.guid, |component| &component.guid)
            .or_else(|| by(&named.name, |component| &component.name))
            .or_else(|| self.taxonomies.get(named.index.index()?))
            .or_else(|| (named.name.is_empty() && named.guid.is_empty()).then_some(&self.driver))
    }

    /// Where a rule stands that is named by id, index and component, any of which may be missing or wrong.
    fn spot(&self, id: &str, index: Option<usize>, component: &ComponentReference<'_>) -> Option<Spot> {
        let by = |wanted: &str, of: fn(&Component) -> &str| {
            self.extensions.iter().position(|it| !wanted.is_empty() && of(it).eq_ignore_ascii_case(wanted))
        };
        let number = component
            .index
            .index()
            .or_else(|| by(&component.guid, |it| &it.guid))
            .or_else(|| by(&component.name, |it| &it.name))
            .map_or(0, |extension| extension + 1);
        if let Some(index) = index
            && let Some(rule) = self.component(number).and_then(|it| it.rules.get(index))
            && (id.is_empty() || is_under(id, &rule.id))
        {
            return Some((number, index));
        }
        // The index is missing or wrong. `CA1000/1` belongs to `CA1000` where it is not listed itself.
        let mut id = id;
        loop {
            if let Some(spot) = self.by_id.get(id) {
                return Some(*spot);
            }
            id = id.rsplit_once('/')?.0;
        }
    }

    fn component(&self, number: usize) -> Option<&Component> {
        match number.checked_sub(1) {
            None => Some(&self.driver),
            Some(extension) => self.extensions.get(extension),
        }
    }

    fn component_mut(&mut self, number: usize) -> Option<&mut Component> {
        match number.checked_sub(1) {
            None => Some(&mut self.driver),
            Some(extension) => self.extensions.get_mut(extension),
        }
    }
}

/// Whether an id is a rule's own or one below it.
fn is_under(id: &str, rule: &str) -> bool {
    id.strip_prefix(rule).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A copy that outlives the document's bytes.
pub(super) fn owned(reference: &Reference<'_>) -> Reference<'static> {
    let own = |text: &Text<'_>| Text(text.to_string().into());
    Reference {
        id: own(&reference.id),
        index: reference.index,
        guid: own(&reference.guid),
        tool_component: One(ComponentReference {
            name: own(&reference.tool_component.name),
            index: reference.tool_component.index,
            guid: own(&reference.tool_component.guid),
        }),
    }
}

/// Message strings that own their texts.
pub(super) fn strings(map: &Map<'_, One<super::objects::Message<'_>>>) -> Strings {
    let mut all: Strings =
        map.0.iter().map(|(id, message)| (id.to_string(), within(message::described(message)))).collect();
    // The order is kept among those of one id: the first is found.
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all
}

/// A message string is a sentence or a few; of a longer one every result that names it would have a copy.
const STRING: usize = 16 << 10;

fn within(mut text: String) -> String {
    if text.len() > STRING {
        text.truncate(text.floor_char_boundary(STRING));
        text.push('…');
    }
    text
}

fn title(short: &str, name: &str, full: &str) -> String {
    let text = [short, name, full].into_iter().find(|text| !text.trim().is_empty()).unwrap_or_default();
    let line = text.trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(200) {
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or(line).trim_end()),
        None => line.to_owned(),
    }
}

/// Description and help as one text, neither said twice.
fn both(full: String, help: String, short: &str) -> String {
    if full.is_empty() || help.contains(&full) {
        if help.is_empty() && full.is_empty() { short.to_owned() } else { help }
    } else if help.is_empty() || full.contains(&help) {
        full
    } else {
        format!("{full}\n\n{help}")
    }
}
