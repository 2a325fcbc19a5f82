//! What views draw, with their colours: each row of letters over a row of signs, and below what each sign stands for.
//! `UPDATE=1 cargo test --lib snapshots` writes them anew.

mod cases;
mod gates;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};

use super::draw;
use crate::tui::event::Event;
use crate::tui::testing::World;
use crate::tui::theme::{Depth, Ground, Theme};

/// Signs of the styles of a screen, in the order in which they come up.
const SIGNS: &str = ".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A screen: its name, its colours, its width and the keys that lead to it.
type Screen = (&'static str, Depth, Ground, u16, &'static str);

/// Screens of remedies: their names, their colours, columns and rows, and the keys on them.
type Remedies = (&'static str, Depth, Ground, (u16, u16), &'static str);

const ROWS: u16 = 24;

const SCREENS: [Screen; 12] = [
    ("docket", Depth::True, Ground::Dark, 120, "j j"),
    ("docket-light", Depth::True, Ground::Light, 120, "j j"),
    ("docket-256", Depth::Many, Ground::Dark, 120, "j j"),
    ("docket-16", Depth::Sixteen, Ground::Dark, 120, "j j"),
    ("docket-none", Depth::None, Ground::Dark, 120, "j j"),
    ("narrow", Depth::True, Ground::Dark, 80, "j"),
    ("decided", Depth::True, Ground::Dark, 120, "a enter r s * 2"),
    ("reason", Depth::True, Ground::Dark, 120, "r"),
    ("bulk", Depth::True, Ground::Dark, 120, "ctrl-a r enter"),
    ("groups", Depth::True, Ground::Dark, 120, "b"),
    ("palette", Depth::True, Ground::Dark, 120, ":"),
    ("note", Depth::True, Ground::Dark, 120, "m t w o"),
];

const REMEDIES: [Remedies; 9] = [
    ("remedies", Depth::True, Ground::Dark, (120, 36), ""),
    ("remedies-light", Depth::True, Ground::Light, (120, 36), ""),
    ("remedies-256", Depth::Many, Ground::Dark, (120, 36), "d"),
    ("remedies-16", Depth::Sixteen, Ground::Dark, (120, 36), "j"),
    ("remedies-none", Depth::None, Ground::Dark, (120, 36), ""),
    ("remedies-narrow", Depth::True, Ground::Dark, (80, 24), ""),
    ("remedies-narrow-checks", Depth::True, Ground::Dark, (80, 24), "j c"),
    ("remedies-sides", Depth::True, Ground::Dark, (120, 36), "f6 a"),
    ("remedies-refuse", Depth::True, Ground::Dark, (80, 24), "r"),
];

/// Screens of models: their names, their colours, columns and rows, and the keys on them.
const MODELS: [Remedies; 4] = [
    ("models", Depth::True, Ground::Dark, (120, 36), ""),
    ("models-light", Depth::True, Ground::Light, (140, 36), "j"),
    ("models-none", Depth::None, Ground::Dark, (120, 36), "G v"),
    ("models-narrow", Depth::True, Ground::Dark, (80, 24), "j x"),
];

/// How a docket is drawn: its colours, columns and rows, and the keys that lead to it.
#[derive(Clone, Copy)]
struct Scene {
    colours: (Depth, Ground),
    size: (u16, u16),
    keys: &'static str,
}

/// Screens of the docket of other sizes than the rest, and what lies over it.
const DOCKETS: [Remedies; 14] = [
    ("facets", Depth::True, Ground::Dark, (120, 36), "F"),
    ("facets-narrow", Depth::Sixteen, Ground::Dark, (80, 24), "F right"),
    ("files", Depth::True, Ground::Dark, (120, 36), "ctrl-p f 1"),
    ("help", Depth::True, Ground::Dark, (120, 36), "?"),
    ("help-narrow", Depth::True, Ground::Dark, (80, 24), "? page-down"),
    ("help-wide", Depth::True, Ground::Dark, (200, 60), "?"),
    ("help-light", Depth::True, Ground::Light, (120, 36), "? G"),
    ("accept-risk", Depth::True, Ground::Dark, (120, 36), "w"),
    ("accept-risk-until", Depth::True, Ground::Dark, (80, 24), "w m 2 0 2 7"),
    ("no-code", Depth::True, Ground::Dark, (80, 24), "f7"),
    ("details", Depth::True, Ground::Dark, (80, 24), "i"),
    ("import", Depth::True, Ground::Dark, (120, 36), "I a . j s o n down down"),
    ("bulk-narrow", Depth::None, Ground::Dark, (80, 24), "ctrl-a r"),
    ("wide", Depth::True, Ground::Dark, (200, 60), "j"),
];

fn world(scene: Scene) -> World {
    let mut world = World::of(40);
    let (depth, ground) = scene.colours;
    world.state.theme = Theme { depth, ground, ..world.state.theme };
    world.tell(Event::Resized(scene.size.0, scene.size.1));
    world.press(scene.keys);
    world
}

fn buffer(world: &World) -> Buffer {
    let (columns, rows) = world.state.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(frame, &world.state)).unwrap();
    terminal.backend().buffer().clone()
}

fn drawn((_, depth, ground, columns, keys): Screen) -> Buffer {
    buffer(&world(Scene { colours: (depth, ground), size: (columns, ROWS), keys }))
}

fn drawn_docket((_, depth, ground, size, keys): Remedies) -> Buffer {
    buffer(&world(Scene { colours: (depth, ground), size, keys }))
}

/// Decided cases and pinned ones, where the terminal has no more than ASCII.
fn drawn_plain() -> Buffer {
    let mut world =
        world(Scene { colours: (Depth::None, Ground::Dark), size: (120, ROWS), keys: "a enter r s * 2 b" });
    world.state.theme.unicode = false;
    buffer(&world)
}

fn drawn_models((_, depth, ground, size, keys): Remedies) -> Buffer {
    let mut world = World::of(40);
    world.models = crate::tui::testing::models::shelf();
    world.state.theme = Theme { depth, ground, ..world.state.theme };
    world.tell(Event::Resized(size.0, size.1));
    world.press("f5");
    world.press(keys);
    buffer(&world)
}

fn drawn_remedies((_, depth, ground, size, keys): Remedies) -> Buffer {
    let mut world = World::of(40);
    world.remedied = vec![4, 5, 6];
    world.state.theme = Theme { depth, ground, ..world.state.theme };
    world.tell(Event::Resized(size.0, size.1));
    world.press("f2");
    world.press(keys);
    buffer(&world)
}

fn written(buffer: &Buffer) -> String {
    let style = |cell: &Cell| format!("{:?} on {:?} {:?}", cell.fg, cell.bg, cell.modifier);
    let mut styles: Vec<String> = vec![style(&Cell::EMPTY)];
    let mut out = String::new();
    for row in buffer.content.chunks(usize::from(buffer.area.width)) {
        let letters: String = row.iter().map(Cell::symbol).collect();
        let signs: String = row
            .iter()
            .map(|cell| {
                let style = style(cell);
                let at = styles.iter().position(|known| *known == style).unwrap_or_else(|| {
                    styles.push(style);
                    styles.len() - 1
                });
                SIGNS.chars().nth(at).expect("fewer styles on a screen")
            })
            .collect();
        writeln!(out, "{}\n{}", letters.trim_end(), signs.trim_end_matches('.')).unwrap();
    }
    for (sign, style) in SIGNS.chars().zip(&styles) {
        writeln!(out, "{sign} {style}").unwrap();
    }
    out
}

#[test]
fn views_are_drawn_as_they_were_letter_for_letter_and_colour_for_colour() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/tui/view/snapshots");
    let mut differ = Vec::new();
    let screens = SCREENS.into_iter().map(|screen| (screen.0, drawn(screen)));
    let remedies = REMEDIES.into_iter().map(|screen| (screen.0, drawn_remedies(screen)));
    let models = MODELS.into_iter().map(|screen| (screen.0, drawn_models(screen)));
    let dockets = DOCKETS.into_iter().map(|screen| (screen.0, drawn_docket(screen)));
    let plain = [("plain", drawn_plain())].into_iter().chain(cases::drawn()).chain(gates::drawn());
    for (name, buffer) in screens.chain(remedies).chain(models).chain(dockets).chain(plain) {
        let now = written(&buffer);
        let path = folder.join(name).with_extension("txt");
        if env::var_os("UPDATE").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, now).unwrap();
        } else {
            let before = fs::read_to_string(&path).unwrap_or_default();
            let at = now.lines().zip(before.lines()).position(|(now, before)| now != before);
            if now != before {
                let line = at.and_then(|at| Some((now.lines().nth(at)?, before.lines().nth(at)?)));
                differ.push(format!("{name}: {line:#?}"));
            }
        }
    }
    assert!(differ.is_empty(), "UPDATE=1 writes them anew, to be looked at\n{}", differ.join("\n"));
}
