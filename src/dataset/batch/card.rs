//! The card of a batch: `README.md`, whose head tells `datasets` and the Hub where the splits are.

use std::fmt::Write as _;

use super::manifest::Manifest;
use super::split::Split;

/// The card of a batch, in Markdown.
#[must_use]
pub fn card(manifest: &Manifest) -> String {
    let mut text = String::from("---\npretty_name: Assize batch\ntags:\n- code\n- security\nconfigs:\n");
    text.push_str("- config_name: default\n  data_files:\n");
    // A split without rows is not named: `datasets` refuses an empty file.
    for split in
        Split::ALL.into_iter().filter(|split| manifest.splits.get(split).is_some_and(|rows| *rows > 0))
    {
        let word = split.word();
        let _ = writeln!(text, "  - split: {word}\n    path: data/{word}.{}", manifest.encoding.word());
    }
    text.push_str("---\n\n# Assize batch\n\n");
    let _ = writeln!(
        text,
        "{} samples of format `{}`, schema {}, written by {}. Verdicts are those of people who had the code on screen, not \
         stale and not disputed; `manifest.json` holds what the gate said, its policy and the digest of every file, and is \
         signed.\n",
        manifest.rows, manifest.format, manifest.schema, manifest.program
    );
    if let Some(why) = &manifest.overridden {
        let _ = writeln!(
            text,
            "The gate was shut. It left all the same, by {}: {}\n",
            line(&why.by),
            line(&why.why)
        );
    }
    let splits = manifest.splits.iter().map(|(split, rows)| (split.word().to_owned(), *rows));
    table(&mut text, "split", splits);
    table(&mut text, "label", manifest.labels.iter().map(|(label, rows)| (label.clone(), *rows)));
    table(&mut text, "weakness", manifest.weaknesses.iter().map(|(cwe, rows)| (cwe.clone(), *rows)));
    if let Some(rewards) = &manifest.rewards {
        let sums = &rewards.sums;
        let _ = writeln!(
            text,
            "The mean reward is {:.3}; {} samples lost something. What each tool did to it: the mean of the reward less what it \
             would be without the tool; of one that the reward does not see the other way round.\n",
            sums.reward, sums.with_loss
        );
        text.push_str("| tool | samples | flagged | by it alone | effect |\n|---|---|---|---|---|\n");
        for (tool, it) in &sums.tools {
            let held_out = if it.held_out { " (held out)" } else { "" };
            let tool = line(tool).replace('|', "\\|");
            let _ = writeln!(
                text,
                "| {tool}{held_out} | {} | {} | {} | {:.3} |",
                it.samples, it.flagged, it.alone, it.effect
            );
        }
        text.push('\n');
    }
    let projects = if manifest.whole_projects { ", and so is a project" } else { "" };
    let _ = writeln!(
        text,
        "Samples of one file, and samples that are nearly the same, are in one split{projects}. Seed {}.\n",
        manifest.seed
    );
    let _ = writeln!(text, "{} secrets were found in the code and masked.\n", manifest.masked_secrets);
    let known: u64 = manifest.licences.values().sum();
    let unknown = manifest.rows.saturating_sub(known);
    let licences = manifest.licences.iter().map(|(licence, rows)| (licence.clone(), *rows));
    table(&mut text, "licence", licences.chain((unknown > 0).then(|| ("not known".to_owned(), unknown))));
    text.push_str(
        "A licence is what the file's own head says, else what its package said when it was scanned. Where it is not known, look \
         it up in the projects that `project` names.\n",
    );
    text
}

fn table(text: &mut String, head: &str, rows: impl Iterator<Item = (String, u64)>) {
    let _ = writeln!(text, "| {head} | samples |\n|---|---|");
    for (name, count) in rows {
        let _ = writeln!(text, "| {} | {count} |", line(&name).replace('|', "\\|"));
    }
    text.push('\n');
}

/// Words of a person on one line, which begin nothing in Markdown's or YAML's sense.
fn line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
