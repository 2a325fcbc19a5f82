//! Who is asked when something is proposed behind the screen, and what is told of it meanwhile.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use super::{Doing, Proposer};
use crate::infer::{Choice, Role, Runtime};
use crate::jobs::desk::Desk;
use crate::remedy::prompt::Templates;
use crate::remedy::{Mender, Offer, Onlooker, Origin, Rung, Subject, Unusable};

/// Between two words about what a model reads or writes: as often as what is drawn can be followed.
const TELLING: Duration = Duration::from_millis(33);
/// Bytes of what it has written that are told.
const WRITTEN: usize = 4 << 10;
/// The model that is asked first, loaded once.
#[derive(Default)]
pub(super) struct Models {
    rungs: Vec<Box<dyn Rung>>,
    /// The digest of the model in the role, as it was when it was loaded.
    of: Option<String>,
}

/// A model that is handed on for a while.
struct Lent<'m>(&'m mut (dyn Rung + 'static));

impl Rung for Lent<'_> {
    fn origin(&self) -> Origin {
        self.0.origin()
    }

    fn by(&self) -> String {
        self.0.by()
    }

    fn offers(&mut self, subject: &Subject, onlooker: Onlooker<'_>) -> Result<Vec<Offer>, Unusable> {
        self.0.offers(subject, onlooker)
    }

    fn waited(&self) -> Duration {
        self.0.waited()
    }
}

impl Models {
    /// Those that are asked, for one proposal.
    pub(super) fn lent(&mut self) -> Vec<Box<dyn Rung + '_>> {
        self.rungs.iter_mut().map(|rung| Box::new(Lent(&mut **rung)) as Box<dyn Rung + '_>).collect()
    }

    /// Loads the model in the role, where it is another one than before; says why where it cannot be used.
    pub(super) fn load(&mut self, desk: &Desk, with: &Proposer) -> Option<String> {
        if with.asks_no_model {
            return None;
        }
        let there = desk.model_in(Role::Remediation).ok().flatten().map(|there| there.digest);
        if there == self.of {
            return None;
        }
        self.rungs.clear();
        self.of.clone_from(&there);
        there?;
        self.loaded(desk, with).err()
    }

    fn loaded(&mut self, desk: &Desk, with: &Proposer) -> Result<(), String> {
        fn words(error: impl ToString) -> String {
            error.to_string()
        }
        let templates = match &with.templates {
            Some(folder) => Templates::read(folder),
            None => Templates::shipped(),
        };
        let templates = templates.map_err(words)?;
        if let Some(program) = &with.program {
            let (name, model) = desk.serve_model(Role::Remediation, None, program).map_err(words)?;
            self.rungs.push(Box::new(Mender::new(name, model, templates, with.limits.clone())));
            return Ok(());
        }
        let runtime = Runtime::start(Choice::from_environment().map_err(words)?).map_err(words)?;
        let (name, model) = desk.load_model(Role::Remediation, None, &runtime).map_err(words)?;
        self.rungs.push(Box::new(Mender::new(name, model, templates, with.limits.clone())));
        Ok(())
    }
}

/// Puts what happens into a few words, and tells no more of them than an eye can take in.
#[derive(Default)]
pub(super) struct Teller(RefCell<(Doing, Option<Instant>)>);

impl Teller {
    pub(super) fn take(&self, case: u32, progress: crate::remedy::Progress<'_>) -> Option<Doing> {
        use crate::remedy::Progress as Told;
        let (doing, told) = &mut *self.0.borrow_mut();
        if doing.case != case {
            *doing = Doing { case, ..Doing::default() };
            *told = None;
        }
        let is_flood = matches!(progress, Told::Reading { .. } | Told::Writing { .. });
        match progress {
            Told::Asked { origin, by } => {
                let by = if by.is_empty() { String::new() } else { format!(" {by}") };
                doing.what = format!("asking: {}{by}", origin.word());
                doing.text.clear();
            }
            Told::Reading { read, of } => doing.what = format!("the model reads {read} of {of} tokens"),
            Told::Writing { text, tokens } => {
                doing.what = format!("the model writes: {tokens} tokens");
                let from = text.floor_char_boundary(text.len().saturating_sub(WRITTEN));
                text.get(from..).unwrap_or_default().clone_into(&mut doing.text);
            }
            Told::Missed(miss) => doing.what = format!("of no use: {}", miss.words()),
            Told::Offered(remedy) => {
                doing.what = format!("offered by {}: it is checked", remedy.origin.word());
                doing.text.clear();
                doing.checks.clear();
            }
            Told::Checked { check, .. } => doing.checks.push((check.name(), check.outcome)),
        }
        if is_flood && told.is_some_and(|told| told.elapsed() < TELLING) {
            return None;
        }
        *told = Some(Instant::now());
        Some(doing.clone())
    }
}
