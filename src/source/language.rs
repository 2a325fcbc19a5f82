//! Owns the names of languages, and telling which one a file is written in.
//!
//! Never reads a file: it is given a path and the text's beginning. Order of belief: the file's name, its extension
//! (with the text where an extension has two owners), the interpreter in its first line.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::text::Family;

/// A programming language or file format. Those with a variant of their own have a grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Python.
    Python,
    /// JavaScript, with JSX.
    JavaScript,
    /// TypeScript.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
    /// Java.
    Java,
    /// Go.
    Go,
    /// C.
    C,
    /// C++.
    Cpp,
    /// C#.
    CSharp,
    /// Ruby.
    Ruby,
    /// PHP.
    Php,
    /// One of the names in this module's table, or `text`.
    Other(&'static str),
}

/// Names of languages without a grammar, with how they write comments and their extensions.
const OTHERS: &[(&str, Family, &[&str])] = &[
    ("rust", Family::Slashes, &["rs"]),
    ("kotlin", Family::Slashes, &["kt", "kts"]),
    ("swift", Family::Slashes, &["swift"]),
    ("scala", Family::Slashes, &["scala", "sc"]),
    ("groovy", Family::Slashes, &["groovy", "gradle"]),
    ("dart", Family::Slashes, &["dart"]),
    ("objective-c", Family::Slashes, &["m", "mm"]),
    ("solidity", Family::Slashes, &["sol"]),
    ("css", Family::Slashes, &["css", "scss", "less"]),
    ("protobuf", Family::Slashes, &["proto"]),
    ("shell", Family::Hash, &["sh", "bash", "zsh", "ksh", "bats"]),
    ("perl", Family::Hash, &["pl", "pm"]),
    ("r", Family::Hash, &["r"]),
    ("elixir", Family::Hash, &["ex", "exs"]),
    ("powershell", Family::Hash, &["ps1", "psm1", "psd1"]),
    ("yaml", Family::Hash, &["yaml", "yml"]),
    ("toml", Family::Hash, &["toml"]),
    ("properties", Family::Hash, &["properties", "env", "conf", "cfg", "ini"]),
    ("dockerfile", Family::Hash, &["dockerfile", "containerfile"]),
    ("make", Family::Hash, &["mk", "mak"]),
    ("cmake", Family::Hash, &["cmake"]),
    ("terraform", Family::Both, &["tf", "tfvars", "hcl"]),
    ("sql", Family::Dashes, &["sql", "ddl", "dml", "plsql", "pks", "pkb"]),
    ("lua", Family::Dashes, &["lua"]),
    ("haskell", Family::Dashes, &["hs"]),
    ("json", Family::Plain, &["json", "jsonc", "json5", "ipynb", "sarif", "webmanifest"]),
    ("html", Family::Plain, &["html", "htm", "xhtml", "jinja", "j2", "hbs", "mustache", "ejs"]),
    ("vue", Family::Slashes, &["vue", "svelte"]),
    ("erb", Family::Plain, &["erb"]),
    ("jsp", Family::Slashes, &["jsp", "jspx"]),
    (
        "xml",
        Family::Plain,
        &["xml", "pom", "xsl", "xsd", "svg", "plist", "config", "csproj", "props", "targets"],
    ),
    ("markdown", Family::Plain, &["md", "markdown", "rst"]),
    ("text", Family::Plain, &["txt", "lock", "log"]),
];

impl Language {
    /// The languages with a grammar.
    pub const PARSED: [Self; 11] = [
        Self::Python,
        Self::JavaScript,
        Self::TypeScript,
        Self::Tsx,
        Self::Java,
        Self::Go,
        Self::C,
        Self::Cpp,
        Self::CSharp,
        Self::Ruby,
        Self::Php,
    ];

    /// The language of a file; `text` is its content, or the beginning of it.
    #[must_use]
    pub fn detect(path: &str, text: &str) -> Self {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
        by_name(&name)
            .or_else(|| name.rsplit_once('.').and_then(|(_, extension)| by_extension(extension, text)))
            .or_else(|| by_interpreter(text))
            .unwrap_or(Self::Other("text"))
    }

    /// The name used on screens, in filters and in datasets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Tsx => "tsx",
            Self::Java => "java",
            Self::Go => "go",
            Self::C => "c",
            Self::Cpp => "cpp",
            Self::CSharp => "csharp",
            Self::Ruby => "ruby",
            Self::Php => "php",
            Self::Other(name) => name,
        }
    }

    /// The language of that name, as [`Language::name`] and people write it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        if let Some(language) = Self::PARSED.into_iter().find(|language| language.name() == name) {
            return Some(language);
        }
        let alias = match name.as_str() {
            "js" | "jsx" | "node" => Self::JavaScript,
            "ts" => Self::TypeScript,
            "py" | "python3" => Self::Python,
            "golang" => Self::Go,
            "c++" | "cxx" => Self::Cpp,
            "c#" | "cs" => Self::CSharp,
            "rb" => Self::Ruby,
            "bash" | "sh" => Self::Other("shell"),
            "docker" => Self::Other("dockerfile"),
            "hcl" => Self::Other("terraform"),
            _ => {
                return OTHERS
                    .iter()
                    .find(|(other, ..)| *other == name)
                    .map(|(other, ..)| Self::Other(other));
            }
        };
        Some(alias)
    }

    /// How it writes comments.
    #[must_use]
    pub fn family(self) -> Family {
        match self {
            Self::Python | Self::Ruby => Family::Hash,
            Self::Php => Family::Both,
            Self::Other(name) => OTHERS
                .iter()
                .find(|(other, ..)| *other == name)
                .map_or(Family::Plain, |(_, family, _)| *family),
            _ => Family::Slashes,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

fn by_name(name: &str) -> Option<Language> {
    let other = match name {
        "gemfile" | "rakefile" | "guardfile" | "capfile" | "vagrantfile" | "podfile" | "fastfile"
        | "config.ru" => {
            return Some(Language::Ruby);
        }
        "sconstruct" | "sconscript" | "wscript" => return Some(Language::Python),
        "jenkinsfile" => "groovy",
        "dockerfile" | "containerfile" => "dockerfile",
        "makefile" | "gnumakefile" => "make",
        "cmakelists.txt" => "cmake",
        "go.mod" | "go.sum" | "requirements.txt" => "text",
        ".bashrc" | ".profile" | ".zshrc" | ".bash_profile" => "shell",
        ".env" => "properties",
        "pipfile" | "cargo.lock" | "poetry.lock" => "toml",
        "package-lock.json" | "composer.lock" => "json",
        _ if name.starts_with("dockerfile.") || name.starts_with("containerfile.") => "dockerfile",
        _ if name.starts_with(".env.") => "properties",
        _ => return None,
    };
    Some(Language::Other(other))
}

fn by_extension(extension: &str, text: &str) -> Option<Language> {
    let language = match extension {
        "py" | "pyi" | "pyw" | "bzl" | "star" => Language::Python,
        "js" | "mjs" | "cjs" | "jsx" | "es6" => Language::JavaScript,
        // Qt's translations are XML.
        "ts" if text.trim_start().starts_with("<?xml") => Language::Other("xml"),
        "ts" | "mts" | "cts" => Language::TypeScript,
        "tsx" => Language::Tsx,
        "java" => Language::Java,
        "go" => Language::Go,
        "c" => Language::C,
        "h" if looks_like_cpp(text) => Language::Cpp,
        "h" => Language::C,
        "cc" | "cpp" | "cxx" | "c++" | "hpp" | "hh" | "hxx" | "h++" | "ipp" | "inl" | "tpp" | "cu"
        | "ino" => Language::Cpp,
        "cs" | "csx" => Language::CSharp,
        "rb" | "rake" | "gemspec" | "ru" | "jbuilder" => Language::Ruby,
        "php" | "phtml" | "php3" | "php4" | "php5" | "php7" | "phps" | "inc" => Language::Php,
        _ => {
            let other = OTHERS.iter().find(|(.., extensions)| extensions.contains(&extension))?;
            Language::Other(other.0)
        }
    };
    Some(language)
}

fn looks_like_cpp(text: &str) -> bool {
    text.lines().take(400).any(|line| {
        let line = line.trim_start();
        [
            "class ",
            "namespace ",
            "template<",
            "template <",
            "using namespace",
            "public:",
            "private:",
            "protected:",
            "virtual ",
        ]
        .iter()
        .any(|start| line.starts_with(start))
            || line.contains("std::")
            || (line.starts_with("#include <") && !line.contains(".h"))
    })
}

fn by_interpreter(text: &str) -> Option<Language> {
    let line = text.trim_start_matches('\u{feff}').lines().next()?.strip_prefix("#!")?;
    let line = line.get(..line.floor_char_boundary(256))?;
    let mut words = line.split_whitespace();
    let first = words.next()?.rsplit('/').next()?;
    let program = if first == "env" {
        words.find(|word| !word.starts_with('-') && !word.contains('='))?.rsplit('/').next()?
    } else {
        first
    };
    // `python3.11`, `bash5`.
    let program = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    let language = match program {
        "python" | "pypy" | "ipython" => Language::Python,
        "node" | "nodejs" | "bun" => Language::JavaScript,
        "deno" | "ts-node" | "tsx" => Language::TypeScript,
        "ruby" | "jruby" => Language::Ruby,
        "php" => Language::Php,
        "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" | "bats" => Language::Other("shell"),
        "perl" => Language::Other("perl"),
        "lua" => Language::Other("lua"),
        "Rscript" => Language::Other("r"),
        "make" => Language::Other("make"),
        "groovy" => Language::Other("groovy"),
        "elixir" => Language::Other("elixir"),
        "pwsh" => Language::Other("powershell"),
        _ => return None,
    };
    Some(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_extensions_and_interpreters_tell_the_language() {
        for (path, text, name) in [
            ("src/DB.PY", "", "python"),
            ("a/b.jsx", "", "javascript"),
            ("a.ts", "const a = 1", "typescript"),
            ("de.ts", "<?xml version=\"1.0\"?>", "xml"),
            ("a.tsx", "", "tsx"),
            ("Main.java", "", "java"),
            ("x.h", "int f(void);", "c"),
            ("x.h", "#include <vector>\nint f();", "cpp"),
            ("x.h", "namespace a {\n}", "cpp"),
            ("Program.cs", "", "csharp"),
            ("Gemfile", "", "ruby"),
            ("index.php", "", "php"),
            ("bin/run", "#!/usr/bin/env -S python3.11 -u\n", "python"),
            ("bin/run", "#!/bin/bash\n", "shell"),
            ("bin/run", "#!/usr/bin/nodejs", "javascript"),
            ("Dockerfile.prod", "", "dockerfile"),
            ("main.tf", "", "terraform"),
            (".env", "", "properties"),
            ("a\\b\\lib.rs", "", "rust"),
            ("LICENSE", "MIT", "text"),
            ("", "", "text"),
        ] {
            assert_eq!(Language::detect(path, text).name(), name, "{path}");
        }
    }

    #[test]
    fn every_language_reads_back_from_its_name() {
        for language in
            Language::PARSED.into_iter().chain(OTHERS.iter().map(|(name, ..)| Language::Other(name)))
        {
            assert_eq!(Language::from_name(language.name()), Some(language));
        }
        assert_eq!(Language::from_name("C++"), Some(Language::Cpp));
        assert_eq!(Language::from_name("klingon"), None);
        assert_eq!(Language::Other("rust").family(), Family::Slashes);
        assert_eq!(Language::Other("terraform").family(), Family::Both);
    }
}
