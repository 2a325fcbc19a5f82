//! What the world for tests answers about imports.

use super::World;
use crate::jobs::{Defaults, ImportEnd, ImportProgress, ReceiptView, Removed, RunsReply, RunsRequest};

impl World {
    pub(super) fn answer_of_runs(&mut self, request: RunsRequest) -> RunsReply {
        match request {
            RunsRequest::List => RunsReply::Listed(self.imports.clone()),
            RunsRequest::Receipt(name) => RunsReply::Receipt(ReceiptView { name, runs: Vec::new() }),
            RunsRequest::Weigh(run) if run.starts_with('0') => {
                RunsReply::Weighed(run, Err("later runs rest on it".into()))
            }
            RunsRequest::Weigh(run) => {
                let removed = Removed { runs: vec![run.clone()], findings: 12, restored: 3, cases: 9 };
                RunsReply::Weighed(run, Ok(removed))
            }
            RunsRequest::Import(asked) => {
                self.imported.push(asked);
                RunsReply::Progress(ImportProgress { number: 1, of: 2, ..ImportProgress::default() })
            }
            RunsRequest::CancelImport => {
                RunsReply::Imported(Ok(ImportEnd { is_cancelled: true, ..ImportEnd::default() }))
            }
            RunsRequest::Defaults(source) => {
                let project = if source.is_empty() { "here".into() } else { source.clone() };
                RunsReply::Defaults(Defaults { source, project, known: vec!["shop".into()] })
            }
            RunsRequest::Complete(asked) => {
                let names = vec!["scan one.json".to_owned(), "scan two.json".to_owned()];
                RunsReply::Completed { text: format!("{asked}an\\ "), asked, names }
            }
            RunsRequest::Remove(run) => {
                self.imports.retain(|import| import.runs.iter().all(|other| other.run != run));
                RunsReply::Removed(Ok(Removed { runs: vec![run], findings: 12, restored: 3, cases: 9 }))
            }
        }
    }
}
