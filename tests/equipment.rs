//! What the tests of the workstation rest on, itself tested: the terminal, on small programs of a shell, and pictures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/picture.rs"]
mod picture;
#[path = "support/terminal.rs"]
mod terminal;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use picture::{Theme, svg};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style, Stylize as _};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget as _};
use terminal::{Hold, Key, Program, Signal, Terminal};

/// A program of a shell.
fn script(text: &str) -> Program {
    Program::new("/bin/sh").args(["-c", text])
}

/// What a program reads, in hexadecimal; it says `ready` after some preparation.
fn reader(prepare: &str, bytes: usize) -> Terminal {
    let text =
        format!("stty raw -echo; printf '{prepare}ready '; head -c {bytes} | od -An -v -tx1 -w{bytes}");
    let mut terminal = script(&text).start();
    terminal.wait_for("ready");
    terminal
}

fn message(failing: impl FnOnce()) -> String {
    let failure = catch_unwind(AssertUnwindSafe(failing)).expect_err("it should have failed");
    let formatted = failure.downcast_ref::<String>().cloned();
    formatted.unwrap_or_else(|| (*failure.downcast_ref::<&str>().expect("a message")).to_owned())
}

#[test]
fn keys_arrive_as_a_terminal_sends_them() {
    let sent: [(&[Key], &str); 6] = [
        (&[Key::Enter, Key::Tab, Key::Backspace, Key::Esc], "0d 09 7f 1b"),
        (&[Key::Up, Key::End], "1b 5b 41 1b 5b 46"),
        (&[Key::PageDown, Key::BackTab], "1b 5b 36 7e 1b 5b 5a"),
        (&[Key::F(1), Key::F(5), Key::F(12)], "1b 4f 50 1b 5b 31 35 7e 1b 5b 32 34 7e"),
        (&[Key::Ctrl('c'), Key::Ctrl('@')], "03 00"),
        (&[Key::Alt('x')], "1b 78"),
    ];
    for (keys, bytes) in sent {
        let mut terminal = reader("", bytes.split(' ').count());
        for &key in keys {
            terminal.press(key);
        }
        terminal.wait_for(bytes);
    }
    let mut terminal = reader("\\033[?1h", 5);
    terminal.press(Key::Up);
    terminal.keys("é");
    terminal.wait_for("1b 4f 41 c3 a9");
}

#[test]
fn the_mouse_and_pastes_arrive_as_the_program_asked_for_them() {
    let mut terminal = reader("\\033[?1000h\\033[?1006h", 18);
    terminal.click(2, 9);
    terminal.wait_for("1b 5b 3c 30 3b 33 3b 31 30 4d 1b 5b 3c 30 3b 33 3b 31");
    let mut terminal = reader("\\033[?1000h\\033[?1006h", 10);
    terminal.wheel(0, 0, -1);
    terminal.wait_for("1b 5b 3c 36 34 3b 31 3b 31 4d");
    let mut terminal = reader("\\033[?2004h", 15);
    terminal.paste("a\nb");
    terminal.wait_for("1b 5b 32 30 30 7e 61 0a 62 1b 5b 32 30 31 7e");
    let mut terminal = reader("", 3);
    terminal.paste("a\nb");
    terminal.wait_for("61 0d 62");
    let said = message(|| reader("", 1).click(0, 0));
    assert!(said.contains("did not ask for the mouse"), "{said}");
}

#[test]
fn a_paste_longer_than_any_buffer_arrives_whole_while_the_program_writes() {
    let mut terminal = script("stty raw -echo; printf ready; head -c 300000 | tee /dev/tty | wc -c").start();
    terminal.wait_for("ready");
    terminal.paste(&"x".repeat(300_000));
    terminal.wait_for("300000");
}

#[test]
fn cells_have_their_colours_and_wide_characters_their_place() {
    let mut terminal = script(
        "printf '\\033[38;2;1;2;3;1mA\\033[0;48;5;200;3mB\\033[0;31;7;4mC\\033[0;2m日本\\033[0mx e\\314\\201.'; read _",
    )
    .start();
    let screen = terminal.wait_for(".");
    assert_eq!(screen.line(0), "ABC日本x e\u{301}.");
    assert_eq!(screen.find("x"), Some(Position::new(7, 0)));
    let plain = Style::new().fg(Color::Reset).bg(Color::Reset);
    let same = |text: &str, style: Style| {
        let seen = screen.style_of(text);
        assert_eq!((seen.fg, seen.bg, seen.add_modifier), (style.fg, style.bg, style.add_modifier), "{text}");
    };
    same("A", plain.fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD));
    same("B", plain.bg(Color::Indexed(200)).add_modifier(Modifier::ITALIC));
    same("C", plain.fg(Color::Red).add_modifier(Modifier::REVERSED | Modifier::UNDERLINED));
    same("本", plain.add_modifier(Modifier::DIM));
    same("x", plain);
    assert_eq!(screen.cell(4, 0).symbol(), "");
    assert_eq!(screen.cursor, Some(Position::new(11, 0)));
}

#[test]
fn a_frame_is_not_looked_at_before_it_is_done() {
    let frame = "printf '\\033[?2026hhalf'; read _; printf ' whole\\033[?2026l'; read _";
    let mut terminal = script(frame).patience(Duration::from_millis(500)).start();
    let said = message(|| drop(terminal.wait_for("half")));
    assert!(said.contains("│half"), "{said}");
    terminal.keys("\n");
    terminal.wait_for("whole");
}

#[test]
fn a_program_is_told_of_another_size() {
    let mut terminal = script(
        "sleep 60 & trap 'stty size; kill $!; exit 0' WINCH; printf 'from '; stty size; while :; do wait; done",
    )
    .size(50, 10)
    .start();
    terminal.wait_for("from 10 50");
    terminal.resize(120, 40);
    let screen = terminal.wait_for("40 120");
    assert_eq!((screen.buffer.area.width, screen.buffer.area.height), (120, 40));
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn what_a_program_does_not_give_back_is_found_out() {
    let takes = "\\033[?1049h\\033[?25l\\033[?1003h\\033[?1006h\\033[?2004h\\033[?1004h\\033[31m\\033[>1u";
    let gives = "\\033[<u\\033[m\\033[?1004l\\033[?2004l\\033[?1006l\\033[?1003l\\033[?25h\\033[?1049l";
    let mut careless = script(&format!("stty raw -echo; printf '{takes}'")).start();
    careless.wait_exit();
    let all = [
        Hold::AlternateScreen,
        Hold::Cursor,
        Hold::Pen,
        Hold::Mouse,
        Hold::BracketedPaste,
        Hold::KeyReports,
        Hold::Private(1004),
        Hold::Modes,
    ];
    assert_eq!(careless.holds(), all.into());
    let mut careful =
        script(&format!("was=$(stty -g); stty raw -echo; printf '{takes}{gives}'; stty $was; exit 7"))
            .start();
    assert_eq!(careful.wait_exit(), 7);
    assert_eq!(careful.holds(), [].into());
}

#[test]
fn signals_reach_the_program_and_a_stopped_one_comes_back() {
    let mut terminal = script("echo up; kill -TSTP $$; echo again; read _").start();
    terminal.wait_stopped();
    terminal.resume();
    terminal.wait_for("again");
    terminal.signal(Signal::STOP);
    terminal.wait_stopped();
    terminal.resume();
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.wait_exit(), 128 + Signal::TERM.as_raw());
}

#[test]
fn a_closed_window_ends_the_program_and_one_that_stays_is_found_out() {
    let mut terminal = script("echo up; read _").start();
    terminal.wait_for("up");
    terminal.hang_up();

    let deaf = "trap '' HUP; echo up; while :; do sleep 1; done";
    let mut terminal = script(deaf).patience(Duration::from_millis(500)).start();
    terminal.wait_for("up");
    let said = message(|| terminal.hang_up());
    assert!(said.contains("to end with its terminal"), "{said}");
}

#[test]
fn questions_to_the_terminal_are_answered() {
    let mut terminal = reader("\\033[6n\\033[c", 15);
    terminal.wait_for("1b 5b 31 3b 31 52 1b 5b 3f 36 32 3b 32 32 63");
}

#[test]
fn a_wait_in_vain_fails_with_the_screen_and_at_once_if_the_program_has_ended() {
    let mut terminal = script("echo shown; read _").patience(Duration::from_millis(300)).start();
    let said = message(|| drop(terminal.wait_for("missing")));
    assert!(said.contains("\"missing\"") && said.contains("│shown"), "{said}");

    let mut terminal = script("echo shown; exit 9").patience(Duration::from_hours(1)).start();
    let said = message(|| drop(terminal.wait_for("missing")));
    assert!(said.contains("ended with 9") && said.contains("│shown"), "{said}");
}

/// A theme whose named colours tell their number.
fn theme() -> Theme {
    let named = std::array::from_fn(|number| (u8::try_from(number).unwrap(), 0, 0));
    Theme { foreground: (0xdd, 0xdd, 0xdd), background: (0x11, 0x11, 0x11), named }
}

/// The elements that some spans become, in one row.
fn drawn<'a>(spans: impl IntoIterator<Item = Span<'a>>) -> Vec<String> {
    let text = svg(&Buffer::with_lines([Line::from_iter(spans)]), &theme());
    elements(&text)
}

fn elements(picture: &str) -> Vec<String> {
    let inner = picture.split_once("<g ").unwrap().1.split_once(">\n").unwrap().1;
    inner.strip_suffix("</g>\n</svg>\n").unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_picture_is_the_cells_on_a_rounded_ground() {
    let mut buffer = Buffer::with_lines(["a  <b> & .", ""]);
    buffer[(9, 0)].set_symbol("\u{1}");
    assert_eq!(
        svg(&buffer, &theme()),
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 114 60\" width=\"114\" height=\"60\" \
         font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" \
         font-size=\"15\" fill=\"#dddddd\" xml:space=\"preserve\">\n\
         <rect width=\"114\" height=\"60\" rx=\"8\" fill=\"#111111\"/>\n\
         <g transform=\"translate(12 12)\">\n\
         <text x=\"0\" y=\"14\" textLength=\"90\">a  &lt;b&gt; &amp; \u{fffd}</text>\n\
         </g>\n</svg>\n"
    );
}

#[test]
fn every_kind_of_colour_is_its_own() {
    let colors = [
        (Color::Reset, "#dddddd"),
        (Color::Rgb(1, 2, 255), "#0102ff"),
        (Color::Red, "#010000"),
        (Color::White, "#0f0000"),
        (Color::Indexed(9), "#090000"),
        (Color::Indexed(16), "#000000"),
        (Color::Indexed(208), "#ff8700"),
        (Color::Indexed(231), "#ffffff"),
        (Color::Indexed(232), "#080808"),
        (Color::Indexed(255), "#eeeeee"),
    ];
    for (color, hex) in colors {
        let fill = if color == Color::Reset { String::new() } else { format!(" fill=\"{hex}\"") };
        assert_eq!(
            drawn(["x".fg(color)]),
            [format!("<text x=\"0\" y=\"14\" textLength=\"9\"{fill}>x</text>")]
        );
        let mut expected = vec!["<text x=\"0\" y=\"14\" textLength=\"9\">x</text>".to_owned()];
        if color != Color::Reset {
            let rect = format!("<rect x=\"0\" y=\"0\" width=\"9\" height=\"18\" fill=\"{hex}\"/>");
            expected.insert(0, rect);
        }
        assert_eq!(drawn(["x".bg(color)]), expected);
    }
}

#[test]
fn what_looks_alike_is_one_run_and_blanks_are_of_any_look() {
    let text = |x: u32, length: u32, rest: &str| {
        format!("<text x=\"{x}\" y=\"14\" textLength=\"{length}\"{rest}</text>")
    };
    assert_eq!(
        drawn(["one ".bold(), "  ".italic(), "two".bold(), "! ".into()]),
        [text(0, 81, " font-weight=\"bold\">one   two"), text(81, 9, ">!")]
    );
    assert_eq!(
        drawn(["a".italic(), " ".underlined(), "b".crossed_out()]),
        [
            text(0, 9, " font-style=\"italic\">a"),
            text(9, 9, " text-decoration=\"underline\"> "),
            text(18, 9, " text-decoration=\"line-through\">b")
        ]
    );
    assert_eq!(drawn(["hidden".hidden()]), Vec::<String>::new());
}

#[test]
fn reversed_swaps_and_dim_is_nearer_to_what_is_behind() {
    assert_eq!(
        drawn(["x".reversed()]),
        [
            "<rect x=\"0\" y=\"0\" width=\"9\" height=\"18\" fill=\"#dddddd\"/>",
            "<text x=\"0\" y=\"14\" textLength=\"9\" fill=\"#111111\">x</text>"
        ]
    );
    let dim = drawn(["x".fg(Color::Rgb(90, 60, 30)).bg(Color::Rgb(0, 0, 30)).dim()]);
    assert!(dim[1].contains("fill=\"#3c281e\""), "{dim:?}");
}

#[test]
fn a_wide_character_takes_two_cells_and_what_follows_keeps_its_place() {
    let text = |x: u32, length: u32, what: &str| {
        format!("<text x=\"{x}\" y=\"14\" textLength=\"{length}\">{what}</text>")
    };
    assert_eq!(
        drawn(["日本x…".into()]),
        [text(0, 18, "日"), text(18, 18, "本"), text(36, 9, "x"), text(45, 9, "…")]
    );
    // A terminal's screen has nothing in the second cell, a widget's buffer a blank.
    let screen = script("printf '日本x…'; read _").start().wait_for("…");
    let mut cut = Buffer::empty(Rect::new(0, 0, 6, 1));
    for at in cut.area.positions() {
        cut[at] = screen.cell(at.x, at.y).clone();
    }
    assert_eq!(elements(&svg(&cut, &theme())), drawn(["日本x…".into()]));
}

#[test]
fn boxes_and_blocks_are_drawn_without_gaps() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 2));
    Block::bordered().render(buffer.area, &mut buffer);
    assert_eq!(
        elements(&svg(&buffer, &theme())),
        ["<path d=\"M4.5 8.5h4.5M4.5 8.5v9.5M9 8.5h18M31.5 8.5v9.5M31.5 8.5h-4.5\
         M4.5 26.5v-8.5M4.5 26.5h4.5M9 26.5h18M31.5 26.5v-8.5M31.5 26.5h-4.5\" \
         stroke=\"#dddddd\" stroke-linecap=\"square\"/>"]
    );
    assert_eq!(
        drawn(["██▄▌".red()]),
        [
            "<rect x=\"0\" y=\"0\" width=\"18\" height=\"18\" fill=\"#010000\"/>",
            "<rect x=\"18\" y=\"9\" width=\"9\" height=\"9\" fill=\"#010000\"/>",
            "<rect x=\"27\" y=\"0\" width=\"5\" height=\"18\" fill=\"#010000\"/>"
        ]
    );
}
