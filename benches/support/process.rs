//! A child process, timed as a whole and watched while it runs.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// How often its memory is looked at.
const SAMPLE: Duration = Duration::from_millis(20);

/// What a process took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Usage {
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// Of all its threads, up to the last sample; does not grow with what else the machine is doing.
    pub(crate) cpu: Duration,
    /// The most memory of its own, pages of files not counted.
    pub(crate) memory_kib: u64,
    /// What it printed.
    pub(crate) output: String,
}

/// Runs a command to its end.
pub(crate) fn measure(command: &mut Command) -> anyhow::Result<Usage> {
    let started = Instant::now();
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null()).spawn()?;
    let id = child.id();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let (mut memory, mut cpu) = (0, Duration::ZERO);
            while !ended.load(Ordering::Relaxed) {
                // Between its end and this there is no such file; the last numbers stand.
                memory = memory.max(own_memory(id).unwrap_or(0));
                cpu = cpu.max(cpu_time(id).unwrap_or_default());
                std::thread::park_timeout(SAMPLE);
            }
            (memory, cpu)
        });
        let output = child.wait_with_output()?;
        let wall = started.elapsed();
        ended.store(true, Ordering::Relaxed);
        watcher.thread().unpark();
        let Ok((memory_kib, cpu)) = watcher.join() else { bail!("the watching thread failed") };
        if !output.status.success() {
            bail!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(Usage { wall, cpu, memory_kib, output: String::from_utf8_lossy(&output.stdout).into_owned() })
    })
    .with_context(|| format!("{command:?}"))
}

/// `RssAnon`: what a process allocated and touched.
pub(crate) fn own_memory(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// What the program of a terminal has computed for until now, to the microsecond.
pub(crate) fn cpu_of(terminal: &super::answer::terminal::Terminal) -> anyhow::Result<Duration> {
    let id = terminal.pid().as_raw_pid();
    let mut spent = 0;
    for task in fs::read_dir(format!("/proc/{id}/task"))? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        spent += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(spent))
}

fn cpu_time(id: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name may hold blanks; behind its bracket the third field is next.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    // Linux tells a hundred ticks a second whatever its clock.
    Some(Duration::from_millis(ticks * 10))
}
