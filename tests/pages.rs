//! Pages that the code's own tables make. `UPDATE=1 cargo test --test pages` writes them anew.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::Path;

use assert_cmd::Command;
use assize::docket::{Field, Is};
use assize::domain::Opinion;
use assize::ingest::read::READERS;
use assize::tui::action::Action;
use assize::tui::keymap::{Keymap, Place};
use assize::tui::reasons;
use serde_json::Value;

/// The page is what it should be, or is made so.
fn hold(page: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == text, "{page} is not what the code says; run `UPDATE=1 cargo test --test pages`");
}

#[test]
fn the_mapping_table_is_the_readers_own() {
    let mut page = String::from(
        "# Normalisation\n\
         \n\
         What each reader counts as a claim and how it maps what it reads. This page is made from the readers' own\n\
         tables by `UPDATE=1 cargo test --test pages`; a test fails when it differs.\n\
         \n\
         One scale: critical, high, medium, low, info. The source's own words are kept beside the grade. A CVSS score\n\
         is graded as CVSS 3.1 section 5 does: 9.0 critical, 7.0 high, 4.0 medium, above 0 low. Words outside a\n\
         reader's table are graded info and kept.\n\
         \n\
         Weaknesses are read in every spelling (`CWE-89`, `cwe-089: …`, `external/cwe/cwe-089`, lists, addresses);\n\
         placeholders such as `NVD-CWE-noinfo` are none. Where a source names no weakness, `assets/rules.tsv` may\n\
         know one for the rule. OWASP categories are written `A03:2021`.\n\
         \n\
         A file's claims are always the sum of new, matched, repeated, set aside and unreadable. That sum may differ\n\
         from what others count in the same file:\n\
         \n\
         - Some tools report one claim for each path from the project to a vulnerable package. All are claims; the\n\
           second and later ones of a package, version and advisory are counted as repeated.\n\
         - Two results of one rule at one place that say the same are one, and the second is counted as repeated. Where they\n\
           say something different, both are findings, and one case where their weakness is known. Without columns the\n\
           code that is quoted tells places of one line apart.\n\
         - A container that Snyk tested holds `applications` beside the packages of its system. Their vulnerabilities\n\
           are claims too.\n\
         - A vulnerability of a CycloneDX bill is a claim for each component it affects; a package of npm's audit is\n\
           one for each advisory in `via`, and set aside where it is affected through another package alone.\n\
         - What passed, was skipped or speaks of quality is set aside, which others leave out.\n\
         - A page of an interface's answer (SonarQube, Semgrep's platform) holds fewer than it says there are in all.\n\
         \n\
         Claims of kind `secret` are masked before they are kept: at most four characters of a secret stay, and never\n\
         more than a quarter of it, in the message, the code and the notes alike; fixes, the code of traces and the raw\n\
         bytes of the claim are not kept. Of this kind are the claims of scanners for secrets, and those of tools for\n\
         code whose rule looks for credentials: Bandit's B105 to B107, gosec's G101, SonarQube's S2068, S6418 and\n\
         S6437, rules in a folder `secrets`, rules named for a hard-coded secret, password, token, key or the like, and\n\
         rules of CWE-798, CWE-259 and CWE-321 whose name speaks of one. In code the literals of the flagged lines are\n\
         masked, elsewhere all that is flagged. Code, dependency and configuration claims are kept as they came.\n\
         The text that is kept of a file is masked likewise, each secret in its place and of its length.\n\
         \n\
         A number in a line's place that no file has (negative, or beyond 2147483647) is no line: the claim's line is\n\
         unknown, and a note says what stood there.\n\
         \n\
         What refers to one thing again and again does not grow for ever. A SARIF result may take two megabytes from\n\
         its run (steps, message strings, arguments, paths) and 5,000 shared steps; beyond that its claim is cut,\n\
         which a note of the claim and the receipt say. Where the claims of a file would come to sixteen times its\n\
         size, whatever its format, only the beginning of their texts is kept from there on.\n",
    );
    for reader in READERS {
        let about = reader.about();
        write!(page, "\n## `{}`\n\n", about.format).unwrap();
        writeln!(page, "| | |\n|---|---|").unwrap();
        for (name, text) in [
            ("written by", about.tools),
            ("one claim is", about.claim),
            ("set aside", about.aside),
            ("severity from", about.severity_from),
            ("weaknesses from", about.cwe_from),
            ("fingerprints", about.prints_from),
        ] {
            writeln!(page, "| {name} | {} |", text.replace('|', "\\|").replace('\n', " ")).unwrap();
        }
        if !about.severity.is_empty() {
            let words: Vec<String> =
                about.severity.iter().map(|(word, grade)| format!("{word} → {grade}")).collect();
            writeln!(page, "| grades | {} |", words.join(", ").replace('|', "\\|")).unwrap();
        }
    }
    hold("docs/normalisation.md", &page);
}

#[test]
fn the_page_of_keys_is_the_keymap_and_the_palette() {
    let mut page = String::from(
        "# Keys\n\
         \n\
         Of the workstation, where the configuration does not say otherwise: `[keys]` gives a command other keys, as in\n\
         `confirm = \"c\"` or `next = [\"n\", \"down\"]`. This page is made from the program's own tables by\n\
         `UPDATE=1 cargo test --test pages`; a test fails when it differs. In the program, `?` shows the same.\n",
    );
    let keymap = Keymap::default();
    for place in Place::ALL {
        let mut words = place.words().to_owned();
        words[..1].make_ascii_uppercase();
        write!(page, "\n## {words}\n\n| keys | command | |\n|---|---|---|\n").unwrap();
        for (action, keys) in keymap.actions(place) {
            let keys: Vec<String> = keys.iter().map(|key| code(&key.to_string())).collect();
            writeln!(page, "| {} | `{}` | {} |", keys.join(", "), action.name(), action.words()).unwrap();
        }
    }
    page.push_str(
        "\n## Without a key\n\nFrom the palette, or by a key of your own.\n\n| command | |\n|---|---|\n",
    );
    for action in Action::all().filter(|action| keymap.key(*action).is_none()) {
        writeln!(page, "| `{}` | {} |", action.name(), action.words()).unwrap();
    }
    page.push_str(
        "\n## After a verdict\n\nOne letter says why; `enter` gives no reason, and `esc` goes back. Accepting a risk then asks \
         until which day, as 2027-01-31; `enter` alone sets no end. With `ask_reason = false` neither is asked.\n\n\
         | after | letter and reason |\n|---|---|\n",
    );
    for &opinion in Opinion::ALL.iter().filter(|opinion| !reasons(**opinion).is_empty()) {
        let told = reasons(opinion).iter().map(|(letter, _, words)| format!("`{letter}` {words}"));
        let told: Vec<String> = told.collect();
        writeln!(page, "| {} | {} |", opinion.word().replace('_', " "), told.join(", ")).unwrap();
    }
    hold("docs/keys.md", &page);
}

#[test]
fn the_page_of_the_filter_language_is_its_words() {
    let mut page = String::from(
        "# Filters\n\
         \n\
         Which cases are meant, in the workstation behind `/` and in every command that takes a filter. The tables are\n\
         made from the program's own by `UPDATE=1 cargo test --test pages`; a test fails when they differ.\n\
         \n\
         ```text\n\
         is:open sev:>=high                  open, and high or critical\n\
         cwe:79,89 -path:tests/              either weakness, and not in that folder\n\
         tool:semgrep rule:*sql* is:traced   what Semgrep says of SQL, where a tool told a data flow\n\
         \"user input\" eval                   both texts, in title, message, path or rule\n\
         ```\n\
         \n\
         - Terms stand apart by blanks, and all must hold.\n\
         - `a,b` inside a term: either. `-` before a term: what it does not hold for.\n\
         - A value with a blank, a comma or a quote in it stands in quotes, the quote as `\\\"`.\n\
         - A word without a field is looked for in title, message, path and rule.\n\
         - Letter case does not count, but in paths.\n\
         - A term that is not understood is never ignored: the message says at which column it is and what would be right.\n\
         \n\
         ## Fields\n\
         \n\
         | field | is about | takes |\n|---|---|---|\n",
    );
    for &field in Field::ALL {
        writeln!(
            page,
            "| `{}:` | {} | {} |",
            field.word(),
            field.meaning(),
            field.expects().replace('|', "\\|")
        )
        .unwrap();
    }
    page.push_str("\n## What `is:` may ask\n\n| | |\n|---|---|\n");
    for &is in Is::ALL {
        writeln!(page, "| `is:{}` | {} |", is.word(), is.meaning()).unwrap();
    }
    hold("docs/filter.md", &page);
}

/// What a setting means; its name and what it is where nothing is said come from the program.
const MEANINGS: &[(&str, &str)] = &[
    (
        "ask_reason",
        "whether the workstation asks for the reason of a verdict, and until when a risk is accepted",
    ),
    ("audit_share", "which share of the open cases the workstation draws at random, from 0 to 1"),
    ("background", "`auto` (the terminal is asked), `dark` or `light`"),
    ("blind", "whether what others think of a case is hidden until your own first verdict on it"),
    ("color", "`auto`, `always` or `never`; `NO_COLOR` is `never`"),
    ("editor", "the program that opens a line, as words; never from a workspace's file"),
    ("model.answers", "how many answers of the model that proposes are sought, 1 to 16"),
    ("model.ask", "whether a model that `--model` does not name is asked"),
    ("model.seconds", "how long all answers for a case may take"),
    ("model.tokens", "how long an answer may be"),
    ("order", "`worth`, `severity`, `newest` or `path`"),
    ("remedy.check", "a check of your own: the command, as words; in the user's configuration alone"),
    ("remedy.check_timeout", "how many seconds it may take"),
    ("remedy.max_lines", "how many lines a minimal remedy changes at most"),
    ("remedy.max_scopes", "how many functions a minimal remedy changes at most"),
    ("remedy.max_tokens", "how many tokens a minimal remedy changes at most"),
    ("remedy.new_findings", "from which severity on a finding that a remedy brings in is held against it"),
    ("remedy.required", "the checks without which a remedy is not sound"),
    ("return_days", "after how many days a case that you settled may come back to you"),
    ("return_share", "which share of them does, from 0 to 1"),
    ("reviewer", "in whose name acts are written; where nothing is said, the user's"),
    ("worth.agreement", "weight: that several tools report it"),
    ("worth.confidence", "weight: how sure its tools are"),
    ("worth.deficit", "weight: that the gate lacks such cases"),
    ("worth.pin", "weight: that it is pinned"),
    ("worth.precision", "weight: how often its rules were right in other cases"),
    ("worth.rank", "weight: the rank given to it"),
    ("worth.severity", "weight: how bad it is if true"),
    ("worth.silence", "weight: that the tools which looked there all report it"),
];

/// What the program says, as nobody in particular and with nothing configured, in an empty workspace.
fn said(args: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".assize")).unwrap();
    let mut command = Command::cargo_bin("assize").unwrap();
    command.args(args).arg("--json").current_dir(folder.path()).env_clear();
    command.env("XDG_CONFIG_HOME", folder.path().join("none")).env("HOME", folder.path()).env("USER", "ann");
    serde_json::from_slice(&command.output().unwrap().stdout).unwrap()
}

#[test]
fn the_page_of_settings_has_every_setting_and_what_it_is_where_nothing_is_said() {
    let mut page = String::from(
        "# Settings\n\
         \n\
         Read from `assize/config.toml` in the user's configuration folder, then from `.assize/config.toml`, then from the\n\
         environment (`ASSIZE_REVIEWER`, `ASSIZE_ORDER`), then from the flags; what comes later overrules. `a.b` is `b` in the\n\
         table `[a]`. `assize config` says what is set here, and where. `[keys]`, `[layout]`, `[theme]`, `[prompts]` and\n\
         `[scanner.NAME]` are in [cli.md](cli.md#config), the keys themselves in [keys.md](keys.md). The table is made from\n\
         what the program says of itself by `UPDATE=1 cargo test --test pages`; a test fails when it differs.\n\
         \n\
         | setting | where nothing is said | |\n|---|---|---|\n",
    );
    let config = said(&["config"]);
    // The workspace is no setting of a file.
    let settings: Vec<_> =
        config["settings"].as_object().unwrap().iter().filter(|(name, _)| *name != "workspace").collect();
    let names: Vec<&str> = settings.iter().map(|(name, _)| name.as_str()).collect();
    let known: Vec<&str> = MEANINGS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, known, "every setting has its meaning here");
    for ((name, setting), (_, meaning)) in settings.into_iter().zip(MEANINGS) {
        let value = if name == "reviewer" {
            "the user's name".to_owned()
        } else {
            code(&setting["value"].to_string())
        };
        writeln!(page, "| `{name}` | {value} | {meaning} |").unwrap();
    }
    hold("docs/configuration.md", &page);
}

#[test]
fn the_page_of_the_gate_is_its_conditions() {
    let mut page = String::from(
        "# The gate\n\
         \n\
         What a corpus of labels must be before a batch of it may leave. [dataset.md](dataset.md) explains labels, and what\n\
         each condition is for. Both parts of this page are made from the program's own by `UPDATE=1 cargo test --test pages`;\n\
         a test fails when they differ.\n\
         \n\
         ## Conditions\n\
         \n\
         As `assize gate --json` names them, with the bounds of the policy that holds where there is no `.assize/gate.toml`.\n\
         \n\
         | condition | is about | bound |\n|---|---|---|\n",
    );
    let gate = said(&["gate"]);
    for condition in gate["conditions"].as_array().unwrap() {
        let text = |name: &str| condition[name].as_str().unwrap();
        let how = if condition["at_most"].as_bool().unwrap() { "at most" } else { "at least" };
        writeln!(page, "| `{}` | {} | {how} {} |", text("name"), text("words"), condition["bound"]).unwrap();
    }
    let policy =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/gate.toml")).unwrap();
    write!(page, "\n## The policy\n\nAs `assize gate --init` writes it into `.assize/gate.toml`.\n\n```toml\n{policy}```\n").unwrap();
    hold("docs/gate.md", &page);
}

#[test]
fn the_page_of_the_schema_is_what_the_migrations_make() {
    let mut page = String::from(
        "# The schema\n\
         \n\
         The tables of a workspace's databases as all migrations of `migrations/` leave them, each with what its columns hold.\n\
         `findings.db` is what scanners said and can be made anew by importing; `journal.db` is what people decided; `remedies.db`\n\
         is what was proposed. The schema is not an interface: it changes with the program, which carries what is there along.\n\
         This page is made by `UPDATE=1 cargo test --test pages`; a test fails when it differs.\n",
    );
    for database in ["findings", "journal", "remedies"] {
        write!(page, "\n## `{database}.db`\n").unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let store = rusqlite::Connection::open_in_memory().unwrap();
        for file in files {
            store.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
        }
        let mut read = store
            .prepare(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL ORDER BY name",
            )
            .unwrap();
        let tables =
            read.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
        for table in tables {
            let (name, sql) = table.unwrap();
            write!(page, "\n### `{name}`\n\n```sql\n{sql}\n```\n").unwrap();
        }
    }
    hold("docs/schema.md", &page);
}

/// A key in the page's own type; a bar would end the cell.
fn code(key: &str) -> String {
    format!("`{}`", key.replace('|', "\\|"))
}
