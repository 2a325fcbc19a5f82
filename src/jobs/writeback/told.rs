//! What tools told of a project, finding after finding, with what people decided of each.

use std::io::Write;

use super::{Source, WriteBackError, WrittenBack};
use crate::dataset::writeback::{
    Affected, Ignored, Ruling, SarifWriter, Silence, SnykPolicy, ToolResult, ToolRule, ToolRun,
};
use crate::docket::Overlay;
use crate::domain::{Baseline, Basis, Claim, Kind, Place};
use crate::ledger::Act;
use crate::store::{FindingFlags, FindingRow};

/// How Snyk's ids of advisories begin; those of its rules for configurations are others.
const SNYK: &str = "SNYK-";

/// What a tool told of a package.
pub(super) struct Told<'a> {
    pub(super) claim: &'a Claim,
    pub(super) ruling: &'a Ruling,
}

impl Told<'_> {
    /// The advisory and the package.
    pub(super) fn affected(&self) -> Affected {
        let package = self.claim.dependency.clone().unwrap_or_default();
        Affected {
            advisory: self.claim.rule.clone(),
            aliases: package.aliases,
            package: package.purl,
            fixed: package.fixed,
        }
    }

    /// Takes what stands of it into a policy.
    pub(super) fn ignore(&self, policy: &mut SnykPolicy, written: &mut WrittenBack) {
        let package = self.claim.dependency.as_ref();
        let names = package.into_iter().flat_map(|package| package.aliases.iter().map(String::as_str));
        let Some(id) = std::iter::once(self.claim.rule.as_str()).chain(names).find(|id| id.starts_with(SNYK))
        else {
            written.left_out += u64::from(self.ruling.silence() == Some(Silence::Accepted));
            return;
        };
        if self.ruling.silence() != Some(Silence::Accepted) {
            policy.keep(id);
            return;
        }
        // The first is the project itself.
        let way = package.and_then(|package| package.path.get(1..)).unwrap_or_default();
        policy.ignore(&Ignored { id, way, ruling: self.ruling });
    }
}

impl Source<'_> {
    /// What stands of a case.
    pub(super) fn ruling(&mut self, case: u32) -> Result<Ruling, WriteBackError> {
        if let Some(known) = self.rulings.get(&case) {
            return Ok(known.clone());
        }
        let name = self.docket.name(case).unwrap_or_default();
        let Some((row, standing)) = self.docket.row(case).zip(self.docket.standing(case)) else {
            return Ok(Ruling::none(name, crate::domain::State::Open));
        };
        let mut ruling = Ruling {
            verdict: standing.verdict,
            basis: standing.basis,
            reviewers: standing.reviewers.clone(),
            until: standing.until,
            expired: standing.expired,
            ..Ruling::none(name, standing.state)
        };
        if matches!(standing.basis, Some(Basis::Human | Basis::Inferred)) {
            self.words(&mut ruling, standing)?;
        }
        if row.members > 1 {
            self.rulings.insert(case, ruling.clone());
        }
        Ok(ruling)
    }

    /// Fills in what was said with the verdict that stands.
    fn words(&self, ruling: &mut Ruling, standing: &Overlay) -> Result<(), WriteBackError> {
        let Some(journal) = &self.desk.journal else { return Ok(()) };
        for past in journal.history(ruling.case)?.into_iter().filter(|past| past.in_force) {
            let Act::Verdict(verdict) = past.entry.act else { continue };
            let speaks = Some(verdict.opinion) == standing.verdict
                && Some(verdict.basis) == standing.basis
                && standing.reviewers.contains(&past.entry.reviewer);
            if !speaks {
                continue;
            }
            ruling.reason = verdict.reason.or(ruling.reason);
            if !verdict.note.is_empty() {
                ruling.note = verdict.note;
            }
            ruling.decided = past.entry.clock.wall_ms;
            ruling.entry = Some(past.entry.id);
        }
        Ok(())
    }

    /// Writes a tool's part of a project.
    pub(super) fn tool(
        &mut self,
        project: u32,
        name: &str,
        tool: u32,
        log: &mut SarifWriter<&mut dyn Write>,
    ) -> Result<(), WriteBackError> {
        let findings = self.findings;
        let word = findings.tools()?.remove(&tool).unwrap_or_default();
        let runs: Vec<_> =
            findings.runs()?.into_iter().filter(|run| run.project == name && run.tool == word).collect();
        let Some(newest) = runs.last() else { return Ok(()) };
        let rows = findings.rules_of(project, tool)?;
        let mut rules = Vec::with_capacity(rows.len());
        for &rule in &rows {
            let rule = findings.rule(rule)?;
            rules.push(ToolRule { name: rule.name, title: rule.title, help: rule.help, link: rule.link });
        }
        log.run(&ToolRun {
            tool: word,
            version: newest.tool_version.clone(),
            project: name.to_owned(),
            remote: findings.project_source(name)?.unwrap_or_default().1,
            revision: newest.revision.clone(),
            branch: newest.branch.clone(),
            rules,
        })?;
        let drifted = findings.drifted()?;
        findings.each_told(project, tool, |row, claim| {
            // What cannot be read any more has nothing to be told.
            let Ok(claim) = postcard::from_bytes::<Claim>(claim) else { return Ok(()) };
            let claim = settled(claim, &row, self.docket.path_text(row.path));
            let baseline = if row.flags & FindingFlags::GONE != 0 {
                Baseline::Absent
            } else if row.first_run == newest.id {
                Baseline::New
            } else if drifted.contains(&row.id) {
                Baseline::Updated
            } else {
                Baseline::Unchanged
            };
            let ruling = self.ruling(row.case)?;
            self.written.rows += 1;
            self.written.silenced += u64::from(ruling.silence() == Some(Silence::Accepted));
            log.result(&ToolResult {
                claim: &claim,
                finding: row.name,
                rule: rows.binary_search(&row.rule).ok(),
                // Before the first run there was nothing to stand against.
                baseline: (runs.len() > 1).then_some(baseline),
                ruling: &ruling,
            })?;
            Ok(())
        })
    }

    /// Hands over everything that was told of packages.
    pub(super) fn each_package(
        &mut self,
        mut take: impl FnMut(&mut Self, &Told<'_>),
    ) -> Result<(), WriteBackError> {
        let findings = self.findings;
        for (project, _) in self.projects.clone() {
            for tool in findings.tools_of(project)? {
                findings.each_told(project, tool, |row, claim| {
                    if row.kind != Kind::Dependency as u8 {
                        return Ok::<_, WriteBackError>(());
                    }
                    let Ok(claim) = postcard::from_bytes::<Claim>(claim) else { return Ok(()) };
                    let ruling = self.ruling(row.case)?;
                    // What went without a verdict needs none any more.
                    if row.flags & FindingFlags::GONE != 0 && !ruling.is_settled() {
                        return Ok(());
                    }
                    take(self, &Told { claim: &claim, ruling: &ruling });
                    Ok(())
                })?;
            }
        }
        Ok(())
    }
}

/// A claim with its paths as the project has them, where its finding stands now.
fn settled(mut claim: Claim, row: &FindingRow, path: &str) -> Claim {
    let Some(told) = &claim.place else { return claim };
    // Tools that name files from another folder do so in every place.
    let prefix = told.path.strip_suffix(path).unwrap_or_default().to_owned();
    let moved = told.start.line != row.line && row.line > 0;
    let strip = |place: &mut Place| {
        if let Some(rest) = place.path.strip_prefix(&prefix) {
            place.path = rest.to_owned();
        }
    };
    let fixes = claim.fixes.iter_mut().flat_map(|fix| &mut fix.edits).map(|edit| &mut edit.place);
    let steps = claim.traces.iter_mut().flatten().chain(&mut claim.related).map(|step| &mut step.place);
    claim.more_places.iter_mut().chain(steps).chain(fixes).for_each(strip);
    if let Some(place) = &mut claim.place {
        if !path.is_empty() {
            place.path = path.to_owned();
        }
        if moved {
            // The tool counted its lines in another version of the file.
            place.context_line = (place.context_line + row.line).saturating_sub(place.start.line);
            (place.start.line, place.end.line) = (row.line, row.end_line);
            (place.start.column, place.end.column) = (row.col, row.end_col);
        }
    }
    claim
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Step;

    #[test]
    fn paths_are_those_of_the_project_and_lines_those_of_today() {
        let place = Place { context_line: 3, ..Place::lines("/srv/shop/src/a.py", 4, 5) };
        let step = Step { place: Place::lines("/srv/shop/src/b.py", 1, 1), message: String::new() };
        let elsewhere = Step { place: Place::lines("/usr/lib/c.py", 1, 1), message: String::new() };
        let claim = Claim { place: Some(place), traces: vec![vec![step, elsewhere]], ..Claim::default() };
        let row = FindingRow { line: 14, end_line: 15, ..FindingRow::default() };
        let claim = settled(claim, &row, "src/a.py");
        let place = claim.place.unwrap();
        assert_eq!(
            (place.path.as_str(), place.start.line, place.last_line(), place.context_line),
            ("src/a.py", 14, 15, 13)
        );
        let paths: Vec<&str> = claim.traces[0].iter().map(|step| step.place.path.as_str()).collect();
        assert_eq!(paths, ["src/b.py", "/usr/lib/c.py"]);
    }
}
