//! The reviewer's editor: which program, and how it is told the line.
//!
//! A command is words and never goes through a shell: a file's name cannot become a command.

use std::ffi::OsString;
use std::path::Path;

/// An editor's command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editor(Vec<String>);

/// Words that are no command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadEditor {
    /// A quotation mark without its partner.
    #[error("the editor `{0}` has a quotation mark without its partner")]
    OpenQuote(String),
    /// No word.
    #[error(
        "an editor is a program and its arguments, as `[\"vim\"]` or `[\"code\", \"--wait\", \"--goto\", \"{{path}}:{{line}}\"]`"
    )]
    Empty,
}

/// How editors are told a line, by their programs' names.
const PLUS: [&str; 20] = [
    "vi",
    "vim",
    "nvim",
    "gvim",
    "view",
    "elvis",
    "nano",
    "pico",
    "emacs",
    "emacsclient",
    "mg",
    "jed",
    "joe",
    "ne",
    "kak",
    "hx",
    "helix",
    "gedit",
    "bbedit",
    "xed",
];
const GOTO: [&str; 7] = ["code", "code-insiders", "codium", "vscodium", "cursor", "windsurf", "positron"];
const COLON: [&str; 6] = ["subl", "sublime_text", "zed", "zeditor", "lapce", "fresh"];
const LINE: [&str; 11] = [
    "kate",
    "idea",
    "pycharm",
    "goland",
    "webstorm",
    "clion",
    "rider",
    "phpstorm",
    "rubymine",
    "rustrover",
    "kwrite",
];

impl Editor {
    /// From its words.
    ///
    /// # Errors
    /// When there are none.
    pub fn new(words: Vec<String>) -> Result<Self, BadEditor> {
        if words.first().is_none_or(|program| program.trim().is_empty()) {
            return Err(BadEditor::Empty);
        }
        Ok(Self(words))
    }

    /// From what `$VISUAL` or `$EDITOR` says: words apart by blanks, with quotation marks around those that have some.
    ///
    /// # Errors
    /// When it is no command.
    pub fn parse(text: &str) -> Result<Self, BadEditor> {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        let mut quote = None;
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match (quote, letter) {
                (Some(mark), _) if letter == mark => quote = None,
                (None, '"' | '\'') => {
                    quote = Some(letter);
                    word.get_or_insert_default();
                }
                (None | Some('"'), '\\') => {
                    let next = letters.next();
                    let next = next.ok_or_else(|| BadEditor::OpenQuote(text.chars().take(60).collect()))?;
                    // Within double marks it is a letter like others, but before these.
                    if quote.is_some() && !matches!(next, '"' | '\\' | '$' | '`') {
                        word.get_or_insert_default().push('\\');
                    }
                    word.get_or_insert_default().push(next);
                }
                (None, _) if letter.is_whitespace() => words.extend(word.take()),
                _ => word.get_or_insert_default().push(letter),
            }
        }
        if quote.is_some() {
            return Err(BadEditor::OpenQuote(text.chars().take(60).collect()));
        }
        words.extend(word);
        Self::new(words)
    }

    /// The editor that the environment names, else the one that every Unix has.
    ///
    /// # Errors
    /// When what it names is no command.
    pub fn of_environment(var: impl Fn(&str) -> Option<String>) -> Result<Self, BadEditor> {
        let told =
            ["VISUAL", "EDITOR"].into_iter().find_map(|name| var(name).filter(|it| !it.trim().is_empty()));
        Self::parse(&told.unwrap_or_else(|| "vi".to_owned()))
    }

    /// Its words, as they are shown.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.0
    }

    /// The command that opens a file at a line and column; line 0 is the file as such.
    #[must_use]
    pub fn command(&self, path: &Path, line: u32, column: u32) -> Vec<OsString> {
        let (line, column) = (line.max(1), column.max(1));
        if self.0.iter().any(|word| word.contains("{path}")) {
            return self.0.iter().map(|word| filled(word, path, line, column)).collect();
        }
        let mut command: Vec<OsString> = self.0.iter().map(OsString::from).collect();
        let program = self.0.first().map_or("", String::as_str);
        let name = program.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        // `vim.basic`, `code.cmd`, `emacs-29.1`.
        let stem = name.split('.').next().unwrap_or_default();
        let stem = stem.trim_end_matches(|letter: char| letter.is_ascii_digit()).trim_end_matches('-');
        let is = |names: &[&str]| names.contains(&stem);
        let place = || {
            let mut place = path.as_os_str().to_owned();
            place.push(format!(":{line}:{column}"));
            place
        };
        if is(&PLUS) {
            command.extend([format!("+{line}").into(), path.into()]);
        } else if is(&GOTO) {
            command.extend(["--goto".into(), place()]);
        } else if is(&COLON) {
            command.push(place());
        } else if is(&LINE) {
            command.extend(["--line".into(), line.to_string().into(), path.into()]);
        } else if stem == "micro" {
            command.extend([format!("+{line}:{column}").into(), path.into()]);
        } else if stem == "mate" {
            command.extend(["--line".into(), format!("{line}:{column}").into(), path.into()]);
        } else {
            command.push(path.into());
        }
        command
    }
}

/// A word with the path, line and column in their places. What a path holds is not looked through for places again.
fn filled(word: &str, path: &Path, line: u32, column: u32) -> OsString {
    let mut out = OsString::new();
    for (number, part) in word.split("{path}").enumerate() {
        if number > 0 {
            out.push(path);
        }
        out.push(part.replace("{line}", &line.to_string()).replace("{column}", &column.to_string()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Editor::parse(text).unwrap().0
    }

    fn command(editor: &str, path: &str) -> String {
        let command = Editor::parse(editor).unwrap().command(Path::new(path), 14, 3);
        command.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn a_command_is_words_and_quotation_marks_keep_blanks_together() {
        assert_eq!(words("code --wait"), ["code", "--wait"]);
        assert_eq!(words("  '/opt/my editor/ed'  -x \"a b\" "), ["/opt/my editor/ed", "-x", "a b"]);
        assert_eq!(words(r"/opt/my\ editor/ed"), ["/opt/my editor/ed"]);
        assert_eq!(words(r#"ed "a\"b\c" '\' """#), ["ed", "a\"b\\c", "\\", ""]);
        assert_eq!(
            words("vim; rm -rf $HOME"),
            ["vim;", "rm", "-rf", "$HOME"],
            "there is no shell to obey this"
        );
        for wrong in ["vim 'a", "vim \"", "vim \\"] {
            assert!(matches!(Editor::parse(wrong), Err(BadEditor::OpenQuote(_))), "{wrong}");
        }
        assert_eq!(Editor::parse("  "), Err(BadEditor::Empty));
        assert_eq!(Editor::parse("''"), Err(BadEditor::Empty));
    }

    #[test]
    fn each_editor_is_told_the_line_in_its_own_way() {
        for (editor, told) in [
            ("vi", "vi|+14|/s/a.py"),
            ("/usr/bin/nvim -p", "/usr/bin/nvim|-p|+14|/s/a.py"),
            ("vim.basic", "vim.basic|+14|/s/a.py"),
            ("emacs29", "emacs29|+14|/s/a.py"),
            ("emacsclient -t", "emacsclient|-t|+14|/s/a.py"),
            ("kak", "kak|+14|/s/a.py"),
            ("hx", "hx|+14|/s/a.py"),
            ("code --wait", "code|--wait|--goto|/s/a.py:14:3"),
            ("subl -w", "subl|-w|/s/a.py:14:3"),
            ("zed --wait", "zed|--wait|/s/a.py:14:3"),
            ("idea", "idea|--line|14|/s/a.py"),
            ("micro", "micro|+14:3|/s/a.py"),
            ("my-own-script", "my-own-script|/s/a.py"),
            ("ed1 -o {path} -l{line} {column}", "ed1|-o|/s/a.py|-l14|3"),
        ] {
            assert_eq!(command(editor, "/s/a.py"), told);
        }
        assert_eq!(command("x {path}:{line}", "/s/{line} {path}.py"), "x|/s/{line} {path}.py:14");
    }

    #[test]
    fn the_environment_names_the_editor_and_visual_goes_first() {
        let both = |name: &str| Some(if name == "VISUAL" { "code" } else { "nano" }.to_owned());
        assert_eq!(Editor::of_environment(both).unwrap().words(), ["code"]);
        let one = |name: &str| Some(if name == "VISUAL" { " " } else { "nano" }.to_owned());
        assert_eq!(Editor::of_environment(one).unwrap().words(), ["nano"]);
        assert_eq!(Editor::of_environment(|_| None).unwrap().words(), ["vi"]);
    }
}
