//! Owns chat templates: what a model was trained to be spoken to in, rendered as Python renders it.
//!
//! A template comes with a model and is hostile: how many steps it may take and how much it may write is bounded, and it
//! can include nothing.

use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, Value, context};
use serde::Serialize as _;

use super::InferError;

/// How much a render may do; a template of a large model takes some thousands.
const FUEL: u64 = 2_000_000;

/// How large a template may be, in bytes.
pub(super) const LARGEST: u64 = 512 << 10;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Speaker {
    /// Who says what the model is to be.
    System,
    /// Who asks.
    User,
    /// The model itself, earlier on.
    Assistant,
}

impl Speaker {
    const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// What somebody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn<'t> {
    /// Who.
    pub speaker: Speaker,
    /// What.
    pub text: &'t str,
}

/// A chat template.
#[derive(Debug, Clone)]
pub(super) struct Template {
    source: String,
    path: PathBuf,
    bos: String,
    eos: String,
}

impl Template {
    /// Reads a template's text, which stood in `path`.
    pub(super) fn new(source: String, path: &Path, bos: String, eos: String) -> Result<Self, InferError> {
        let template = Self { source, path: path.to_owned(), bos, eos };
        environment().template_from_str(&template.source).map_err(|error| template.bad(&error))?;
        Ok(template)
    }

    /// What the model is to read: its answer comes behind it. A template that knows no system gets its words before the
    /// user's.
    pub(super) fn render(&self, turns: &[Turn<'_>]) -> Result<String, InferError> {
        let said = turns.iter().map(|turn| (turn.speaker.word(), turn.text.to_owned()));
        let messages: Vec<(&str, String)> = said.collect();
        let first = match self.rendered(messages.clone().into_iter()) {
            Ok(text) => return Ok(text),
            Err(error) => error,
        };
        match messages.as_slice() {
            [("system", system), ("user", user), rest @ ..] => {
                let joined = ("user", format!("{system}\n\n{user}"));
                self.rendered(std::iter::once(joined).chain(rest.iter().cloned())).map_err(|_| first)
            }
            _ => Err(first),
        }
    }

    fn rendered<'m>(&self, messages: impl Iterator<Item = (&'m str, String)>) -> Result<String, InferError> {
        let messages = messages.map(|(role, content)| context! { role => role, content => content });
        self.with(&Value::from(messages.collect::<Vec<_>>()), &Value::UNDEFINED, true)
    }

    fn with(&self, messages: &Value, tools: &Value, prompt: bool) -> Result<String, InferError> {
        let words = context! {
            messages => messages,
            tools => tools,
            add_generation_prompt => prompt,
            enable_thinking => false,
            bos_token => self.bos.as_str(),
            eos_token => self.eos.as_str(),
        };
        environment().render_str(&self.source, words).map_err(|error| self.bad(&error))
    }

    fn bad(&self, error: &Error) -> InferError {
        let at = error.line().map_or(String::new(), |line| format!("line {line}: "));
        let why = match error.kind() {
            ErrorKind::OutOfFuel => "it does not come to an end".to_owned(),
            _ => error.detail().map_or_else(|| error.kind().to_string(), str::to_owned),
        };
        InferError::bad(&self.path, format!("the chat template cannot be used: {at}{why}"))
    }
}

/// As `transformers` sets it up.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(100);
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.add_filter("tojson", tojson);
    environment.add_function("raise_exception", |why: String| -> Result<String, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, why))
    });
    environment.add_function("strftime_now", |format: String| -> Result<String, Error> {
        jiff::fmt::strtime::format(format, &jiff::Zoned::now())
            .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
    });
    environment
}

/// JSON as Python writes it: blanks after commas and colons, nothing escaped that need not be.
fn tojson(value: &Value, options: Kwargs) -> Result<Value, Error> {
    let bad = |error: &dyn std::fmt::Display| Error::new(ErrorKind::BadSerialization, error.to_string());
    let indent: Option<usize> = options.get("indent")?;
    let _: Option<bool> = options.get("ensure_ascii")?;
    options.assert_all_used()?;
    let mut out = Vec::new();
    match indent {
        Some(indent) if indent <= 16 => {
            let blanks = " ".repeat(indent);
            let formatter = serde_json::ser::PrettyFormatter::with_indent(blanks.as_bytes());
            let mut writer = serde_json::Serializer::with_formatter(&mut out, formatter);
            value.serialize(&mut writer).map_err(|error| bad(&error))?;
        }
        _ => {
            let mut writer = serde_json::Serializer::with_formatter(&mut out, Spaced);
            value.serialize(&mut writer).map_err(|error| bad(&error))?;
        }
    }
    String::from_utf8(out).map(Value::from_safe_string).map_err(|error| bad(&error))
}

struct Spaced;

impl serde_json::ser::Formatter for Spaced {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, out: &mut W) -> std::io::Result<()> {
        out.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(source: &str) -> Result<Template, InferError> {
        Template::new(source.to_owned(), Path::new("chat_template.jinja"), "<s>".into(), "</s>".into())
    }

    fn said(template: &Template, system: &str, user: &str) -> Result<String, InferError> {
        let system = Turn { speaker: Speaker::System, text: system };
        let turns = [system, Turn { speaker: Speaker::User, text: user }];
        template.render(if system.text.is_empty() { &turns[1..] } else { &turns })
    }

    /// What Python's `transformers` makes of the templates of two families, letter by letter.
    #[test]
    fn conversations_are_rendered_as_python_renders_them() {
        let mut held = 0;
        for (family, file) in [("llama", "chat_template.jinja"), ("qwen2", "tokenizer_config.json")] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models").join(family);
            let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
            let marks: serde_json::Value = serde_json::from_str(&read("tokenizer_config.json")).unwrap();
            let mark = |name: &str| marks[name].as_str().unwrap_or_default().to_owned();
            let source = if file.ends_with(".jinja") { read(file) } else { mark("chat_template") };
            let template =
                Template::new(source, &folder.join(file), mark("bos_token"), mark("eos_token")).unwrap();
            let expected: serde_json::Value = serde_json::from_str(&read("expected.json")).unwrap();
            // Read a second time into what keeps the order of keys.
            let ordered: Value = serde_json::from_str(&read("expected.json")).unwrap();
            let ordered = ordered.get_attr("chats").unwrap();
            for (at, chat) in expected["chats"].as_array().unwrap().iter().enumerate() {
                let of = |name: &str| ordered.get_item_by_index(at).unwrap().get_attr(name).unwrap();
                let told =
                    template.with(&of("messages"), &of("tools"), chat["add_generation_prompt"] == true);
                match (told, chat["refused"].as_str()) {
                    (Ok(text), None) => assert_eq!(text, chat["rendered"], "{family}: {}", chat["name"]),
                    (Err(error), Some(why)) => assert!(error.to_string().contains(why), "{error}"),
                    (told, why) => panic!("{family}: {}: {told:?} {why:?}", chat["name"]),
                }
                held += 1;
            }
        }
        assert_eq!(held, 20);
    }

    const CHATML: &str = "{%- for message in messages %}\n\
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}\n\
        {%- endfor %}\n\
        {%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}\n";

    #[test]
    fn messages_are_rendered_as_the_model_was_trained() {
        let text = said(&template(CHATML).unwrap(), "Be short.", "a < b && 'c'").unwrap();
        assert_eq!(
            text,
            "<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\na < b && 'c'<|im_end|>\n<|im_start|>assistant\n"
        );
    }

    #[test]
    fn a_template_without_a_system_gets_its_words_before_the_users() {
        let source = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}\
            {{ bos_token }}[INST] {{ messages[0]['content'].strip() }} [/INST]";
        assert_eq!(said(&template(source).unwrap(), "S", "U ").unwrap(), "<s>[INST] S\n\nU [/INST]");
    }

    #[test]
    fn json_is_written_as_python_writes_it() {
        let source = "{{ {'a': [1, '<é>'], 'b': none} | tojson }}";
        assert_eq!(said(&template(source).unwrap(), "", "").unwrap(), r#"{"a": [1, "<é>"], "b": null}"#);
    }

    #[test]
    fn a_template_that_never_ends_or_writes_without_end_is_refused() {
        for source in [
            "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
            "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
            "{% set ns = namespace(x='xxxxxxxxxxxxxxxx') %}\
                {% for a in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
            "{{ 'x' * 100000000000 }}",
        ] {
            let error = said(&template(source).unwrap(), "", "u").unwrap_err();
            assert!(
                matches!(&error, InferError::Bad { path, .. } if path.ends_with("chat_template.jinja")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_template_that_includes_another_or_is_none_is_refused() {
        let including =
            template("{% include 'chat_template.jinja' %}").and_then(|template| said(&template, "", "u"));
        assert!(matches!(including, Err(InferError::Bad { .. })), "{including:?}");
        assert!(matches!(template("{% for %}"), Err(InferError::Bad { .. })));
    }
}
