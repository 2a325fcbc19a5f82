//! The loop of every worker: one request after the other, each answered, whatever happens.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::inbox::Inbox;
use super::{Reply, Request};
use crate::jobs::desk::DeskError;
use crate::jobs::fault::provoke;

/// What a worker does.
pub(super) trait Work {
    /// Answers a request; may look into the inbox to see whether the answer is still waited for.
    fn work(&mut self, request: Request, inbox: &Inbox, tell: &dyn Fn(Reply)) -> Result<(), DeskError>;

    /// Begins anew after a fault, since what it held may be half done.
    fn renew(&mut self);

    /// Leaves everything as the next start would have it; nobody asks any more.
    fn end(&mut self) {}
}

/// Answers requests until nobody can ask any more. A fault ends the request that met it and no other.
pub(super) fn serve(mut worker: impl Work, inbox: &Inbox, tell: impl Fn(Reply)) {
    while let Some(request) = inbox.next() {
        let ticket = request.ticket();
        let worked = caught(|| {
            if ticket.is_some() {
                provoke("act");
            }
            worker.work(request, inbox, &tell)
        });
        let why = match worked {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => error.to_string(),
            Err(fault) => {
                worker.renew();
                fault
            }
        };
        tell(in_vain(ticket, why));
    }
    worker.end();
}

/// Answers every request with why none can be.
pub(super) fn refuse(why: &DeskError, inbox: &Inbox, tell: impl Fn(Reply)) {
    while let Some(request) = inbox.next() {
        tell(in_vain(request.ticket(), why.to_string()));
    }
}

/// The answer to a request that came to nothing.
pub(super) const fn in_vain(ticket: Option<u64>, why: String) -> Reply {
    match ticket {
        Some(ticket) => Reply::Refused { ticket, why },
        None => Reply::Failed(why),
    }
}

/// What some work came to, or which fault it met.
pub(in crate::jobs) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|fault| {
        format!("the program has a fault, please report it: {}", words(&*fault).unwrap_or("no more is known"))
    })
}

fn words(fault: &(dyn Any + Send)) -> Option<&str> {
    fault.downcast_ref::<&str>().copied().or_else(|| fault.downcast_ref::<String>().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::super::Do;
    use super::super::inbox::inbox;
    use super::*;

    /// Has a fault with every second case, and may not be asked again before it began anew.
    #[derive(Default)]
    struct Faulty {
        broken: bool,
    }

    impl Work for Faulty {
        fn work(&mut self, request: Request, _: &Inbox, tell: &dyn Fn(Reply)) -> Result<(), DeskError> {
            assert!(!self.broken, "asked before it began anew");
            let (ticket, number) = match request {
                Request::Act { ticket, act: Do::Rank(cases, _), .. } => (ticket, cases[0]),
                Request::Rows(cases) => (0, cases[0]),
                _ => return Err(DeskError::NoSuchCase("x".into())),
            };
            self.broken = true;
            assert!(number % 2 == 0, "case {number}");
            self.broken = false;
            tell(Reply::Refused { ticket, why: "done".into() });
            Ok(())
        }

        fn renew(&mut self) {
            self.broken = false;
        }
    }

    #[test]
    fn a_fault_refuses_its_own_act_and_the_others_are_done() {
        let (ask, inbox) = inbox();
        for number in 1..=4 {
            let act = Do::Rank(vec![u32::try_from(number).unwrap()], None);
            ask.send(Request::Act { ticket: number, act, named: Vec::new() }).unwrap();
        }
        ask.send(Request::Rows(vec![1])).unwrap();
        ask.send(Request::Case(1)).unwrap();
        drop(ask);
        let told = RefCell::new(Vec::new());
        serve(Faulty::default(), &inbox, |reply| told.borrow_mut().push(reply));
        let told: Vec<String> = told
            .into_inner()
            .into_iter()
            .map(|reply| match reply {
                Reply::Refused { ticket, why } => format!("{ticket} {why}"),
                Reply::Failed(why) => why,
                other => format!("{other:?}"),
            })
            .collect();
        let fault = "the program has a fault, please report it: case";
        assert_eq!(
            told,
            [
                format!("1 {fault} 1"),
                "2 done".into(),
                format!("3 {fault} 3"),
                "4 done".into(),
                format!("{fault} 1"),
                "there is no case `x`".into()
            ]
        );
    }
}
