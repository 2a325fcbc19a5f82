//! A version that is not affected, put in the manifest that asks for the package.
//!
//! Never resolves dependencies and never asks a registry: the versions are those that the advisories name, and where
//! another package or a range decides, it says so. A lock file of npm goes along; what cannot be made without a
//! registry, hashes of the new version, is left for the package manager to fill in, and the words say which command does.

mod brought;
mod manifest;
mod range;
mod version;

use crate::domain::Dependency;
use crate::remedy::ladder::Unusable;
use crate::remedy::{Answer, Edit, Fault, Offer, Onlooker, Origin, Rung, SourceFile, Subject};
use crate::source::Tree;

use manifest::Change;

/// Bumps versions in the manifests of a tree.
#[derive(Debug)]
pub struct Bump<'t> {
    tree: &'t Tree,
}

impl<'t> Bump<'t> {
    /// For the manifests of this tree.
    #[must_use]
    pub const fn new(tree: &'t Tree) -> Self {
        Self { tree }
    }
}

impl Rung for Bump<'_> {
    fn origin(&self) -> Origin {
        Origin::Bump
    }

    fn offers(&mut self, subject: &Subject, _: Onlooker<'_>) -> Result<Vec<Offer>, Unusable> {
        let packages: Vec<&Dependency> =
            subject.said.iter().filter_map(|said| said.claim.dependency.as_ref()).collect();
        let Some(package) = packages.first().filter(|_| subject.is_dependency()) else {
            return Err((Fault::Nothing, "it is not about a package".into()));
        };
        if package.version.is_empty() {
            return Err((
                Fault::Nothing,
                format!("it is not known which version of {} is in use", package.name),
            ));
        }
        let same =
            packages.iter().filter(|other| other.name == package.name && other.version == package.version);
        let to = version::beyond(&package.version, same.map(|it| it.fixed.as_slice())).ok_or_else(|| {
            (Fault::Nothing, format!("no version of {} is known that is not affected", package.name))
        })?;
        let (edits, after) = self.edits(subject, package, &to)?;
        let jump = if version::major(&package.version) == version::major(&to) {
            ""
        } else {
            ", another major version"
        };
        let after = if after.is_empty() { String::new() } else { format!("; then run `{after}`") };
        let words = format!("{} {} to {to}{jump}{after}", package.name, package.version);
        Ok(vec![Offer { words, answer: Answer::Edits(edits) }])
    }
}

impl Bump<'_> {
    /// Who brings a package in that the manifest does not ask for, as the lock file tells, or the scanner.
    fn brought(&self, subject: &Subject, package: &Dependency, beside: &dyn Fn(&str) -> String) -> String {
        let own = subject.file.path.rsplit('/').next().unwrap_or_default();
        for lock in ["package-lock.json", "Cargo.lock"] {
            let text = if lock == own {
                Some(subject.file.text().to_owned())
            } else {
                SourceFile::read(self.tree, &beside(lock)).ok().map(|file| file.text().to_owned())
            };
            let way = text.and_then(|text| brought::way(lock, &text, &package.name, &package.version));
            if let Some(way) = way {
                return format!("; {}", brought::words(&way));
            }
        }
        match package.path.iter().rev().find(|step| !step.starts_with(package.name.as_str())) {
            Some(parent) => format!("; {parent} brings it in"),
            None => String::new(),
        }
    }

    /// The edits of the manifest and the files beside it, and what is to be run after.
    fn edits(
        &self,
        subject: &Subject,
        package: &Dependency,
        to: &str,
    ) -> Result<(Vec<Edit>, &'static str), Unusable> {
        let path = &subject.file.path;
        let (folder, name) =
            path.rsplit_once('/').map_or(("", path.as_str()), |(folder, name)| (folder, name));
        let beside =
            |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let plan = manifest::plan(name).ok_or_else(|| {
            (Fault::Nothing, format!("versions in a file such as `{name}` cannot be changed here"))
        })?;
        let change = Change { name: &package.name, from: &package.version, to };
        let mut edits = Vec::new();
        for (which, write, needed) in plan.files {
            let own = which == name;
            let read =
                if own { Ok(subject.file.clone()) } else { SourceFile::read(self.tree, &beside(which)) };
            let file = match read {
                Ok(file) => file,
                Err(_) if !needed => continue,
                Err(error) => return Err((Fault::File, error.to_string())),
            };
            let parts = match write(file.text(), &change) {
                Ok(parts) => parts,
                // What the manifest leaves to its lock file is the manifest's.
                Err(_) if !needed => continue,
                Err(why) => {
                    return Err((Fault::NoPlace, format!("{}: `{}` {why}", package.name, file.path)));
                }
            };
            if parts.is_empty() {
                if !needed {
                    continue;
                }
                let by_way = self.brought(subject, package, &beside);
                let why = format!(
                    "`{}` does not ask for {} {} itself{by_way}",
                    file.path, package.name, package.version
                );
                return Err((Fault::NoPlace, why));
            }
            let edit = Edit::new(&file.path, file.digest, file.text(), parts);
            edits.push(edit.map_err(|error| (Fault::Unchanged, error.to_string()))?);
        }
        Ok((edits, plan.after))
    }
}

#[cfg(test)]
mod tests;
