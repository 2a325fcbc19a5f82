//! The screen of the gate: shut, open, while it is counted, without a label, and where it cannot be counted.

use ratatui::buffer::Buffer;

use super::buffer;
use crate::domain::Opinion;
use crate::jobs::GateView;
use crate::tui::event::Event;
use crate::tui::testing::{World, gate};
use crate::tui::theme::{Depth, Ground, Theme};

const SMALL: (u16, u16) = (80, 24);
const USUAL: (u16, u16) = (120, 36);
const WIDE: (u16, u16) = (200, 60);

/// The screen of a gate, where it was gone to, in colours on a dark ground.
fn of(gate: Result<GateView, String>, size: (u16, u16), keys: &str) -> World {
    in_colours((Depth::True, Ground::Dark), gate, size, keys)
}

fn in_colours(
    (depth, ground): (Depth, Ground),
    gate: Result<GateView, String>,
    size: (u16, u16),
    keys: &str,
) -> World {
    let mut world = World::of(40);
    (world.gate, world.state.settings.reviewer) = (gate, "ann".into());
    world.state.theme = Theme { depth, ground, ..world.state.theme };
    world.tell(Event::Resized(size.0, size.1));
    world.press("f3");
    world.press(keys);
    world
}

fn counting(size: (u16, u16)) -> World {
    let mut world = World::of(40);
    world.state.theme = Theme { depth: Depth::True, ..world.state.theme };
    world.tell(Event::Resized(size.0, size.1));
    world.holds = true;
    world.press("f3");
    world
}

/// A contradiction, opened.
fn sides(size: (u16, u16)) -> World {
    let mut world = of(Ok(gate::shut()), size, "");
    world.histories.insert(1, vec![gate::past(0, "ann", Opinion::Confirmed)]);
    world.histories.insert(2, vec![gate::past(9, "ann", Opinion::Rejected)]);
    world.press("G k enter");
    world
}

fn plain() -> World {
    let mut world = in_colours((Depth::None, Ground::Dark), Ok(gate::shut()), USUAL, "");
    world.state.theme.unicode = false;
    world
}

/// All of them, with their names.
pub(super) fn drawn() -> Vec<(&'static str, Buffer)> {
    let why = || Err("/shop/.assize/gate.toml: `caps.rule` is a share, from 0 to 1".to_owned());
    let worlds = vec![
        ("gate", of(Ok(gate::shut()), USUAL, "j")),
        ("gate-narrow", of(Ok(gate::shut()), SMALL, "j")),
        ("gate-wide", of(Ok(gate::shut()), WIDE, "G")),
        ("gate-light", in_colours((Depth::True, Ground::Light), Ok(gate::shut()), USUAL, "j")),
        ("gate-16", in_colours((Depth::Sixteen, Ground::Dark), Ok(gate::shut()), USUAL, "j")),
        ("gate-none", in_colours((Depth::None, Ground::Dark), Ok(gate::shut()), USUAL, "j")),
        ("gate-plain", plain()),
        ("gate-open", of(Ok(gate::open()), USUAL, "")),
        ("gate-open-narrow", of(Ok(gate::open()), SMALL, "} } }")),
        ("gate-open-wide", of(Ok(gate::open()), WIDE, "")),
        ("gate-counting", counting(USUAL)),
        ("gate-counting-narrow", counting(SMALL)),
        ("gate-counting-wide", counting(WIDE)),
        ("gate-empty", of(Ok(gate::empty()), USUAL, "")),
        ("gate-empty-narrow", of(Ok(gate::empty()), SMALL, "")),
        ("gate-empty-wide", of(Ok(gate::empty()), WIDE, "")),
        ("gate-failed", of(why(), USUAL, "")),
        ("gate-failed-narrow", of(why(), SMALL, "")),
        ("gate-failed-wide", of(why(), WIDE, "")),
        ("gate-sides", sides(USUAL)),
        ("gate-sides-narrow", sides(SMALL)),
        ("gate-sides-wide", sides(WIDE)),
    ];
    worlds.into_iter().map(|(name, world)| (name, buffer(&world))).collect()
}
