//! What an object is, judged by its keys before anything of it is held: a finding, something around findings, an
//! answer of a chat, or something else.

use serde_json::{Map, Value};

use super::answer;
use super::grade;
use super::words::{self, Traits, Word, norm};
use crate::ingest::json::{Json, Kind};
use crate::ingest::reader::ReadError;

/// Members of one object that are looked at; an object with more is a map, whose members are all alike.
const MEMBERS: usize = 512;
/// How deep it looks.
const DEPTH: usize = 5;
/// Elements of a list that are looked at.
const SAMPLES: usize = 2;
/// Texts up to this length are kept.
const TEXT: usize = 4096;

/// What chat services call the parts of an answer.
const CHAT_TYPES: &[&str] = &["message", "text", "outputtext", "output_text", "completion"];

/// An object's members, without what is large.
#[derive(Debug, Clone, Default)]
pub(super) struct Outline {
    pub(super) members: Vec<Member>,
}

/// One member of an object.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) norm: String,
    pub(super) word: Word,
    pub(super) what: What,
}

/// What a member's value is.
#[derive(Debug, Clone)]
pub(super) enum What {
    Null,
    /// A number or a truth value.
    Scalar,
    /// A text; none where it is long.
    Text(Option<String>),
    /// A list: whether it is empty, and its first elements that are objects.
    List(bool, Vec<Outline>),
    Object(Outline),
    /// An object that lies too deep to be looked into.
    Deep,
}

/// What an object is.
#[derive(Debug, Clone)]
pub(super) enum Role {
    /// Nothing in it.
    Empty,
    /// To be read as a finding, whether or not it is a good one.
    Finding,
    /// The envelope of a chat's answer.
    Chat,
    /// Something around findings, and under which keys they are.
    Around(Vec<(String, Into)>),
    /// Something else.
    Other,
}

/// How to go on into a member of what stands around findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Into {
    /// Findings; whether the key says so by itself.
    List(bool),
    /// Findings that the model dismisses.
    Dismissed,
    /// Findings of the file that is the key.
    File,
    /// Findings of the severity that is the key.
    Severity,
    /// Findings of the sort that is the key.
    Class,
    /// Nothing: the list is there and empty.
    Nothing,
}

/// Whether an object is a finding and could be nothing else, so that no outline of it is needed: most elements of most
/// lists are that.
pub(super) fn is_plainly_a_finding(map: &Map<String, Value>) -> bool {
    let mut words = Vec::with_capacity(map.len());
    for (key, value) in map {
        let norm = norm(key);
        let word = words::word(&norm);
        let holds = matches!(value, Value::Object(_) | Value::Array(_));
        let around = if holds {
            word.listed || word.nested || word.answer || words::is_path(key) || grade::word(key).is_some()
        } else {
            word.plain_list
                || matches!(norm.as_str(), "role" | "customid" | "response" | "result" | "generatedtext")
                || norm == "type" && CHAT_TYPES.contains(&value.as_str().unwrap_or_default())
        };
        if around || word.dismissed || matches!(norm.as_str(), "choices" | "candidates" | "messages") {
            return false;
        }
        if !value.is_null() {
            words.push(word);
        }
    }
    Traits::of(words).is_finding()
}

impl Outline {
    /// Of a value that is held already.
    pub(super) fn of_value(value: &Value, depth: usize) -> Self {
        let Some(map) = value.as_object() else { return Self::default() };
        let members =
            map.iter().take(MEMBERS).map(|(key, value)| Member::new(key, what(value, depth))).collect();
        Self { members }
    }

    /// Of the object that comes next, which is passed over.
    pub(super) fn of_json(json: &mut Json<'_>, depth: usize) -> Result<Self, ReadError> {
        let mut members = Vec::new();
        json.object(|json, key| {
            let what = match json.kind()? {
                Kind::Object if depth < DEPTH => What::Object(Self::of_json(json, depth + 1)?),
                Kind::Object => What::Deep,
                Kind::Array => {
                    let mut samples = Vec::new();
                    let mut empty = true;
                    json.array(|json, index| {
                        empty = false;
                        if index < SAMPLES && json.kind()? == Kind::Object {
                            let raw = json.raw()?;
                            // A broken element is the second pass's to tell.
                            let value = raw.and_then(|raw| raw.parse::<Value>().ok()?.ok());
                            samples.extend(value.map(|value| Self::of_value(&value, depth + 1)));
                        }
                        Ok(())
                    })?;
                    What::List(empty, samples)
                }
                Kind::Text => {
                    let short = json.raw()?.filter(|raw| raw.bytes().len() <= TEXT);
                    What::Text(short.and_then(|raw| raw.parse().ok()?.ok()))
                }
                Kind::Null => What::Null,
                Kind::Number | Kind::Bool => What::Scalar,
            };
            if members.len() < MEMBERS {
                members.push(Member::new(key, what));
            }
            Ok(())
        })?;
        Ok(Self { members })
    }

    pub(super) fn get(&self, name: &str) -> Option<&What> {
        self.members.iter().find(|member| member.norm == name).map(|member| &member.what)
    }

    /// The first text under one of several names, also one level down where models keep such things.
    pub(super) fn text(&self, names: words::Names) -> Option<&str> {
        names.iter().find_map(|name| match self.get(name) {
            Some(What::Text(Some(text))) if !words::is_placeholder(text) => Some(text.as_str()),
            Some(What::Object(inner)) => match inner.get("name").or_else(|| inner.get("id")) {
                Some(What::Text(Some(text))) => Some(text.as_str()),
                _ => None,
            },
            _ => None,
        })
    }

    /// Which parts of a finding it has, those counted that are nested one level down.
    pub(super) fn flat_traits(&self) -> Traits {
        let nested = self.members.iter().filter_map(|member| match &member.what {
            What::Object(inner) if member.word.nested => Some(inner),
            _ => None,
        });
        let inner = nested.flat_map(|inner| inner.present().map(Member::meaning));
        Traits::of(self.present().map(Member::meaning).chain(inner))
    }

    fn present(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| !matches!(member.what, What::Null))
    }

    /// Whether it is a finding or holds some.
    fn holds_findings(&self) -> bool {
        match self.role() {
            Role::Finding => self.flat_traits().is_finding(),
            Role::Around(parts) => parts.iter().any(|(_, into)| *into != Into::Nothing),
            _ => false,
        }
    }

    /// What the object is.
    pub(super) fn role(&self) -> Role {
        if self.is_chat() {
            return Role::Chat;
        }
        let parts = self.parts();
        let sure = |name: &str| match self
            .members
            .iter()
            .find(|member| member.key == name)
            .map(|member| &member.what)
        {
            Some(What::List(_, samples)) => samples.iter().any(Self::holds_findings),
            Some(What::Object(inner)) => matches!(inner.role(), Role::Around(_)),
            _ => false,
        };
        let lists = parts.iter().any(|(key, into)| match into {
            Into::List(true) | Into::Severity | Into::File => sure(key),
            // An empty list of findings says that what stands beside it is no finding.
            Into::Nothing => true,
            _ => false,
        });
        if !lists && self.flat_traits().is_finding() {
            return Role::Finding;
        }
        if !parts.is_empty() {
            return Role::Around(parts);
        }
        if self
            .present()
            .all(|member| matches!(&member.what, What::Text(Some(text)) if text.trim().is_empty()))
        {
            return Role::Empty;
        }
        if self.answers().next().is_some() { Role::Chat } else { Role::Other }
    }

    /// Texts that may hold an answer, by their names and by what they begin with.
    fn answers(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| {
            member.word.answer
                && match &member.what {
                    What::Text(None) => true,
                    What::Text(Some(text)) => text.contains(['{', '[']),
                    _ => false,
                }
        })
    }

    fn parts(&self) -> Vec<(String, Into)> {
        self.members.iter().filter_map(|member| Some((member.key.clone(), member.part()?))).collect()
    }

    fn is_chat(&self) -> bool {
        let has = |name: &str| self.get(name).is_some();
        let list_with = |name: &str, keys: &[&str]| {
            matches!(self.get(name), Some(What::List(_, samples))
                if samples.iter().any(|sample| keys.iter().any(|key| sample.get(key).is_some())))
        };
        let text = |name: &str| matches!(self.get(name), Some(What::Text(_)));
        let is = |name: &str, words: &[&str]| matches!(self.get(name), Some(What::Text(Some(text))) if words.contains(&text.as_str()));
        list_with("choices", &["message", "text", "delta"])
            || list_with("candidates", &["content"])
            || list_with("messages", &["role"])
            || list_with("output", &["content", "role"])
            || has("customid") && (has("response") || has("result") || has("error"))
            || is("role", &["assistant", "model", "system", "user"])
                && (has("content") || has("parts") || has("toolcalls"))
            || is("type", CHAT_TYPES) && (has("content") || text("text"))
            || list_with("content", &["text", "input"]) && (has("role") || has("model") || has("stopreason"))
            || matches!(self.get("message"), Some(What::Object(inner)) if inner.get("content").is_some())
            || has("model") && text("response")
            || is("type", &["result"]) && text("result")
            || text("generatedtext")
    }
}

impl Member {
    fn new(key: &str, what: What) -> Self {
        let norm = norm(key);
        Self { key: key.to_owned(), word: words::word(&norm), norm, what }
    }

    /// What its name says of the object it belongs to. An object is no title, whatever its name.
    fn meaning(&self) -> Word {
        if matches!(self.what, What::Object(_)) { self.word.without_title() } else { self.word }
    }

    /// How to go on into it, if it holds findings.
    fn part(&self) -> Option<Into> {
        let Word { listed, plain_list: plain, dismissed, beside, .. } = self.word;
        if beside {
            return None;
        }
        let samples: &[Outline] = match &self.what {
            What::Null | What::List(true, _) if plain => return Some(Into::Nothing),
            What::Text(Some(text))
                if plain && (words::is_placeholder(text) || answer::says_nothing(text)) =>
            {
                return Some(Into::Nothing);
            }
            What::Object(inner) if plain && inner.members.is_empty() => return Some(Into::Nothing),
            What::List(false, samples) => samples,
            What::Object(inner) => std::slice::from_ref(inner),
            _ => return None,
        };
        let holds = samples.iter().any(Outline::holds_findings);
        if dismissed {
            return holds.then_some(Into::Dismissed);
        }
        // A list named for findings is one, whatever it holds; under another name it must look like one.
        let list = matches!(self.what, What::List(..));
        if plain && list || listed && holds {
            return Some(Into::List(listed));
        }
        if words::is_path(&self.key) && (holds || list) {
            return Some(Into::File);
        }
        if !holds || listed {
            // A chat's answer inside of an envelope, such as `{"response": {"choices": …}}`.
            let chat = matches!(&self.what, What::Object(inner) if matches!(inner.role(), Role::Chat));
            return chat.then_some(Into::List(false));
        }
        if list && grade::word(&self.key).is_some() {
            return Some(Into::Severity);
        }
        Some(if list { Into::Class } else { Into::List(false) })
    }
}

fn what(value: &Value, depth: usize) -> What {
    match value {
        Value::Null => What::Null,
        Value::Bool(_) | Value::Number(_) => What::Scalar,
        Value::String(text) => What::Text((text.len() <= TEXT).then(|| text.clone())),
        Value::Array(list) => {
            let samples = list
                .iter()
                .take(SAMPLES)
                .filter(|value| value.is_object() && depth < DEPTH)
                .map(|value| Outline::of_value(value, depth + 1))
                .collect();
            What::List(list.is_empty(), samples)
        }
        Value::Object(_) if depth < DEPTH => What::Object(Outline::of_value(value, depth + 1)),
        Value::Object(_) => What::Deep,
    }
}
