//! What the pages name is there: every file, function and type that the pages for engineers name in backticks, and
//! every page, heading and picture that any page links to.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Pages that rest on names of the code.
const PAGES: [&str; 4] = ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/reliability.md"];
/// Names with these ends are files of the project.
const ENDS: [&str; 5] = [".rs", ".md", ".tsv", ".sh", ".jinja"];
/// What begins like this is a file of a user's, of a workspace's or of a model's.
const ELSEWHERE: [&str; 2] = [".assize/", "assize/"];

#[test]
fn every_file_and_function_that_a_page_names_is_there() {
    let tree = Tree::read();
    let mut missing = Vec::new();
    let mut seen = [0; 3];
    for page in PAGES {
        for word in code_words(&fs::read_to_string(project(page)).unwrap()) {
            let Some(kind) = Kind::of(&word) else { continue };
            seen[kind as usize] += 1;
            if !tree.has(&word, kind) {
                missing.push(format!("{page}: `{word}`"));
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 10), "the pages are not read as they are written: {seen:?}");
    assert!(missing.is_empty(), "named and not there:\n{}", missing.join("\n"));
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let mut missing = Vec::new();
    let mut count = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for target in links(&text) {
            if target.contains("://") {
                continue;
            }
            count += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let there = path.exists()
                && (heading.is_empty()
                    || headings(&fs::read_to_string(&path).unwrap()).any(|it| it == heading));
            if !there {
                missing.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(count > 40, "links are not read as they are written: {count}");
    assert!(missing.is_empty(), "links that lead nowhere:\n{}", missing.join("\n"));
}

#[test]
fn a_name_that_is_not_there_is_noticed() {
    let tree = Tree::read();
    for (word, there) in [
        ("src/ingest/read/bandit.rs", true),
        ("read/bandit.rs", true),
        ("ingest/read/", true),
        ("bandit.rs", true),
        ("andit.rs", false),
        ("src/ingest/read/nobody.rs", false),
        ("a_name_that_is_not_there_is_noticed", true),
        ("a_name_that_nobody_gave", false),
        ("ingest::read::READERS", true),
        ("Effect::Ask", true),
        ("Effect::Nobody", false),
        ("Nobody::Ask", false),
        ("FindingFlags", true),
        ("NobodysFlags", false),
    ] {
        assert_eq!(tree.has(word, Kind::of(word).unwrap()), there, "{word}");
    }
    for word in [".assize/config.toml", "assize import", "findings.db", "a_name", "claims = new", "PATH"] {
        assert!(Kind::of(word).is_none(), "{word}");
    }
    let heading = headings("# A page\n\n## Where a remedy `[remedy]` comes from\n").last();
    assert_eq!(heading.as_deref(), Some("where-a-remedy-remedy-comes-from"));
}

/// What a name in backticks is a name of.
#[derive(Clone, Copy)]
enum Kind {
    File,
    /// A function whose name is a sentence: a test, mostly.
    Sentence,
    /// A type, or what belongs to a type or a module.
    Item,
}

impl Kind {
    fn of(word: &str) -> Option<Self> {
        let plain = |extra: &[char]| word.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(&c));
        if plain(&['_', '.', '-', '/']) && !ELSEWHERE.iter().any(|begin| word.starts_with(begin)) {
            let is_path = word.contains('/')
                && !word.starts_with('/')
                && word.trim_matches('/').contains(|c: char| c.is_ascii_lowercase());
            if is_path || ENDS.iter().any(|end| word.ends_with(end)) {
                return Some(Self::File);
            }
        }
        if word.contains("::") && plain(&['_', ':']) {
            return Some(Self::Item);
        }
        let humps = word.chars().filter(char::is_ascii_uppercase).count();
        if plain(&[])
            && word.starts_with(|c: char| c.is_ascii_uppercase())
            && humps > 1
            && humps < word.len() / 2
        {
            return Some(Self::Item);
        }
        let is_sentence = plain(&['_']) && word.matches('_').count() > 2 && word == word.to_ascii_lowercase();
        is_sentence.then_some(Self::Sentence)
    }
}

/// The project's files, and the texts of those in Rust.
struct Tree {
    files: Vec<String>,
    sources: Vec<(String, String)>,
}

impl Tree {
    fn read() -> Self {
        let mut files = Vec::new();
        for top in [".ci", "assets", "benches", "docs", "examples", "fuzz", "migrations", "src", "tests"] {
            list(&project(top), top, &mut files);
        }
        for entry in fs::read_dir(project("")).unwrap() {
            files.push(entry.unwrap().file_name().into_string().unwrap());
        }
        let rust = files.iter().filter(|file| file.ends_with(".rs"));
        let sources = rust.map(|file| (file.clone(), fs::read_to_string(project(file)).unwrap())).collect();
        Self { files, sources }
    }

    fn has(&self, word: &str, kind: Kind) -> bool {
        match kind {
            Kind::File => self.has_file(word.trim_end_matches('/')),
            Kind::Sentence => self.sources.iter().any(|(_, text)| text.contains(&format!("fn {word}("))),
            Kind::Item => {
                let (of, name) = word.rsplit_once("::").unwrap_or(("", word));
                let of = of.rsplit("::").next().unwrap_or_default();
                let is_type = of.starts_with(|c: char| c.is_ascii_uppercase());
                self.sources.iter().any(|(file, text)| {
                    let belongs = match of {
                        "" => true,
                        of if is_type => ["enum", "impl", "struct", "trait", "for"]
                            .iter()
                            .any(|kind| has_word(text, &format!("{kind} {of}"))),
                        of => file.contains(&format!("/{of}.rs")) || file.contains(&format!("/{of}/")),
                    };
                    belongs && defines(text, name)
                })
            }
        }
    }

    /// A file or a folder, by the end of its path.
    fn has_file(&self, end: &str) -> bool {
        self.files.iter().any(|file| {
            file == end
                || file.strip_suffix(end).is_some_and(|before| before.ends_with('/'))
                || file.starts_with(&format!("{end}/"))
                || file.contains(&format!("/{end}/"))
        })
    }
}

/// Whether a source defines a name: a function, a type, a constant or a variant.
fn defines(text: &str, name: &str) -> bool {
    let kinds = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod"];
    kinds.iter().any(|kind| has_word(text, &format!("{kind} {name}")))
        || text.lines().any(|line| {
            let rest = line.trim_start().strip_prefix(name);
            rest.is_some_and(|rest| {
                rest.is_empty() || rest.starts_with([',', '(', ' ']) && !rest.contains('=')
            })
        })
}

/// Whether some words stand in a text and do not go on.
fn has_word(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let goes_on = |c: char| c.is_alphanumeric() || c == '_';
        !text[at + words.len()..].starts_with(goes_on) && !text[..at].ends_with(goes_on)
    })
}

fn list(folder: &Path, name: &str, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            list(&entry.path(), &name, files);
        } else {
            files.push(name);
        }
    }
}

/// The pages of the project, those of its examples and its tests included.
fn pages() -> Vec<PathBuf> {
    Tree::read().files.iter().filter(|file| file.ends_with(".md")).map(|file| project(file)).collect()
}

/// What stands between single backticks, outside of blocks of code.
fn code_words(text: &str) -> Vec<String> {
    let mut inside = false;
    let prose = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        inside ^= is_fence;
        !inside && !is_fence
    });
    // A span may be broken over two lines.
    let prose: Vec<&str> = prose.collect();
    prose.join("\n").split("\n\n").flat_map(spans).collect()
}

fn spans(paragraph: &str) -> Vec<String> {
    paragraph.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " ")).collect()
}

/// Where the links and pictures of a page lead to.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ', '\n']).next())
        .filter(|link| !link.is_empty())
}

/// The anchors of a page's headings, as forges make them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter(|line| line.starts_with('#')).map(|line| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        words
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
            .collect::<String>()
            .replace(' ', "-")
    })
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
