//! What a scanner is called with: presets for those that people use, and what the configuration makes of them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::child::Limits;

/// What a scanner wants beside its program, without which it does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// Rules from a file or a folder of the user's: its own are on a network, or would be code of the scanned tree.
    Rules,
    /// To be asked for by name, since it sends what it scans to a service.
    Consent,
}

/// What of a tree a scanner is given at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One file or folder.
    One,
    /// As many files as one likes: `{target}` becomes all of them.
    Many,
    /// The whole of it, since what it says of one file rests on the others.
    Tree,
}

impl Reach {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::One, Self::Many, Self::Tree];

    /// The word in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Many => "many",
            Self::Tree => "tree",
        }
    }
}

/// A scanner as it is called where nothing is configured.
#[derive(Debug)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// How to get it.
    pub install: &'static str,
    /// What it wants beside its program.
    pub needs: Needs,
    command: &'static [&'static str],
    files: &'static [&'static str],
    /// The exit codes after which its output is whole.
    exits: &'static [i32],
    targets: Reach,
    /// Makes it report what a comment tells it not to.
    unsuppressed: &'static [&'static str],
}

/// Of Semgrep and OpenGrep, whose rules are for these languages and more.
const MANY_LANGUAGES: &[&str] = &[
    "*.{py,js,jsx,mjs,cjs,ts,tsx,java,kt,go,rb,php,c,h,cc,cpp,hpp,cs,rs,scala,swift,yml,yaml,json,tf}",
    "Dockerfile*",
];

/// The scanners that are known. A tree is the working folder, so paths come out relative to it.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "semgrep",
        about: "a scanner for many languages, with rules of your own",
        install: "pip install semgrep",
        needs: Needs::Rules,
        command: &[
            "semgrep",
            "scan",
            "--metrics=off",
            "--disable-version-check",
            "--quiet",
            "--json",
            "--no-rewrite-rule-ids",
            "--dataflow-traces",
            "--config",
            "{rules}",
            "{target}",
        ],
        files: MANY_LANGUAGES,
        exits: &[0, 1],
        targets: Reach::Many,
        unsuppressed: &["--disable-nosem"],
    },
    Preset {
        name: "opengrep",
        about: "a scanner for many languages, with rules of your own",
        install: "see the project's releases",
        needs: Needs::Rules,
        command: &["opengrep", "scan", "--quiet", "--json", "--config", "{rules}", "{target}"],
        files: MANY_LANGUAGES,
        exits: &[0, 1],
        targets: Reach::Many,
        unsuppressed: &["--disable-nosem"],
    },
    Preset {
        name: "bandit",
        about: "a scanner for Python",
        install: "pip install bandit",
        needs: Needs::Nothing,
        command: &["bandit", "-q", "-f", "json", "-r", "{target}"],
        files: &["*.py"],
        exits: &[0, 1],
        targets: Reach::Many,
        unsuppressed: &["--ignore-nosec"],
    },
    Preset {
        name: "flawfinder",
        about: "a scanner for C and C++",
        install: "pip install flawfinder",
        needs: Needs::Nothing,
        command: &["flawfinder", "--sarif", "{target}"],
        files: &["*.{c,h,cc,cpp,cxx,hpp,hxx}"],
        exits: &[0],
        targets: Reach::Many,
        unsuppressed: &["--neverignore"],
    },
    Preset {
        name: "eslint",
        about: "a scanner for JavaScript and TypeScript, by a configuration of your own",
        install: "npm install -g eslint eslint-plugin-security",
        needs: Needs::Rules,
        command: &["eslint", "-f", "json", "--no-config-lookup", "--config", "{rules}", "{target}"],
        files: &["*.{js,jsx,mjs,cjs,ts,tsx,mts,cts}"],
        exits: &[0, 1],
        targets: Reach::Many,
        unsuppressed: &["--no-inline-config"],
    },
    Preset {
        name: "gosec",
        about: "a scanner for Go",
        install: "go install github.com/securego/gosec/v2/cmd/gosec@latest",
        needs: Needs::Nothing,
        command: &["gosec", "-quiet", "-fmt", "json", "./..."],
        files: &["*.go"],
        exits: &[0, 1],
        targets: Reach::Tree,
        unsuppressed: &["-nosec"],
    },
    Preset {
        name: "trivy",
        about: "a scanner for dependencies and configurations, by advisories it has fetched before",
        install: "see the project's releases",
        needs: Needs::Nothing,
        command: &[
            "trivy",
            "fs",
            "--quiet",
            "--format",
            "json",
            "--offline-scan",
            "--skip-db-update",
            "--skip-java-db-update",
            "--skip-check-update",
            "{target}",
        ],
        files: &[
            "{requirements*.txt,Pipfile.lock,poetry.lock,package-lock.json,yarn.lock,pnpm-lock.yaml,go.mod,pom.xml}",
            "{Cargo.lock,Gemfile.lock,composer.lock,Dockerfile*}",
            "*.{tf,yml,yaml}",
        ],
        exits: &[0],
        targets: Reach::One,
        unsuppressed: &[],
    },
    Preset {
        name: "snyk-code",
        about: "a scanner that needs an account and sends the code to its makers",
        install: "npm install -g snyk",
        needs: Needs::Consent,
        command: &["snyk", "code", "test", "--sarif", "{target}"],
        files: &["*.{py,js,jsx,ts,tsx,java,kt,go,rb,php,c,h,cc,cpp,hpp,cs,scala,swift}"],
        exits: &[0, 1],
        targets: Reach::Tree,
        unsuppressed: &[],
    },
];

/// A scanner as it is called here.
#[derive(Debug, Clone)]
pub struct Scanner {
    /// Its name.
    pub name: String,
    /// Program and arguments; `{target}` is what is scanned, `{rules}` are the rules.
    pub command: Vec<String>,
    /// The files it reads: globs over names, or over paths where they hold a slash.
    pub files: Vec<String>,
    /// The exit codes after which its output is whole.
    pub exits: Vec<i32>,
    /// What it is given at once.
    pub targets: Reach,
    /// Arguments that make it report what a comment tells it not to.
    pub unsuppressed: Vec<String>,
    /// Whether it is run where nobody asks for it by name.
    pub is_on: bool,
    /// Its rules, where it takes any.
    pub rules: Option<PathBuf>,
    /// What it may use.
    pub limits: Limits,
    /// The reader of its output; by content where none is named.
    pub format: Option<String>,
    /// Variables of this process's environment that it is given, a token say.
    pub pass: Vec<String>,
    /// What it wants beside its program.
    pub needs: Needs,
}

/// A scanner cannot be called as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadScanner {
    /// There is nothing to call.
    #[error("it has no command: name the program and its arguments")]
    NoCommand,
    /// Its program is not installed.
    #[error("`{program}` is not installed{}", hint(install))]
    NotInstalled {
        /// The program.
        program: String,
        /// How to get it, where that is known.
        install: &'static str,
    },
    /// It has no rules.
    #[error("it has no rules: set `rules` to a file or folder of them")]
    NoRules,
    /// Its rules are not there.
    #[error("its rules are not at {}", .0.display())]
    RulesNotThere(PathBuf),
    /// A pattern of its files means nothing.
    #[error("`{0}` is no pattern of files")]
    Pattern(String),
}

fn hint(install: &str) -> String {
    if install.is_empty() { String::new() } else { format!(": {install}") }
}

impl Scanner {
    /// A scanner that is not known, of which all has to be said.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            command: Vec::new(),
            files: vec!["*".to_owned()],
            exits: vec![0],
            targets: Reach::One,
            unsuppressed: Vec::new(),
            is_on: true,
            rules: None,
            limits: Limits::default(),
            format: None,
            pass: Vec::new(),
            needs: Needs::Nothing,
        }
    }

    /// The preset of a name, else one that is not known.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        match preset(name) {
            Some(preset) => Self {
                command: words(preset.command),
                files: words(preset.files),
                exits: preset.exits.to_vec(),
                targets: preset.targets,
                unsuppressed: words(preset.unsuppressed),
                is_on: preset.needs != Needs::Consent,
                needs: preset.needs,
                ..Self::new(name)
            },
            None => Self::new(name),
        }
    }

    /// Where its program lies.
    ///
    /// # Errors
    /// When it has none, or it is not installed.
    pub fn program(&self) -> Result<PathBuf, BadScanner> {
        let program =
            self.command.first().filter(|program| !program.is_empty()).ok_or(BadScanner::NoCommand)?;
        on_path(program).ok_or_else(|| BadScanner::NotInstalled {
            program: program.clone(),
            install: preset(&self.name).map_or("", |preset| preset.install),
        })
    }

    /// The command that scans a target of a tree. Nothing in it is ever read by a shell.
    ///
    /// # Errors
    /// When its program or its rules are missing.
    pub fn command(&self, target: &Path) -> Result<Vec<OsString>, BadScanner> {
        self.command_of(&[target], false)
    }

    /// The command that scans some targets, whatever comments in them say.
    ///
    /// # Errors
    /// As [`Self::command`].
    pub fn unsuppressed_command(&self, targets: &[&Path]) -> Result<Vec<OsString>, BadScanner> {
        self.command_of(targets, true)
    }

    fn command_of(&self, targets: &[&Path], unsuppressed: bool) -> Result<Vec<OsString>, BadScanner> {
        let program = self.program()?;
        let rules = match &self.rules {
            None if self.needs == Needs::Rules => return Err(BadScanner::NoRules),
            // The tree is the working folder, so what is named from here must not be read from there.
            Some(rules) => Some(rules.canonicalize().map_err(|_| BadScanner::RulesNotThere(rules.clone()))?),
            None => None,
        };
        let mut command = vec![program.into_os_string()];
        let words = self.command.get(1..).unwrap_or_default();
        // Options stand before what is scanned: some programs read none behind it.
        let last = words.len().saturating_sub(1);
        let options_at = words.iter().position(|word| word == "{target}").unwrap_or(last);
        for (at, word) in words.iter().enumerate() {
            if at == options_at && unsuppressed {
                command.extend(self.unsuppressed.iter().map(OsString::from));
            }
            match (word.as_str(), &rules) {
                ("{target}", _) => command.extend(targets.iter().map(|target| {
                    // A name that begins like an option is none.
                    if target.is_relative() {
                        Path::new(".").join(target).into_os_string()
                    } else {
                        (*target).into()
                    }
                })),
                ("{rules}", Some(rules)) => command.push(rules.clone().into_os_string()),
                ("{rules}", None) => return Err(BadScanner::NoRules),
                _ => command.push(word.into()),
            }
        }
        Ok(command)
    }

    /// What it finds in its environment beside what every child does.
    #[must_use]
    pub fn environment(&self) -> BTreeMap<String, OsString> {
        let given = self.pass.iter().filter_map(|name| Some((name.clone(), std::env::var_os(name)?)));
        given.collect()
    }

    /// Which files it reads.
    ///
    /// # Errors
    /// When a pattern means nothing.
    pub fn reads(&self) -> Result<GlobSet, BadScanner> {
        let mut set = GlobSetBuilder::new();
        for pattern in &self.files {
            let deep = if pattern.contains('/') { pattern.clone() } else { format!("**/{pattern}") };
            let glob = GlobBuilder::new(&deep).literal_separator(true).build();
            set.add(glob.map_err(|_| BadScanner::Pattern(pattern.clone()))?);
        }
        set.build().map_err(|_| BadScanner::Pattern(self.files.join(", ")))
    }

    /// Whether its output is whole after an exit code.
    #[must_use]
    pub fn is_done(&self, code: i32) -> bool {
        self.exits.contains(&code)
    }

    /// Its limits, with another time.
    pub const fn set_time(&mut self, seconds: u64) {
        self.limits.time = Duration::from_secs(seconds);
    }
}

fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

/// The folders in which programs are looked for. A relative one would be a folder of the scanned tree.
pub(super) fn search_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect()
}

/// Where a program lies on the search path, or where a path to one leads.
#[must_use]
fn on_path(program: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let can_run = |path: &PathBuf| {
        path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    if program.contains('/') {
        return Path::new(program).canonicalize().ok().filter(can_run);
    }
    search_path().into_iter().map(|folder| folder.join(program)).find(can_run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_called_and_has_patterns_that_mean_something() {
        for preset in PRESETS {
            let scanner = Scanner::of(preset.name);
            assert!(scanner.reads().is_ok(), "{}", preset.name);
            assert_eq!(scanner.is_on, preset.needs != Needs::Consent, "{}", preset.name);
            let takes_rules = scanner.command.iter().any(|word| word == "{rules}");
            assert_eq!(takes_rules, preset.needs == Needs::Rules, "{}", preset.name);
        }
    }

    #[test]
    fn a_scanner_without_its_program_or_its_rules_is_not_called() {
        let mut scanner = Scanner::new("mine");
        assert_eq!(scanner.command(Path::new(".")), Err(BadScanner::NoCommand));
        scanner.command = ["no-such-program", "{target}"].map(str::to_owned).to_vec();
        let missing = BadScanner::NotInstalled { program: "no-such-program".into(), install: "" };
        assert_eq!(scanner.command(Path::new(".")), Err(missing));
        scanner.command = ["sh", "{rules}", "{target}"].map(str::to_owned).to_vec();
        assert_eq!(scanner.command(Path::new(".")), Err(BadScanner::NoRules));
        scanner.rules = Some("/no/such/rules".into());
        assert_eq!(scanner.command(Path::new(".")), Err(BadScanner::RulesNotThere("/no/such/rules".into())));
    }

    #[test]
    fn a_target_is_one_word_whatever_it_is_called() {
        let mut scanner = Scanner::new("mine");
        scanner.command = ["sh", "-c", "{target}"].map(str::to_owned).to_vec();
        let command = scanner.command(Path::new("-a; rm -rf {rules}")).unwrap();
        assert_eq!(command.len(), 3);
        assert_eq!(command[2], "./-a; rm -rf {rules}");
        assert!(Path::new(&command[0]).is_absolute());
    }

    #[test]
    fn many_targets_take_the_place_of_one_and_options_stand_before_them() {
        let mut scanner = Scanner::new("mine");
        scanner.command = ["sh", "-r", "{target}", "end"].map(str::to_owned).to_vec();
        scanner.unsuppressed = vec!["--all".into()];
        let command = scanner.unsuppressed_command(&[Path::new("a"), Path::new("b/c")]).unwrap();
        assert_eq!(command[1..], ["-r", "--all", "./a", "./b/c", "end"]);
        assert_eq!(scanner.command(Path::new("a")).unwrap()[1..], ["-r", "./a", "end"]);
        scanner.command = ["sh", "./..."].map(str::to_owned).to_vec();
        assert_eq!(scanner.unsuppressed_command(&[]).unwrap()[1..], ["--all", "./..."]);
    }

    #[test]
    fn patterns_are_of_names_unless_they_hold_a_slash() {
        let mut scanner = Scanner::of("bandit");
        let reads = scanner.reads().unwrap();
        assert!(reads.is_match("a.py") && reads.is_match("deep/er/a.py") && !reads.is_match("a.pyc"));
        scanner.files = vec!["src/**/*.{c,h}".into()];
        let reads = scanner.reads().unwrap();
        assert!(reads.is_match("src/x/a.c") && !reads.is_match("lib/a.c"));
        scanner.files = vec!["a{".into()];
        assert_eq!(scanner.reads().err(), Some(BadScanner::Pattern("a{".into())));
    }
}
