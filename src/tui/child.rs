//! A program that has the terminal while it runs, and stops and goes on together with this one.

use std::ffi::OsString;
use std::process::Command;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, waitpid};

/// Runs a program to its end; the terminal must have been given back. Says in words what went wrong.
pub(super) fn run(command: &[OsString]) -> Result<(), String> {
    let Some((program, args)) = command.split_first() else { return Ok(()) };
    let name = program.to_string_lossy().into_owned();
    let child = Command::new(program).args(args).spawn();
    let child = child.map_err(|error| format!("cannot run the editor `{name}`: {error}"))?;
    let pid = Pid::from_child(&child);
    loop {
        match waitpid(Some(pid), WaitOptions::UNTRACED) {
            // It was stopped by a key: the shell gets the terminal, and brings both back.
            Ok(Some((_, status))) if status.stopped() => stop(),
            Ok(Some((_, status))) => {
                return match status.exit_status() {
                    Some(0) => Ok(()),
                    Some(code) => Err(format!("the editor `{name}` ended with code {code}")),
                    None => Err(format!("the editor `{name}` was ended by a signal")),
                };
            }
            Ok(None) | Err(Errno::INTR) => {}
            Err(error) => return Err(format!("the editor `{name}`: {error}")),
        }
    }
}

/// Stops this process as ctrl-z would, until it is continued.
pub(super) fn stop() {
    let _ = kill_process(getpid(), Signal::STOP);
}
