//! Whole screens of texts that would bend them.

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::layout::Rect;

use super::draw;
use crate::jobs::Reply;
use crate::tui::event::Event;
use crate::tui::layout;
use crate::tui::state::State;
use crate::tui::testing::World;

fn texts() -> impl Strategy<Value = String> {
    let parts = [
        "SQL ",
        "src/",
        ".py",
        "é",
        "e\u{301}",
        "漢字",
        "\u{1f1e9}",
        "\u{1f1ea}",
        "\u{2764}\u{fe0f}",
        "1\u{fe0f}\u{20e3}",
        "\u{1f468}\u{200d}\u{1f469}",
        "\u{1f44d}\u{1f3fd}",
        "\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}",
        "\u{ff8a}\u{ff9e}",
        "\u{202e}",
        "\u{200b}",
        "\u{1b}[31m",
        "\t",
        "\n",
        "\u{9b}",
        "\u{1112}\u{1161}\u{11ab}",
        "\u{fe0f}",
    ];
    prop::collection::vec(prop::sample::select(parts.to_vec()), 1..24).prop_map(|parts| parts.concat())
}

fn drawn(state: &State) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(state.size.0, state.size.1)).unwrap();
    terminal.draw(|frame| draw(frame, state)).unwrap();
    terminal.backend().buffer().clone()
}

/// Whether all that stands in a pane ends in it, and what is wide covers blanks alone.
fn is_within(buffer: &Buffer, pane: Rect) -> bool {
    pane.rows().all(|row| {
        let mut column = row.x;
        while column < row.right() {
            let wide = buffer[(column, row.y)].symbol().cell_width().max(1);
            let covered = column + 1..column + wide;
            if column + wide > row.right() || covered.clone().any(|at| buffer[(at, row.y)].symbol() != " ") {
                return false;
            }
            column += wide;
        }
        true
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_leaves_its_pane_or_moves_the_lines_between(
        fields in prop::collection::vec(texts(), 6),
        size in prop::sample::select(&[(80_u16, 24_u16), (120, 36), (200, 60), (111, 20), (40, 12)][..]),
        keys in prop::sample::select(&["j", "ctrl-a u", "?", ":", "H L", "i", "/", "m"][..]),
    ) {
        let mut world = World::of(12);
        world.tell(Event::Resized(size.0, size.1));
        let mut rows: Vec<_> = (1..=12).map(|case| world.listed(case)).collect();
        for row in &mut rows {
            row.title.clone_from(&fields[0]);
            row.path.clone_from(&fields[1]);
            row.tools = vec![fields[2].clone(), fields[3].clone()];
            row.project.clone_from(&fields[4]);
        }
        world.state.title.clone_from(&fields[5]);
        world.tell(Event::Answered(Reply::Rows(rows.clone())));
        if let Some(open) = &mut world.state.docket.open {
            open.view.listed = rows[0].clone();
            open.forget_details();
            if let Some(file) = &mut open.code {
                let text: String = (0..40).map(|at| format!("{}\n", fields[at % 6].replace('\n', " "))).collect();
                let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
                let mut other = (**file).clone();
                (other.text, other.starts) = (text.into(), starts);
                *file = other.into();
                open.colours.clear();
            }
        }
        let bare = drawn(&world.state);
        let panes = layout::of(&world.state);
        let rule = |column: u16| {
            (panes.list.top()..panes.list.bottom()).all(|row| bare[(column, row)].symbol() == "│")
        };
        if panes.lines_per_case > 1 {
            prop_assert!(rule(panes.code.x - 1) && rule(panes.case.x - 1));
        }
        for pane in [panes.header, panes.filter, panes.list, panes.code, panes.case, panes.footer] {
            prop_assert!(is_within(&bare, pane), "{pane:?} {bare:?}");
        }
        world.press(keys);
        let boxed = drawn(&world.state);
        prop_assert!(is_within(&boxed, boxed.area), "{boxed:?}");
        for cell in &boxed.content {
            prop_assert_eq!(crate::text::visible(cell.symbol()), cell.symbol());
        }
    }
}
