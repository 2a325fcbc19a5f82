//! The processes that a child has become, as the system tells of them under `/proc`. Where there is none, a child is
//! known by its group alone.

use std::fs;

use rustix::process::{Pid, Signal};

/// A variable of a child's environment that its descendants inherit, whatever group or session they move to.
pub(super) const MARK: &str = "ASSIZE_CHILD";

/// What the processes of a group hold in memory together, in bytes; 0 where the system does not tell.
pub(super) fn memory(group: Pid) -> u64 {
    let statuses = numbers().filter_map(|pid| fs::read_to_string(format!("/proc/{pid}/status")).ok());
    let of_group = statuses.filter(|status| field(status, "NSpgid:") == Some(u64::from(raw(group))));
    of_group.filter_map(|status| field(&status, "VmRSS:")).sum::<u64>() * 1024
}

/// Ends every process of a group and every descendant that left it, which a mark in its environment tells.
pub(super) fn end(group: Pid, mark: &str) {
    // A group that has ended is no failure.
    let _ = rustix::process::kill_process_group(group, Signal::KILL);
    let wanted = format!("{MARK}={mark}");
    // One that was born while the others were ended is found the next time.
    for _ in 0..ROUNDS {
        let marked: Vec<Pid> = numbers().filter(|pid| is_marked(*pid, &wanted)).filter_map(pid_of).collect();
        if marked.is_empty() {
            return;
        }
        for pid in marked {
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
    }
}

/// How often descendants are looked for; a killed one may be there for a moment.
const ROUNDS: usize = 20;

fn is_marked(pid: u32, wanted: &str) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|&byte| byte == 0).any(|entry| entry == wanted.as_bytes())
}

fn pid_of(number: u32) -> Option<Pid> {
    i32::try_from(number).ok().and_then(Pid::from_raw)
}

fn numbers() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The first number behind a name in `/proc/PID/status`. Of ids in nested name spaces, the one of this space is first.
fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

fn raw(pid: Pid) -> u32 {
    pid.as_raw_nonzero().get().unsigned_abs()
}
