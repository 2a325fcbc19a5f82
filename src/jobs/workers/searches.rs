//! The worker that looks for texts in files on the screen. It needs no store, and nothing waits for it but the search.

use super::inbox::Inbox;
use super::serve::Work;
use super::{Reply, Request};
use crate::jobs::desk::DeskError;
use crate::jobs::search::Hits;

pub(super) struct Searches;

impl Work for Searches {
    fn work(&mut self, request: Request, inbox: &Inbox, tell: &dyn Fn(Reply)) -> Result<(), DeskError> {
        if let Request::Search { file, text } = request
            && let Some(hits) = Hits::find(&file, &text, &|| inbox.is_waiting())
        {
            tell(Reply::Hits(hits));
        }
        Ok(())
    }

    fn renew(&mut self) {}
}
