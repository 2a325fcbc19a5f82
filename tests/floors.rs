//! The floors of `ARCHITECTURE.md`, held to the code: what each module may import, who may name a library, how long
//! a file may be and where may be printed.
//!
//! Reads the sources as text, comments and strings aside, so that a rule is checked in every file, compiled or not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why on stderr"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every module of the crate's root and its floor. A module imports only from floors below its own.
const FLOORS: [(&str, u8); 15] = [
    ("domain", 0),
    ("text", 0),
    ("ledger", 1),
    ("infer", 1),
    ("scan", 1),
    ("source", 1),
    ("store", 2),
    ("ingest", 3),
    ("docket", 4),
    ("remedy", 5),
    ("dataset", 6),
    ("evaluate", 7),
    ("jobs", 8),
    ("tui", 9),
    ("cli", 10),
];

/// Arrows within a floor that are meant.
const SIDEWAYS: [(&str, &str); 1] = [("text", "domain")];

/// Arrows that run down and are forbidden all the same: the screen asks `jobs` for all that takes time.
const NEVER: [(&str, &str); 2] = [("tui", "store"), ("tui", "infer")];

/// Libraries that one module alone may name.
const DOORS: [(&str, &str); 2] = [("rusqlite", "store"), ("ort", "infer")];

/// Lines of a file, its tests not counted.
const LONGEST: usize = 500;

/// Where may be printed, beside tests.
const PRINTS: [&str; 1] = ["src/cli"];

/// Where the ways to a network begin.
const NETWORKS: [&str; 4] = ["std::net", "tokio::net", "rustix::net", "unix::net"];

/// Libraries that fetch: none is linked, for a command that nobody thought of.
const FETCHERS: [&str; 10] =
    ["attohttpc", "curl", "hf-hub", "hyper", "isahc", "minreq", "native-tls", "reqwest", "rustls", "ureq"];

const PRINTERS: [&str; 5] = ["print!", "println!", "eprint!", "eprintln!", "dbg!"];

#[test]
fn imports_run_down() {
    let mut wrong = Vec::new();
    for file in sources() {
        wrong.extend(file.wrong_arrows());
    }
    assert!(wrong.is_empty(), "imports that run up or sideways:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_of_the_root_has_a_floor() {
    let unknown: BTreeSet<String> =
        sources().iter().filter_map(SourceFile::module).filter(|module| floor(module).is_none()).collect();
    assert!(unknown.is_empty(), "modules without a floor in this test and in ARCHITECTURE.md: {unknown:?}");
}

#[test]
fn a_library_with_a_door_is_named_nowhere_else() {
    let mut wrong = Vec::new();
    for file in sources() {
        for (library, door) in DOORS {
            if file.module().as_deref() != Some(door) {
                wrong.extend(
                    file.paths_from(library)
                        .into_iter()
                        .map(|line| format!("{}:{line}: {library}", file.name)),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "libraries named outside their module:\n{}", wrong.join("\n"));
}

#[test]
fn a_file_is_no_longer_than_can_be_read_at_once() {
    let sources = sources();
    let mut wrong = Vec::new();
    for file in sources.iter().filter(|file| !file.is_test) {
        let lines = file.lines_without_tests();
        if lines > LONGEST {
            wrong.push(format!("{}: {lines} lines", file.name));
        }
    }
    assert!(wrong.is_empty(), "more than {LONGEST} lines beside tests:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_command_line_prints() {
    let mut wrong = Vec::new();
    for file in sources() {
        if file.is_test || PRINTS.iter().any(|folder| Path::new(&file.name).starts_with(folder)) {
            continue;
        }
        for (number, line) in (1..).zip(without_tests(&file.code).lines()) {
            for printer in PRINTERS {
                let called = line.match_indices(printer).any(|(at, _)| !ends_in_word(&line[..at]));
                if called {
                    wrong.push(format!("{}:{number}: {printer}", file.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "printed outside the command line:\n{}", wrong.join("\n"));
}

#[test]
fn the_program_opens_no_socket() {
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|file| !file.is_test) {
        let code = without_tests(&file.code);
        let named = NETWORKS.iter().filter(|network| code.contains(*network));
        wrong.extend(named.map(|network| format!("{}: {network}", file.name)));
    }
    let locked = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    assert!(locked.contains("\nname = \"serde\"\n"), "Cargo.lock is written otherwise");
    let linked = FETCHERS.iter().filter(|name| locked.contains(&format!("\nname = \"{name}\"\n")));
    wrong.extend(linked.map(|name| format!("Cargo.lock: {name}")));
    assert!(wrong.is_empty(), "ways to a network:\n{}", wrong.join("\n"));
}

#[test]
fn every_dependency_says_why_it_is_here() {
    let read = |name| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let (manifest, page) = (read("Cargo.toml"), read("docs/dependencies.md"));
    let mut table = "";
    let mut wrong = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            table = line;
        } else if let (true, Some((name, _))) = (table.ends_with("dependencies]"), line.split_once(" = "))
            && !page.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{name}`")))
        {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "dependencies without a line in docs/dependencies.md: {wrong:?}");
}

#[test]
fn an_arrow_that_runs_up_is_seen_however_it_is_written() {
    for (name, text, arrow) in [
        ("src/domain/claim.rs", "use crate::store::Findings;", "store"),
        ("src/domain/claim.rs", "fn f() { crate::cli::main() }", "cli"),
        ("src/source/git.rs", "use crate::ledger::{Act, Entry};", "ledger"),
        ("src/domain/mod.rs", "use crate::text::LineIndex;", "text"),
        ("src/store/mod.rs", "use crate::{\n    domain::Cwe,\n    ingest::{self, Scope},\n};", "ingest"),
        ("src/store/query.rs", "use super::super::docket::Docket;", "docket"),
        ("src/store/journal/read.rs", "use super::super::super::{cli, domain};", "cli"),
        ("src/ledger/mod.rs", "pub(crate) use super::jobs::Request;", "jobs"),
        ("src/tui/view.rs", "use crate::store::CaseRow;", "store"),
        ("src/text/diff.rs", "use crate :: source :: Tree;", "source"),
        ("src/ledger/fold.rs", "use crate as root;", "crate as root"),
        ("src/ledger/fold.rs", "use crate::*;", "*"),
    ] {
        let wrong = SourceFile::new(name, text).wrong_arrows();
        assert!(wrong.len() == 1 && wrong[0].ends_with(arrow), "{text}: {wrong:?}");
    }
}

#[test]
fn what_runs_down_or_is_only_talked_of_is_let_through() {
    for (name, text) in [
        ("src/store/mod.rs", "use crate::domain::Cwe; use crate::text::visible;"),
        ("src/text/diff.rs", "use crate::domain::short_hash;"),
        ("src/docket/cases.rs", "use crate::store::CaseRow;"),
        ("src/domain/cwe/list.rs", "use super::super::Cwe; use super::Kin;"),
        ("src/domain/cwe.rs", "use super::table; mod tests { use super::super::id; use super::*; }"),
        (
            "src/domain/claim.rs",
            "// use crate::store::Findings;\n/* crate::cli /* crate::tui */ crate::jobs */",
        ),
        ("src/domain/claim.rs", "/// [`crate::ledger`] keeps it.\nstruct Claim;"),
        ("src/domain/claim.rs", r##"const A: &str = "crate::store"; const B: &str = r#"a " crate::cli"#;"##),
        (
            "src/domain/claim.rs",
            r#"const A: &[u8] = b"\" crate::store"; const C: char = '"'; fn f<'a>(_: &'a u8) {}"#,
        ),
        ("src/cli/mod.rs", "pub(crate) fn f() {} pub(in crate::cli) fn g() {}"),
        ("src/lib.rs", "pub mod store; pub use crate::store::Findings;"),
    ] {
        assert_eq!(SourceFile::new(name, text).wrong_arrows(), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_files_tests_are_not_counted() {
    let text =
        "fn a() {}\n#[cfg(test)]\nmod tests {\n    const A: char = '}';\n    fn b() {}\n}\nfn c() {}\n";
    assert_eq!(SourceFile::new("src/domain/id.rs", text).lines_without_tests(), 2);
    let text = "fn a() {}\n#[cfg(test)]\nmod tests;\nfn c() {}\n";
    assert_eq!(SourceFile::new("src/domain/id.rs", text).lines_without_tests(), 2);
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

fn allowed(from: &str, to: &str) -> bool {
    let down = || Some(floor(from)? > floor(to)?);
    from == to || !NEVER.contains(&(from, to)) && (SIDEWAYS.contains(&(from, to)) || down().unwrap_or(false))
}

/// A file of `src`.
struct SourceFile {
    /// From the project's root, with `/`.
    name: String,
    /// The text with comments, strings and characters blanked out, line by line as long as before.
    code: String,
    /// Whether it is compiled for tests alone.
    is_test: bool,
}

impl SourceFile {
    fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), code: blanked(text), is_test: false }
    }

    /// The names of the modules from the root to this file: `src/store/journal/read.rs` is `store::journal::read`.
    fn module_path(&self) -> Vec<String> {
        let inner = self.name.strip_prefix("src/").unwrap_or(&self.name);
        let mut parts: Vec<String> =
            inner.strip_suffix(".rs").unwrap_or(inner).split('/').map(str::to_owned).collect();
        if parts.last().is_some_and(|last| last == "mod") || matches!(inner, "lib.rs" | "main.rs") {
            parts.pop();
        }
        parts
    }

    /// The module of the root that the file belongs to.
    fn module(&self) -> Option<String> {
        self.module_path().first().cloned()
    }

    fn wrong_arrows(&self) -> Vec<String> {
        // The root itself only lists modules.
        let Some(from) = self.module() else { return Vec::new() };
        self.arrows()
            .into_iter()
            .filter(|(_, to)| !allowed(&from, to))
            .map(|(line, to)| format!("{}:{line}: {from} imports {to}", self.name))
            .collect()
    }

    /// The modules of the root that the file names, with the line. What cannot be told is given as it is written.
    fn arrows(&self) -> Vec<(usize, String)> {
        let words = words(&self.code);
        let path = self.module_path();
        let mut arrows = Vec::new();
        // Inline modules deepen what `super` means: their names, each with the depth of brackets it closes at.
        let mut inline: Vec<usize> = Vec::new();
        let mut depth = 0;
        let mut at = 0;
        while let Some(&(line, word)) = words.get(at) {
            let text = |ahead: usize| words.get(at + ahead).map_or("", |(_, word)| *word);
            match word {
                "{" => depth += 1,
                "}" => {
                    depth -= 1;
                    inline.retain(|opened| *opened < depth + 1);
                }
                "mod" if text(2) == "{" => inline.push(depth + 1),
                // `pub(crate)` and `pub(in crate::cli)` import nothing.
                "crate" if matches!(at.checked_sub(1).map(|at| words[at].1), Some("(")) && text(1) == ")" => {
                }
                "crate" if at.checked_sub(1).is_some_and(|at| words[at].1 == "in") => {}
                "crate" if text(1) == "::" => named(&words, at + 2, &mut arrows),
                "crate" if text(1) == "as" => arrows.push((line, format!("crate as {}", text(2)))),
                "super" if at.checked_sub(1).is_none_or(|at| words[at].1 != "::") => {
                    let mut levels = 1;
                    while text(2 * levels) == "super" {
                        levels += 1;
                    }
                    if levels == path.len() + inline.len() && text(2 * levels - 1) == "::" {
                        named(&words, at + 2 * levels, &mut arrows);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        arrows
    }

    /// The lines on which a path begins with a library's name.
    fn paths_from(&self, library: &str) -> Vec<usize> {
        let words = words(&self.code);
        let text = |at: usize| words.get(at).map_or("", |(_, word)| *word);
        (0..words.len())
            .filter(|&at| text(at) == library)
            .filter(|&at| at == 0 || text(at - 1) != "::" || at == 1 || text(at - 2) == "use")
            .filter(|&at| text(at + 1) == "::" || (at > 0 && matches!(text(at - 1), "use" | "crate")))
            .map(|at| words[at].0)
            .collect()
    }

    fn lines_without_tests(&self) -> usize {
        without_tests(&self.code).lines().filter(|line| *line != CUT).count()
    }
}

/// What follows `crate::`: one name, or a group of them.
fn named(words: &[(usize, &str)], at: usize, arrows: &mut Vec<(usize, String)>) {
    let Some(&(line, first)) = words.get(at) else { return };
    if first != "{" {
        arrows.push((line, first.to_owned()));
        return;
    }
    let mut depth = 0;
    for (&(line, word), before) in
        words[at..].iter().zip(std::iter::once("").chain(words[at..].iter().map(|(_, w)| *w)))
    {
        match word {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," => {}
            name if depth == 1 && matches!(before, "{" | ",") => arrows.push((line, name.to_owned())),
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

/// The names and marks of code, each with its line; `::` is one.
fn words(code: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    for (number, line) in (1..).zip(code.lines()) {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            let length = if word(first) {
                rest.find(|c| !word(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            let (taken, left) = rest.split_at(length);
            words.push((number, taken));
            rest = left.trim_start();
        }
    }
    words
}

fn ends_in_word(text: &str) -> bool {
    text.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// A line of a test.
const CUT: &str = "\u{0}";

/// Code with the lines of its test modules replaced by [`CUT`].
fn without_tests(code: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let mut lines = code.lines().peekable();
    while let Some(line) = lines.next() {
        let next = lines.peek().copied().unwrap_or_default().trim_start();
        if line.trim() != "#[cfg(test)]" || !next.split(' ').any(|word| word == "mod") {
            out.push(line);
            continue;
        }
        out.push(CUT);
        let mut depth = 0_i32;
        for line in lines.by_ref() {
            out.push(CUT);
            depth += line.matches('{').count() as i32 - line.matches('}').count() as i32;
            if depth <= 0 {
                break;
            }
        }
    }
    out.join("\n")
}

/// A text with its comments, strings and characters replaced by blanks; line ends stay.
fn blanked(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match get(at) {
            '/' if get(at + 1) == '/' => {
                chars[at..].iter().position(|&c| c == '\n').map_or(chars.len(), |length| at + length)
            }
            '/' if get(at + 1) == '*' => end_of_comment(&chars, at),
            '"' => end_of_string(&chars, at),
            'r' if !ends_in_word(&out) || out.ends_with('b') || out.ends_with('c') => {
                end_of_raw_string(&chars, at).unwrap_or(at)
            }
            // A lifetime has no closing quote after its first letter.
            '\'' if get(at + 1) == '\\' || get(at + 2) == '\'' => {
                let from = if get(at + 1) == '\\' { at + 3 } else { at + 2 };
                (from..chars.len()).find(|&at| get(at) == '\'').map_or(chars.len(), |at| at + 1)
            }
            _ => at,
        };
        if end == at {
            out.push(get(at));
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

fn end_of_comment(chars: &[char], from: usize) -> usize {
    let (mut depth, mut at) = (0, from);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

fn end_of_string(chars: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

fn end_of_raw_string(chars: &[char], from: usize) -> Option<usize> {
    let hashes = chars[from + 1..].iter().take_while(|&&c| c == '#').count();
    let open = from + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let closes = |at: &usize| {
        chars[*at] == '"' && chars[at + 1..].iter().take(hashes).filter(|&&c| c == '#').count() == hashes
    };
    Some((open + 1..chars.len()).find(closes).map_or(chars.len(), |at| at + 1 + hashes))
}

/// All files of `src`.
fn sources() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = Vec::new();
    list(&root.join("src"), &mut names);
    names.sort();
    let mut files: Vec<SourceFile> = names
        .iter()
        .map(|path| {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            SourceFile::new(&name, &std::fs::read_to_string(path).unwrap())
        })
        .collect();
    assert!(files.len() > 50, "{} files found", files.len());
    let tests: Vec<Vec<String>> = files.iter().flat_map(test_modules).collect();
    for file in &mut files {
        let path = file.module_path();
        file.is_test = tests.iter().any(|test| path.starts_with(test));
    }
    files
}

/// The modules in files of their own that a file declares for tests alone.
fn test_modules(file: &SourceFile) -> Vec<Vec<String>> {
    let lines: Vec<&str> = file.code.lines().map(str::trim).collect();
    lines
        .windows(2)
        .filter(|pair| pair[0] == "#[cfg(test)]")
        .filter_map(|pair| pair[1].strip_suffix(';')?.split(' ').skip_while(|word| *word != "mod").nth(1))
        .map(|module| {
            let mut path = file.module_path();
            path.push(module.to_owned());
            path
        })
        .collect()
}

fn list(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}
