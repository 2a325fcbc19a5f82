//! A project of two large files: one of 20,000 lines, and one of 5 MB in a single line.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::json;

/// Lines of the first file.
pub(crate) const LINES: usize = 20_000;
/// Bytes of the second.
pub(crate) const BYTES: usize = 5_000_000;

/// What is flagged in each, which is in sight as soon as the file is.
pub(crate) const FLAGGED: [&str; 2] = ["return run(\"select 3750\" + value)", "eval(location.hash);"];

/// Writes the files into a folder, and beside it what a scanner would say of them.
pub(crate) fn write(folder: &Path, document: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let mut many = String::new();
    for at in 0..LINES / 4 {
        write!(
            many,
            "def handler_{at}(request):\n    value = request.args[\"x{at}\"]\n    return run(\"select {at}\" + value)\n\n"
        )?;
    }
    let line = many.lines().position(|line| line.trim() == FLAGGED[0]).map_or(1, |at| at + 1);
    fs::write(folder.join("many.py"), many)?;
    let mut one = FLAGGED[1].to_owned();
    let mut at = 0;
    while one.len() < BYTES {
        write!(one, "var a{at}=function(b){{return b+{at}}};")?;
        at += 1;
    }
    fs::write(folder.join("one.js"), one)?;
    let result = |path: &str, line: usize, snippet: &str| {
        json!({"ruleId": "taint", "level": "error", "message": {"text": "Input is not checked."},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": path},
                "region": {"startLine": line, "snippet": {"text": snippet}}}}]})
    };
    let results = [result("many.py", line, FLAGGED[0]), result("one.js", 1, FLAGGED[1])];
    let run = json!({"tool": {"driver": {"name": "Large"}}, "results": results});
    Ok(fs::write(document, json!({"version": "2.1.0", "runs": [run]}).to_string())?)
}
