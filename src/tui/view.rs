//! Drawing: from the state to the cells. Pure, and only what is on the screen is looked at.

mod bars;
mod bulk;
mod case;
mod cells;
mod code;
mod complete;
mod details;
mod facets;
pub(super) mod gate;
mod groups;
mod help;
#[cfg(test)]
mod hostile;
mod importing;
pub(super) mod list;
mod listing;
mod modals;
pub(super) mod models;
mod note;
mod receipt;
mod remedies;
pub(super) mod runs;
pub(super) mod sides;
#[cfg(test)]
mod snapshots;
mod spread;

use ratatui::Frame;

use super::action::Action;
use super::layout;
use super::state::{State, Which};
pub(super) use bars::grouped;
pub(super) use bulk::many;
pub(super) use case::{last_scroll, prepare};
use cells::Pen;
#[cfg(test)]
pub(super) use cells::WRAPPED;
pub(super) use details::{Details, moment};
pub(super) use help::Help;
pub(super) use modals::messages;
#[cfg(test)]
pub(super) use remedies::built as remedies_built;
pub(super) use remedies::{last_of_remedy, widest_change};

/// What the last line offers on a screen beside the docket, the likeliest first, in a word each.
pub(super) const fn offered_on(which: Which) -> &'static [(Action, &'static str)] {
    match which {
        Which::Remedies => &remedies::OFFERED,
        Which::Runs => &runs::OFFERED,
        Which::Models => &models::OFFERED,
        Which::Gate => &gate::OFFERED,
        Which::Docket => &[],
    }
}

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, state: &State) {
    let panes = layout::of(state);
    let area = frame.area();
    let mut pen = Pen::new(frame.buffer_mut(), state.theme);
    bars::header(&mut pen, panes.header, state);
    if state.which == Which::Docket {
        bars::filter(&mut pen, panes.filter, state);
        list::draw(&mut pen, &panes, state);
        code::draw(&mut pen, panes.code, &state.docket);
        case::draw(&mut pen, panes.case, state);
        groups::panes(&mut pen, &panes, state);
        bars::rules(&mut pen, &panes);
    } else if state.which == Which::Remedies {
        remedies::draw(&mut pen, &panes, state);
    } else if state.which == Which::Runs {
        runs::draw(&mut pen, &panes, state);
    } else if state.which == Which::Models {
        models::draw(&mut pen, &panes, state);
    } else {
        gate::draw(&mut pen, &panes, state);
    }
    modals::draw(&mut pen, area, state);
    bars::footer(&mut pen, panes.footer, state);
}
