//! The clipboard: by the terminal itself, and by a program of the desktop where there is one.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use crossterm::clipboard::CopyToClipboard;
use crossterm::execute;

/// A program that puts what it reads on the clipboard, with its arguments.
type Program = (&'static str, &'static [&'static str]);

/// Puts a text on the clipboard: by the terminal (OSC 52), which works over a remote shell too, and by a program of the
/// desktop, since not every terminal obeys that. Nobody waits for the program.
pub(super) fn copy(text: &str) -> io::Result<()> {
    let programs = programs(|name| std::env::var_os(name));
    if !programs.is_empty() {
        let text = text.to_owned();
        std::thread::spawn(move || programs.into_iter().any(|program| hand_over(program, &text).is_ok()));
    }
    execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))
}

/// The programs of the desktop that is there, the likeliest first.
fn programs(var: impl Fn(&str) -> Option<OsString>) -> Vec<Program> {
    let has = |name: &str| var(name).is_some_and(|value| !value.is_empty());
    let mut programs: Vec<Program> = Vec::new();
    if cfg!(target_os = "macos") {
        programs.push(("pbcopy", &[]));
    }
    if has("WAYLAND_DISPLAY") {
        programs.push(("wl-copy", &[]));
    }
    if has("DISPLAY") {
        programs.extend([("xclip", &["-selection", "clipboard"][..]), ("xsel", &["--clipboard", "--input"])]);
    }
    if has("WSL_DISTRO_NAME") || has("WSL_INTEROP") {
        programs.push(("clip.exe", &[]));
    }
    programs
}

/// Hands a text to a program and waits until it has taken it.
fn hand_over((program, args): Program, text: &str) -> io::Result<()> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // What a key sends to the programs of the terminal is not for it: it holds the clipboard beyond our end.
    let mut child = command.process_group(0).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(&encoded(program, text))?;
    }
    let ended = child.wait()?;
    if ended.success() { Ok(()) } else { Err(io::Error::other(format!("{program}: {ended}"))) }
}

/// The bytes that a program takes a text in: the one of Windows reads UTF-8 as letters of its own.
fn encoded(program: &str, text: &str) -> Vec<u8> {
    if program != "clip.exe" {
        return text.as_bytes().to_vec();
    }
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(set: &[&str]) -> Vec<&'static str> {
        let programs = programs(|name| set.contains(&name).then(|| "1".into()));
        programs.iter().map(|program| program.0).filter(|name| *name != "pbcopy").collect()
    }

    #[test]
    fn the_program_is_that_of_the_desktop_and_without_one_there_is_none() {
        assert_eq!(names(&["WAYLAND_DISPLAY", "DISPLAY"]), ["wl-copy", "xclip", "xsel"]);
        assert_eq!(names(&["DISPLAY"]), ["xclip", "xsel"]);
        assert_eq!(names(&["WSL_INTEROP"]), ["clip.exe"]);
        assert!(names(&["SSH_CONNECTION"]).is_empty());
        assert_eq!(encoded("clip.exe", "é"), [0xff, 0xfe, 0xe9, 0]);
    }
}
