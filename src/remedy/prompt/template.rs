//! The templates of a prompt: the shipped ones, or a user's own.
//!
//! A template is given text from outside only in forms that cannot end where they stand; there is no way for it to get
//! at anything else.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use serde::Serialize;

use super::PromptError;

/// The templates by their names, as they are shipped.
const SHIPPED: [(&str, &str); 2] = [
    ("system.jinja", include_str!("../../../assets/prompts/system.jinja")),
    ("user.jinja", include_str!("../../../assets/prompts/user.jinja")),
];

/// How large a template may be, in bytes.
const LARGEST: u64 = 64 << 10;

/// How many steps a template may take: the shipped ones take some hundreds.
const FUEL: u64 = 200_000;

/// The two templates that make a prompt.
#[derive(Debug, Clone)]
pub struct Templates {
    environment: Arc<Environment<'static>>,
    /// Where those lie that are not the shipped ones.
    own: Vec<PathBuf>,
}

impl Templates {
    /// The shipped ones.
    ///
    /// # Errors
    /// Never: a test reads them.
    pub fn shipped() -> Result<Self, PromptError> {
        Self::with(Vec::new())
    }

    /// The shipped ones, but for those that a folder holds: `system.jinja` and `user.jinja`.
    ///
    /// # Errors
    /// When the folder holds neither, or one that cannot be read.
    pub fn read(folder: &Path) -> Result<Self, PromptError> {
        let mut own = Vec::new();
        for (name, _) in SHIPPED {
            let path = folder.join(name);
            let unreadable = |why: String| PromptError::Template { place: path.clone(), line: 0, why };
            let mut text = String::new();
            match std::fs::File::open(&path) {
                Ok(file) => {
                    file.take(LARGEST + 1)
                        .read_to_string(&mut text)
                        .map_err(|error| unreadable(error.to_string()))?;
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(unreadable(error.to_string())),
            }
            if text.len() as u64 > LARGEST {
                return Err(unreadable(format!("it is larger than {} KB", LARGEST >> 10)));
            }
            own.push((name, path, text));
        }
        if own.is_empty() {
            return Err(PromptError::NoTemplate(folder.to_owned()));
        }
        Self::with(own)
    }

    fn with(own: Vec<(&'static str, PathBuf, String)>) -> Result<Self, PromptError> {
        let mut environment = Environment::new();
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(50);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
            environment.set_syntax(syntax);
        }
        let mut templates = Self { environment: Arc::new(Environment::empty()), own: Vec::new() };
        templates.own = own.iter().map(|(_, path, _)| path.clone()).collect();
        for (name, text) in SHIPPED {
            let text = own.iter().find(|(own, ..)| *own == name).map_or(text, |(_, _, text)| text);
            let added = environment.add_template_owned(name, text.to_owned());
            added.map_err(|error| templates.bad(name, &error))?;
        }
        templates.environment = Arc::new(environment);
        Ok(templates)
    }

    /// The files that stand in for shipped ones.
    #[must_use]
    pub fn own(&self) -> &[PathBuf] {
        &self.own
    }

    /// System and user messages.
    pub(super) fn render(&self, words: &impl Serialize) -> Result<(String, String), PromptError> {
        let words = minijinja::Value::from(minijinja::value::Serde(words));
        let render = |name: &str| {
            let template = self.environment.get_template(name).map_err(|error| self.bad(name, &error))?;
            let text = template.render(&words).map_err(|error| self.bad(name, &error))?;
            Ok(text.trim().to_owned())
        };
        let [(system, _), (user, _)] = SHIPPED;
        Ok((render(system)?, render(user)?))
    }

    fn bad(&self, name: &str, error: &minijinja::Error) -> PromptError {
        let own = self.own.iter().find(|path| path.ends_with(name));
        let why = match error.kind() {
            ErrorKind::OutOfFuel => "it does not come to an end".to_owned(),
            _ => error.detail().map_or_else(|| error.kind().to_string(), str::to_owned),
        };
        let line = error.line().unwrap_or(0);
        PromptError::Template { place: own.cloned().unwrap_or_else(|| PathBuf::from(name)), line, why }
    }
}
