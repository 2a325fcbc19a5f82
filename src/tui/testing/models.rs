//! What the world for tests answers about models.

use super::World;
use crate::jobs::{ModelReply, ModelRequest, ModelView, RoleView, Runs, TriedView};

fn model(name: &str) -> ModelView {
    ModelView {
        name: name.into(),
        role: "remediation",
        family: "qwen2".into(),
        format: "in words",
        precision: "fp32".into(),
        context: 2048,
        licence: "Apache-2.0".into(),
        files: (7, 123_456_789),
        digest: "9f".repeat(32),
        ..ModelView::default()
    }
}

fn tried() -> TriedView {
    TriedView {
        speed: Some((310.2, 41.5)),
        load_ms: 1_400,
        memory: Some(310_000_000),
        by: "embedded (tract)".into(),
        embedded_cannot: None,
    }
}

/// One at work and tried, one that is not, and one that cannot be used.
pub(in crate::tui) fn shelf() -> Vec<ModelView> {
    let broken = ModelView {
        name: "broken".into(),
        problem: Some("it has no assize.toml".into()),
        ..ModelView::default()
    };
    vec![
        ModelView { in_roles: vec!["remediation"], tried: Some(tried()), ..model("mender") },
        model("older"),
        broken,
    ]
}

impl World {
    pub(super) fn answer_of_models(&mut self, request: ModelRequest) -> ModelReply {
        match request {
            ModelRequest::List => {
                let holder = self.models.iter().find(|model| !model.in_roles.is_empty());
                let there = holder.map(|model| (model.name.clone(), Some("ann".to_owned()), None));
                let roles = vec![
                    RoleView { role: "remediation", there },
                    RoleView { role: "analysis", there: None },
                    RoleView { role: "embedding", there: None },
                ];
                let described = "embedded (tract)".to_owned();
                let runs = Runs { runtime: "embedded".into(), described, passed_over: Vec::new() };
                ModelReply::Listed { models: self.models.clone(), roles, runs: Ok(runs) }
            }
            ModelRequest::Use(name) => self.put(&name),
            ModelRequest::Back(_) => {
                let other = self.models.iter().find(|model| model.in_roles.is_empty());
                let name = other.map(|model| model.name.clone()).unwrap_or_default();
                self.put(&name)
            }
            ModelRequest::Remove(name) => {
                self.models.retain(|model| model.name != name);
                ModelReply::Done(Ok(format!("removed {name}")))
            }
            ModelRequest::Verify(name) => {
                let found = self.models.iter_mut().find(|model| model.name == name).unwrap();
                ModelReply::Ended(match &found.problem {
                    Some(why) => Err(why.clone()),
                    None => {
                        found.tried = Some(tried());
                        Ok(format!("{name} answers as it should"))
                    }
                })
            }
            ModelRequest::Add(from) => {
                let name = from.rsplit('/').next().unwrap_or_default().to_owned();
                self.models.push(model(&name));
                ModelReply::Ended(Ok(format!("added {name}")))
            }
            ModelRequest::Cancel => ModelReply::Done(Ok("called off".into())),
        }
    }

    fn put(&mut self, name: &str) -> ModelReply {
        let was = self.models.iter().find(|model| !model.in_roles.is_empty()).map(|model| model.name.clone());
        for model in &mut self.models {
            model.in_roles = if model.name == name { vec!["remediation"] } else { Vec::new() };
        }
        let was = was.map_or_else(String::new, |was| format!(" from {was}"));
        ModelReply::Done(Ok(format!("{name} takes the role remediation{was}")))
    }
}
