//! States for tests.

use super::docket::DocketScreen;
use super::keymap::Keymap;
use super::state::{Session, Settings, State, Status, Which};
use super::theme::{Depth, Ground, Theme};

/// A state at the start, on a terminal of 120 by 36 without colours.
pub(super) fn state() -> State {
    State {
        size: (120, 36),
        keymap: Keymap::default(),
        theme: Theme { depth: Depth::None, ground: Ground::Dark, unicode: true },
        settings: Settings::default(),
        which: Which::Docket,
        docket: DocketScreen::default(),
        modals: Vec::new(),
        status: Status::default(),
        session: Session::default(),
        title: String::new(),
    }
}
