//! The page of figures: what a table is made of, and where it goes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

const PAGE: &str = "docs/benchmarks.md";

/// A value beside its bound: whether it holds.
pub(crate) fn bounded(value: f64, bound: f64, digits: usize, unit: &str) -> String {
    let holds = if value <= bound { "holds" } else { "**does not hold**" };
    format!("{value:.digits$}{unit}, {holds}")
}

/// A number with its thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|part| std::str::from_utf8(part).unwrap()).collect();
    parts.join(",")
}

/// What it was measured on.
pub(crate) fn machine() -> String {
    let line = |path: &str, start: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines()
            .find_map(|line| line.strip_prefix(start))
            .map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned())
            .unwrap_or_default()
    };
    let said = |program: &str, args: &[&str]| {
        let output =
            Command::new(program).args(args).output().map(|output| output.stdout).unwrap_or_default();
        String::from_utf8_lossy(&output).trim().to_owned()
    };
    let memory: f64 =
        line("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0.0) * 1024.0 / 1e9;
    format!(
        "Measured on {} × {}, {memory:.0} GB of memory, Linux {}, {}; load before the first run {}.",
        std::thread::available_parallelism().map_or(1, usize::from),
        line("/proc/cpuinfo", "model name"),
        line("/proc/sys/kernel/osrelease", ""),
        said("rustc", &["--version"]),
        load(),
    )
}

/// How busy the machine was when the benchmark began.
pub(crate) fn load() -> String {
    static AT_START: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let read = || {
        let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        text.split(' ').next().unwrap_or_default().to_owned()
    };
    AT_START.get_or_init(read).clone()
}

/// Puts tables between two marks of the page.
pub(crate) fn write_page(begin: &str, end: &str, tables: &str) -> anyhow::Result<()> {
    let path = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").context("run it by cargo")?).join(PAGE);
    let page = fs::read_to_string(&path).with_context(|| PAGE)?;
    let (head, rest) = page.split_once(begin).context("the page has lost its marks")?;
    let (_, tail) = rest.split_once(end).context("the page has lost its marks")?;
    Ok(fs::write(&path, format!("{head}{begin}\n\n{tables}\n{end}{tail}"))?)
}
