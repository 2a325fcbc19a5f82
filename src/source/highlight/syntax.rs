//! Owns the grammars and the choice of one.

use std::sync::OnceLock;

use syntect::parsing::{SyntaxReference, SyntaxSet};

use crate::source::Language;

/// A grammar, and the set it refers into.
#[derive(Clone, Copy)]
pub(super) struct Syntax {
    pub(super) set: &'static SyntaxSet,
    /// What a text begins in.
    pub(super) main: &'static SyntaxReference,
    /// What stands between `<?` and `?>`, in a language that has them.
    island: Option<&'static SyntaxReference>,
}

/// Not used: 1 KiB of one word takes 7 s.
const TOO_SLOW: &str = "LiveScript";

impl Syntax {
    /// The grammar for a file; `text` is its content, or the beginning of it.
    pub(super) fn find(path: &str, text: &str) -> Option<Self> {
        let set = set();
        let main = match Language::detect(path, text) {
            Language::Python => set.find_syntax_by_name("Python"),
            // One grammar for both: it is the newer and the faster, and JSX may stand in either.
            Language::JavaScript | Language::Tsx => set.find_syntax_by_name("TypeScriptReact"),
            Language::TypeScript => set.find_syntax_by_name("TypeScript"),
            Language::Java => set.find_syntax_by_name("Java"),
            Language::Go => set.find_syntax_by_name("Go"),
            Language::C => set.find_syntax_by_name("C"),
            Language::Cpp => set.find_syntax_by_name("C++"),
            Language::CSharp => set.find_syntax_by_name("C#"),
            Language::Ruby => set.find_syntax_by_name("Ruby"),
            Language::Php => set.find_syntax_by_name("PHP"),
            Language::Other("dockerfile") => set.find_syntax_by_name("Dockerfile (with bash)"),
            // These languages are coarser than the grammars: SCSS is `css`, Jinja `html`, unknown ones are `text`.
            Language::Other(name) => by_path(set, path)
                .or_else(|| by_language(set, name))
                .or_else(|| set.find_syntax_by_first_line(first_line(text))),
        };
        let main = main.filter(|main| ![TOO_SLOW, "Plain Text"].contains(&main.name.as_str()))?;
        let island = if main.name == "PHP" { set.find_syntax_by_name("PHP Source") } else { None };
        Some(Self { set, main, island })
    }

    /// The grammar to begin with behind some text.
    pub(super) fn after(self, before: &str) -> &'static SyntaxReference {
        let last = |mark: &str| memchr::memmem::rfind(before.as_bytes(), mark.as_bytes());
        self.island.filter(|_| last("<?") > last("?>")).unwrap_or(self.main)
    }
}

/// All grammars; loading them takes some 3 ms, once. Each is unpacked and its expressions compiled when they are
/// first used.
pub(super) fn set() -> &'static SyntaxSet {
    static SET: OnceLock<SyntaxSet> = OnceLock::new();
    SET.get_or_init(two_face::syntax::extra_newlines)
}

/// By the whole name, then by what follows each of its dots: `list.html.j2`, `html.j2`, `j2`.
fn by_path<'s>(set: &'s SyntaxSet, path: &str) -> Option<&'s SyntaxReference> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let ends = name.match_indices('.').filter_map(|(at, _)| name.get(at + 1..));
    std::iter::once(name).chain(ends).find_map(|end| set.find_syntax_by_extension(end))
}

fn by_language<'s>(set: &'s SyntaxSet, language: &str) -> Option<&'s SyntaxReference> {
    let token = match language {
        "text" => return None,
        "shell" => "bash",
        "properties" => "env",
        name => name,
    };
    set.find_syntax_by_token(token)
}

/// As much of it as an expression should have to look at.
fn first_line(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.get(..line.floor_char_boundary(256)).unwrap_or_default()
}
