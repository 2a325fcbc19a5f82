//! The worker that finds the cases that are nearly the same as one. It has a thread of its own: it may read hundreds of
//! files, and neither the next case nor its code shall wait for that.

use super::inbox::Inbox;
use super::serve::Work;
use super::shared::Shared;
use super::{Reply, Request};
use crate::domain::Reviewer;
use crate::jobs::desk::{Desk, DeskError};

pub(super) struct Likes {
    desk: Desk,
    docket: Shared,
    reviewer: Reviewer,
}

impl Likes {
    pub(super) const fn new(desk: Desk, docket: Shared, reviewer: Reviewer) -> Self {
        Self { desk, docket, reviewer }
    }
}

impl Work for Likes {
    fn work(&mut self, request: Request, inbox: &Inbox, tell: &dyn Fn(Reply)) -> Result<(), DeskError> {
        self.desk.look_again()?;
        match request {
            Request::Alike(case) => {
                // Where there is nothing to spread, nobody is told what is like it, and it is not looked for.
                let likeness = if self.desk.may_be_spread(case, self.reviewer.as_str())? {
                    self.desk.likeness(&self.docket.now(), case)?
                } else {
                    None
                };
                let gave_up = || inbox.is_waiting();
                // Where something else is asked for meanwhile, this is asked for again if it still matters.
                if let Some(alike) = self.desk.alike(case, likeness, self.reviewer.as_str(), &gave_up)? {
                    tell(Reply::Alike(Box::new(alike)));
                }
            }
            Request::Differences { case, others } => {
                tell(Reply::Differences { case, differences: self.desk.differences(case, &others)? });
            }
            _ => {}
        }
        Ok(())
    }

    fn renew(&mut self) {
        // What cannot be opened now is opened when it is asked for next.
        if let Ok(desk) = self.desk.again() {
            self.desk = desk;
        }
    }
}
