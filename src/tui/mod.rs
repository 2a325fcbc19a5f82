//! Owns the workstation: what is on the screen, and what follows from a key.
//!
//! `update` is pure: what happened goes in, what is to be done comes out as data, and the state in between is drawn
//! by `view`, which is pure too. Nothing here reads a file or a database; the workers of `jobs` do, on threads of
//! their own, and answer when they are done.
//!
//! - A verdict is shown as saved only after the worker said that it is on disk; until then it is shown as being saved.
//! - A list stays as it is while its cases are decided: nothing jumps.
//! - Only rows in sight are built, and only what is in sight is asked for. Texts of a case are wrapped once for a width.
//! - An answer never opens over what is asked or written, nor takes the reviewer elsewhere who has gone on.
//! - No text of any origin reaches the terminal but through `text::visible`.

pub mod action;
mod bulk;
mod child;
mod chooser;
mod clipboard;
mod docket;
pub mod editor;
mod effect;
mod event;
mod facets;
mod gate;
mod ground;
mod importing;
mod input;
mod kept;
pub mod key;
pub mod keymap;
mod layout;
mod listing;
mod markdown;
mod messages;
mod modal;
mod models;
mod note;
mod offers;
mod pace;
mod proposing;
mod remedies;
mod runs;
mod sides;
mod state;
mod terminal;
#[cfg(test)]
mod testing;
pub mod theme;
mod trail;
mod update;
mod view;
mod waiting;

pub use bulk::{Bulk, Deed};
pub use chooser::{Choice, Chooser, Purpose};
pub use docket::{
    DocketScreen, Just, LikeList, Line, Lists, Noticed, Open, Outline, Page, Pending, Spread, Step,
};
pub use effect::{Edits, Effect};
pub use event::Event;
pub use facets::Facets;
pub use gate::{GateScreen, Row};
pub use importing::{ImportForm, Importing, Running};
pub use input::Input;
pub use layout::{BadLayout, Hidden, Layout, Pane, Panes, Widths};
pub use listing::Listing;
pub use messages::{Message, Messages};
pub use modal::{Modal, Prompt, Why, WrongDay, reasons};
pub use models::{ModelScreen, Work};
pub use note::Note;
pub use proposing::Proposing;
pub use remedies::{RemedyScreen, Shown};
pub use runs::RunsScreen;
pub use sides::{Side, SideLine, Sides};
pub use state::{Session, Settings, State, Status, Which};
pub use terminal::{Left, Stopped, give_back, run};
pub use trail::Trail;
pub use update::{begin, update};
pub use view::draw;

impl State {
    /// The workstation at its start.
    #[must_use]
    pub fn new(keymap: keymap::Keymap, theme: theme::Theme, settings: Settings, title: String) -> Self {
        let mut docket = DocketScreen::default();
        docket.order = settings.order;
        (docket.widths, docket.hidden) = (settings.layout.widths, settings.layout.hidden);
        Self {
            size: (80, 24),
            keymap,
            theme,
            settings,
            which: Which::Docket,
            docket,
            remedies: RemedyScreen::default(),
            proposing: Proposing::default(),
            runs: RunsScreen::default(),
            importing: Importing::default(),
            models: ModelScreen::default(),
            gate: GateScreen::default(),
            modals: Vec::new(),
            held: Vec::new(),
            waiting: None,
            copying: 0,
            offered: None,
            now: 0,
            status: Status::default(),
            messages: messages::Messages::default(),
            session: Session::default(),
            saved: crate::docket::Saved::default(),
            locked: None,
            returning: Vec::new(),
            trail: Trail::default(),
            title,
        }
    }
}
