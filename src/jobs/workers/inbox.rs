//! Requests on their way to a worker, without those that a later one has made useless.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

use super::{Ask, Request};

/// The requests for one worker, in the order in which they were asked.
#[derive(Debug)]
pub(super) struct Inbox {
    requests: Receiver<Request>,
    waiting: RefCell<VecDeque<Request>>,
    /// Whether nobody can ask any more.
    is_over: Cell<bool>,
}

/// An inbox, and the way into it.
pub(super) fn inbox() -> (Sender<Request>, Inbox) {
    let (to, requests) = channel();
    (to, Inbox { requests, waiting: RefCell::default(), is_over: Cell::new(false) })
}

impl Inbox {
    /// The next request that still counts; waits for one. `None` once nobody can ask any more.
    pub(super) fn next(&self) -> Option<Request> {
        loop {
            let first = self.waiting.borrow_mut().pop_front();
            let request = first.or_else(|| self.requests.recv().ok())?;
            self.take_in();
            let mut waiting = self.waiting.borrow_mut();
            match waiting.iter_mut().find(|later| later.supersedes(&request)) {
                Some(later) => later.inherit(&request),
                None => return Some(request),
            }
        }
    }

    /// Whether anything waits: work of which nobody is sure to wait for the end gives way to it.
    pub(super) fn is_waiting(&self) -> bool {
        self.take_in();
        !self.waiting.borrow().is_empty()
    }

    /// Whether nobody can ask any more; what was asked may wait still.
    pub(super) fn is_over(&self) -> bool {
        self.take_in();
        self.is_over.get()
    }

    /// Whether a request that waits makes one useless.
    pub(super) fn has_newer(&self, than: &Request) -> bool {
        self.take_in();
        self.waiting.borrow().iter().any(|later| later.supersedes(than))
    }

    /// Cases whose rows are waited for, out of their turn.
    pub(super) fn take_rows(&self) -> Option<Vec<u32>> {
        self.take_in();
        let mut waiting = self.waiting.borrow_mut();
        let at = waiting.iter().position(|request| matches!(request, Request::Rows(_)))?;
        match waiting.remove(at) {
            Some(Request::Rows(cases)) => Some(cases),
            _ => None,
        }
    }

    fn take_in(&self) {
        let mut waiting = self.waiting.borrow_mut();
        loop {
            match self.requests.try_recv() {
                Ok(request) => waiting.push_back(request),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => return self.is_over.set(true),
            }
        }
    }
}

impl Request {
    /// Whether nobody needs an earlier request's answer once this one was asked.
    const fn supersedes(&self, earlier: &Self) -> bool {
        match (earlier, self) {
            (Self::List { .. }, Self::List { .. })
            | (Self::Follow { .. }, Self::Follow { .. })
            | (Self::Survey { .. }, Self::Survey { .. })
            | (Self::Search { .. }, Self::Search { .. })
            | (Self::Tree { ask: Ask::Compare(..), .. }, Self::Tree { ask: Ask::Compare(..), .. })
            | (Self::Outline(_), Self::Outline(_))
            | (Self::Alike(_), Self::Alike(_))
            | (Self::Recount { .. }, Self::Recount { .. })
            | (Self::Named(_), Self::Named(_))
            | (Self::Case(_) | Self::Kept(_), Self::Case(_) | Self::Kept(_))
            | (Self::Colours { .. }, Self::Colours { .. } | Self::Case(_) | Self::Kept(_)) => true,
            (Self::Find(earlier), Self::Find(later)) => earlier.sort() == later.sort(),
            _ => false,
        }
    }

    /// Takes over what an earlier request wanted beside its answer.
    const fn inherit(&mut self, earlier: &Self) {
        match (self, earlier) {
            (Self::List { reload, .. }, Self::List { reload: true, .. }) => *reload = true,
            (Self::Follow { changed, .. }, Self::Follow { changed: earlier, .. }) => {
                changed.findings |= earlier.findings;
                changed.remedies |= earlier.remedies;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docket::{Filter, Grouping, Order};
    use crate::domain::State;
    use crate::jobs::Find;

    fn list(turn: u64, reload: bool) -> Request {
        let (filter, order, grouping) = (Filter::default(), Order::default(), Grouping::default());
        Request::List { turn, filter, order, grouping, reload, only: None }
    }

    fn told(inbox: &Inbox) -> Vec<String> {
        std::iter::from_fn(|| inbox.next())
            .map(|request| match request {
                Request::List { turn, reload, .. } => {
                    format!("list {turn}{}", if reload { " anew" } else { "" })
                }
                Request::Case(case) => format!("case {case}"),
                Request::Rows(cases) => format!("rows {cases:?}"),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn only_the_newest_list_and_case_are_asked_for_and_the_rest_in_order() {
        let (ask, inbox) = inbox();
        for request in
            [list(1, false), Request::Case(1), Request::Rows(vec![1]), list(2, false), Request::Rows(vec![2])]
        {
            ask.send(request).unwrap();
        }
        ask.send(Request::Case(2)).unwrap();
        drop(ask);
        assert_eq!(told(&inbox), ["rows [1]", "list 2", "rows [2]", "case 2"]);
    }

    #[test]
    fn of_what_is_looked_for_the_newest_of_each_sort_counts() {
        let (ask, inbox) = inbox();
        let case = |id: &str| Request::Find(Find::Case(id.into()));
        let next = |from| Find::Next { cases: Vec::new().into(), from, state: State::Stale };
        for request in [case("a"), Request::Find(next(0)), case("b"), list(1, false)] {
            ask.send(request).unwrap();
        }
        drop(ask);
        let told = told(&inbox);
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].contains("from: 0") && told[1].contains("Case(\"b\")"), "{told:?}");
    }

    #[test]
    fn a_store_to_be_read_anew_is_read_by_the_list_that_comes_instead() {
        let (ask, inbox) = inbox();
        for request in [list(1, true), list(2, false), list(3, false)] {
            ask.send(request).unwrap();
        }
        drop(ask);
        assert_eq!(told(&inbox), ["list 3 anew"]);
    }
}
