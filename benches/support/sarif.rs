//! SARIF of any size as two tools would have written it of one project, and of the same project a commit later.
//!
//! The first tool reports five sixths of the claims, with snippets, lines around some of them, fingerprints and a
//! two-step data flow for every tenth. The second reports every fifth place of the first again, by whole lines,
//! without fingerprints and under a related weakness. Every claim is made from its number alone, so that the next scan can
//! tell the same claims in another order.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::draw::Draw;
use super::words::{LANGUAGES, NOUNS, ROLES, TOPS, WEAKNESSES, Weakness};

const SEED: u64 = 0x00a5_512e;
/// Rules of the first and of the second tool.
const RULES: [usize; 2] = [300, 100];
/// Files among a thousand claims.
const FILES: usize = 30;
/// Lines between two claims of a file, at least; what is shifted keeps their order.
const APART: usize = 9;

/// Which scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan {
    /// File by file, as tools write.
    First,
    /// The same claims in no order, half of the files shifted by some lines.
    Next,
}

/// A project of a given number of claims.
#[derive(Debug)]
pub(crate) struct Project {
    claims: usize,
    /// The first tool's first claim in each file, and at the end their number.
    starts: Vec<usize>,
    paths: Vec<String>,
}

impl Project {
    /// The project in which both tools together make `claims` claims.
    pub(crate) fn new(claims: usize) -> Self {
        let of_first = claims - claims / 6;
        let files = (claims * FILES / 1000).clamp(1, of_first.max(1));
        // A few files hold many claims, most a handful.
        let weight = |file: usize| 1.0 / (0.04 + Draw::at(SEED ^ 1, file as u64).below(1000) as f64 / 1000.0);
        let total: f64 = (0..files).map(weight).sum();
        let mut starts = Vec::with_capacity(files + 1);
        let mut before = 0.0;
        for file in 0..files {
            starts.push((before / total * of_first as f64) as usize);
            before += weight(file);
        }
        starts.push(of_first);
        Self { claims, starts, paths: (0..files).map(path).collect() }
    }

    /// How many claims there are.
    pub(crate) const fn claims(&self) -> usize {
        self.claims
    }

    /// Writes a scan into a file; gives its length.
    pub(crate) fn write(&self, scan: Scan, path: &Path) -> io::Result<u64> {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
        self.write_to(scan, &mut out)?;
        out.flush()?;
        out.get_ref().metadata().map(|meta| meta.len())
    }

    /// Writes a scan.
    pub(crate) fn write_to(&self, scan: Scan, out: &mut impl Write) -> io::Result<()> {
        write!(
            out,
            "{{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":["
        )?;
        self.run(Tool::First, scan, out)?;
        write!(out, ",")?;
        self.run(Tool::Second, scan, out)?;
        writeln!(out, "]}}")
    }

    fn run(&self, tool: Tool, scan: Scan, out: &mut impl Write) -> io::Result<()> {
        let (name, version) = tool.named();
        write!(
            out,
            "{{\"tool\":{{\"driver\":{{\"name\":\"{name}\",\"semanticVersion\":\"{version}\",\"rules\":["
        )?;
        for rule in 0..tool.rules() {
            write!(out, "{}", if rule == 0 { "" } else { "," })?;
            describe(tool, rule, out)?;
        }
        write!(out, "]}}}},\"artifacts\":[")?;
        for (index, path) in self.paths.iter().enumerate().filter(|_| tool == Tool::First) {
            let comma = if index == 0 { "" } else { "," };
            write!(
                out,
                "{comma}{{\"location\":{{\"uri\":\"{path}\",\"uriBaseId\":\"%SRCROOT%\",\"index\":{index}}}}}"
            )?;
        }
        write!(out, "],\"columnKind\":\"utf16CodeUnits\",\"results\":[")?;
        let of_first = self.claims - self.claims / 6;
        let mut order: Vec<u32> = match tool {
            Tool::First => (0..of_first as u32).collect(),
            Tool::Second => (0..(self.claims / 6) as u32).map(|at| at * 5).collect(),
        };
        if scan == Scan::Next {
            let mut draw = Draw::at(SEED ^ 2, 0);
            for at in (1..order.len()).rev() {
                order.swap(at, draw.below(at + 1));
            }
        }
        let mut line = Vec::with_capacity(4096);
        for (at, &number) in order.iter().enumerate() {
            line.clear();
            if at > 0 {
                line.push(b',');
            }
            line.push(b'\n');
            self.claim(tool, scan, number as usize, &mut line)?;
            out.write_all(&line)?;
        }
        write!(out, "]}}")
    }

    fn claim(&self, tool: Tool, scan: Scan, number: usize, out: &mut Vec<u8>) -> io::Result<()> {
        let file = self.starts.partition_point(|&start| start <= number) - 1;
        let mut draw = Draw::at(SEED ^ 3, number as u64);
        // Every tenth stands in several places of its file, letter by letter.
        let mut names = Draw::at(SEED ^ 6, if draw.percent(10) { file } else { number } as u64);
        let kind = names.below(WEAKNESSES.len());
        let weakness = WEAKNESSES[kind];
        // Some rules report far more than others.
        let rule = kind + WEAKNESSES.len() * (names.below(tool.rules() / 20) * names.below(8) / 7);
        let shift = if scan == Scan::Next && Draw::at(SEED ^ 4, file as u64).percent(50) {
            1 + Draw::at(SEED ^ 5, file as u64).below(40)
        } else {
            0
        };
        let line = shift + 3 + (number - self.starts[file]) * APART + draw.below(APART - 4);
        let indent = 4 * (1 + draw.below(3));
        let (one, two, three) = (names.of(&NOUNS), names.of(&NOUNS), names.of(&NOUNS));
        let variable = format!("{one}_{two}{}", names.below(40));
        let code = filled(weakness.code, &variable, three);
        let (column, end) = (indent + 1, indent + 1 + code.len());
        let (path, quoted) = (&self.paths[file], code.replace('"', "\\\""));
        let level = ["error", "warning", "warning", "note"][rule % 4];

        write!(out, "{{\"ruleId\":\"{}\",\"ruleIndex\":{rule},\"level\":\"{level}\",", tool.rule_id(rule))?;
        let message = filled(weakness.message, &variable, three);
        let artifact = format!(
            "\"artifactLocation\":{{\"uri\":\"{path}\",\"uriBaseId\":\"%SRCROOT%\",\"index\":{file}}}"
        );
        if tool == Tool::Second {
            write!(
                out,
                "\"message\":{{\"text\":\"{message} Use another interface.\"}},\
                 \"locations\":[{{\"physicalLocation\":{{{artifact},\"region\":{{\"startLine\":{line},\"startColumn\":{column},\
                 \"endLine\":{line},\"endColumn\":{end},\"snippet\":{{\"text\":\"{:indent$}{quoted}\"}}}}}}}}],\
                 \"fingerprints\":{{\"matchBasedId/v1\":\"requires login\"}},\
                 \"properties\":{{\"severity\":\"{}\",\"category\":\"security\"}}}}",
                "",
                ["ERROR", "WARNING", "INFO"][rule % 3],
            )?;
            return Ok(());
        }
        write!(
            out,
            "\"message\":{{\"text\":\"{message}\"}},\"locations\":[{{\"physicalLocation\":{{{artifact},\
             \"region\":{{\"startLine\":{line},\"startColumn\":{column},\"endLine\":{line},\"endColumn\":{end},\
             \"snippet\":{{\"text\":\"{quoted}\"}}}}"
        )?;
        if draw.percent(25) {
            write!(
                out,
                ",\"contextRegion\":{{\"startLine\":{},\"endLine\":{},\"snippet\":{{\"text\":\"{:indent$}{variable} = \
                 {three}.read(\\\"{two}\\\", limit={})\\n{:indent$}{quoted}\\n{:indent$}return {variable}_{one}\\n\"}}}}",
                line - 1,
                line + 1,
                "",
                draw.below(500),
                "",
                "",
            )?;
        }
        write!(out, "}}}}]")?;
        if draw.percent(10) {
            let above = line - 1 - draw.below(2);
            write!(
                out,
                ",\"codeFlows\":[{{\"threadFlows\":[{{\"locations\":[{{\"location\":{{\"physicalLocation\":{{{artifact},\
                 \"region\":{{\"startLine\":{above},\"startColumn\":5,\"endColumn\":{},\"snippet\":{{\"text\":\"{variable} = \
                 request.args[\\\"{three}\\\"]\"}}}}}},\"message\":{{\"text\":\"{variable}\"}}}}}},\
                 {{\"location\":{{\"physicalLocation\":{{{artifact},\"region\":{{\"startLine\":{line},\"startColumn\":{column},\
                 \"endColumn\":{end},\"snippet\":{{\"text\":\"{quoted}\"}}}}}},\"message\":{{\"text\":\"{code}\"}}}}}}]}}]}}]",
                22 + variable.len() + three.len(),
                code = quoted,
            )?;
        }
        // A hash of the line and those behind it, as CodeQL makes it: of some it is the same in several places.
        let print = if draw.percent(15) { Draw::at(rule as u64, file as u64).next() } else { draw.next() };
        write!(
            out,
            ",\"partialFingerprints\":{{\"primaryLocationLineHash\":\"{print:016x}:1\",\
             \"primaryLocationStartColumnFingerprint\":\"{}\"}},\
             \"properties\":{{\"precision\":\"{}\",\"team\":\"{}-{}\"}}}}",
            indent - 1,
            ["high", "very-high", "medium"][rule % 3],
            draw.of(&NOUNS),
            draw.below(9),
        )
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    First,
    Second,
}

impl Tool {
    const fn named(self) -> (&'static str, &'static str) {
        match self {
            Self::First => ("CodeQL", "2.23.1"),
            Self::Second => ("Semgrep OSS", "1.140.0"),
        }
    }

    const fn rules(self) -> usize {
        RULES[self as usize]
    }

    fn rule_id(self, rule: usize) -> String {
        let stem = WEAKNESSES[rule % WEAKNESSES.len()].stem;
        let variant = rule / WEAKNESSES.len();
        let language = ["py", "js", "java", "go", "cpp"][variant % 5];
        match self {
            Self::First => format!("{language}/{stem}-{variant}"),
            Self::Second => format!("{language}.lang.security.audit.{stem}-{variant}"),
        }
    }
}

fn describe(tool: Tool, rule: usize, out: &mut impl Write) -> io::Result<()> {
    let Weakness { stem, cwe, kin, .. } = WEAKNESSES[rule % WEAKNESSES.len()];
    let id = tool.rule_id(rule);
    let (tag, level) = match tool {
        Tool::First => (format!("external/cwe/cwe-{cwe:03}"), ["error", "warning"][rule % 2]),
        Tool::Second => (format!("CWE-{kin}: {stem}"), "warning"),
    };
    write!(
        out,
        "\n{{\"id\":\"{id}\",\"name\":\"{id}\",\"shortDescription\":{{\"text\":\"A case of {stem}\"}},\
         \"fullDescription\":{{\"text\":\"What a user controls reaches a place where it does harm: {stem}, of the {rule}th kind.\"}},\
         \"help\":{{\"text\":\"Do not use what comes from outside before it was looked at. {stem} lets those outside do what only \
         those inside may do; the usual remedy is an interface that keeps data and code apart.\"}},\
         \"helpUri\":\"https://example.org/rules/{id}\",\"defaultConfiguration\":{{\"level\":\"{level}\"}},\
         \"properties\":{{\"tags\":[\"security\",\"{tag}\"],\"precision\":\"high\""
    )?;
    if tool == Tool::First {
        write!(out, ",\"security-severity\":\"{}.{}\"", 3 + rule % 7, rule % 10)?;
    }
    write!(out, "}}}}")
}

fn filled(pattern: &str, first: &str, second: &str) -> String {
    pattern.replace("{0}", first).replace("{1}", second)
}

/// The path of a file: six in a folder, of which the first has a name that other folders have too.
fn path(file: usize) -> String {
    let (folder, place) = (file / 6, file % 6);
    let mut draw = Draw::at(SEED ^ 7, folder as u64);
    let mut share = draw.below(100);
    let (_, ending, common) = *LANGUAGES
        .iter()
        .find(|(of_hundred, _, _)| {
            let found = share < *of_hundred;
            share = share.saturating_sub(*of_hundred);
            found
        })
        .unwrap_or(&LANGUAGES[0]);
    let names = NOUNS.len();
    let top = TOPS[folder % TOPS.len()];
    let (outer, inner) = (NOUNS[folder / TOPS.len() % names], NOUNS[folder / TOPS.len() / names % names]);
    let name = if place == 0 {
        draw.of(common).to_owned()
    } else {
        let mut draw = Draw::at(SEED ^ 8, file as u64);
        format!("{}_{}_{}.{ending}", draw.of(&NOUNS), draw.of(&NOUNS), ROLES[place + 5 * draw.below(3)])
    };
    format!("{top}/{outer}/{inner}_{}/{name}", draw.of(&ROLES))
}
