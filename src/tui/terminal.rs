//! The terminal itself: taken over, given back whatever happens, and the loop between keys, workers and cells.

use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture, EventStream,
    KeyEventKind, MouseButton, MouseEventKind,
};
use crossterm::execute;
use crossterm::style::Print;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_stream::StreamExt as _;

use super::effect::Effect;
use super::event::Event;
use super::ground::{Ear, Heard, PATIENCE, QUESTION};
use super::pace::{FRAME, Pace};
use super::state::State;
use super::update::{begin, update};
use super::view::draw;
use super::{child, clipboard};
use crate::jobs::{Reply, Request, provoke};

/// Why the workstation ended though nobody asked for it.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The terminal failed.
    #[error("the terminal: {0}")]
    Terminal(#[from] io::Error),
    /// The program has a fault. What it held may be half done.
    #[error("the program has a fault")]
    Fault,
}

/// What is left when the workstation has ended, however it did.
#[derive(Debug)]
pub struct Left {
    /// What was on the screen and on its way.
    pub state: State,
    /// Whether the end was asked for.
    pub how: Result<(), Stopped>,
}

/// Takes the terminal over while it lives.
struct Taken;

/// Whether it is taken over: what is given back twice would be set back to what it was in between.
static HELD: AtomicBool = AtomicBool::new(false);

impl Taken {
    fn take() -> io::Result<Self> {
        enable_raw_mode()?;
        HELD.store(true, Relaxed);
        let taken = Self;
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableMouseCapture)?;
        Ok(taken)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back as it was, if it is taken over. Nothing can be done where that fails.
pub fn give_back() {
    if !HELD.swap(false, Relaxed) {
        return;
    }
    let mut out = io::stdout();
    let _ = execute!(
        out,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        crossterm::cursor::Show
    );
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Runs the workstation until its end is asked for, its terminal fails or it has a fault. `ask` hands a request to the
/// workers, whose replies come by `replies`.
pub fn run(mut state: State, ask: impl Fn(Request), replies: &mut UnboundedReceiver<Reply>) -> Left {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Left { state, how: Err(error.into()) },
    };
    // The state is given back as it is, and is not believed in after a fault.
    let ended = catch_unwind(AssertUnwindSafe(|| runtime.block_on(work(&mut state, &ask, replies))));
    let how = match ended {
        Ok(ended) => ended.map_err(Stopped::Terminal),
        Err(_) => Err(Stopped::Fault),
    };
    Left { state, how }
}

async fn work(
    state: &mut State,
    ask: &impl Fn(Request),
    replies: &mut UnboundedReceiver<Reply>,
) -> io::Result<()> {
    let started = Instant::now();
    let now = || u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    // Before the terminal is taken over: what ends the program from now on gives it back.
    let mut terminated = signal(SignalKind::terminate())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut stopped = signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?;
    let mut taken = Taken::take()?;
    let mut terminal = anew()?;
    let size = terminal.size()?;
    state.size = (size.width, size.height);
    let mut keys = EventStream::new();
    let mut effects = begin(state);
    let mut pace = Pace::new();
    let mut ear = Ear::default();
    loop {
        // Some have others follow at once.
        while !effects.is_empty() {
            for effect in std::mem::take(&mut effects) {
                match effect {
                    Effect::Ask(request) => ask(request),
                    Effect::Copy(text) => clipboard::copy(&text)?,
                    Effect::Edit(command, what) => {
                        drop(keys);
                        drop(taken);
                        let ended = child::run(&command);
                        // Keys that end or stop programs were meant for the editor, though all of the terminal got them.
                        for meant in [&mut stopped, &mut interrupted, &mut quit] {
                            let _ = tokio::time::timeout(Duration::from_millis(1), meant.recv()).await;
                        }
                        taken = Taken::take()?;
                        keys = EventStream::new();
                        terminal = anew()?;
                        let size = terminal.size()?;
                        effects.extend(update(state, Event::Resized(size.width, size.height), now()));
                        effects.extend(update(state, Event::Edited(what, ended), now()));
                        pace.change();
                    }
                    Effect::Quit => return Ok(()),
                    Effect::Suspend => {
                        drop(keys);
                        drop(taken);
                        child::stop();
                        taken = Taken::take()?;
                        keys = EventStream::new();
                        terminal = anew()?;
                        let size = terminal.size()?;
                        effects.extend(update(state, Event::Resized(size.width, size.height), now()));
                        pace.change();
                    }
                }
            }
        }
        if pace.is_due(Instant::now()) {
            terminal.draw(|frame| {
                draw(frame, state);
                provoke("view");
            })?;
            state.drawn();
            if pace.is_first() && state.settings.ask_ground {
                execute!(io::stdout(), Print(QUESTION))?;
                ear.asked();
            }
            pace.drew(Instant::now());
        }
        let rest = pace.wait(Instant::now());
        let mut keyed: Vec<crossterm::event::Event> = Vec::new();
        let event = tokio::select! {
            biased;
            _ = terminated.recv() => return Ok(()),
            _ = hung_up.recv() => return Ok(()),
            _ = interrupted.recv() => return Ok(()),
            _ = quit.recv() => return Ok(()),
            _ = stopped.recv() => {
                effects.push(Effect::Suspend);
                None
            }
            event = keys.next() => match event {
                Some(event) => {
                    match ear.take(event?, started.elapsed()) {
                        Heard::Held => {}
                        Heard::Events(events) => keyed = events,
                        Heard::Ground(ground) => {
                            state.theme.ground = ground;
                            pace.change();
                        }
                    }
                    None
                }
                None => return Ok(()),
            },
            reply = replies.recv() => reply.map(Event::Answered),
            () = tokio::time::sleep(PATIENCE), if ear.holds() => {
                keyed = ear.give_up();
                None
            }
            () = tokio::time::sleep(rest.unwrap_or_default()), if rest.is_some() => None,
        };
        let came = Instant::now();
        let is_reply = matches!(event, Some(Event::Answered(_)));
        for event in event.into_iter().chain(keyed.into_iter().filter_map(told)) {
            if matches!(event, Event::Resized(..)) {
                // A terminal that was made small and large again has lost what it showed, though its size is the same.
                terminal = anew()?;
            }
            let is_key = matches!(event, Event::Pressed(_));
            effects.extend(update(state, event, now()));
            if is_key {
                provoke("update");
            }
            pace.change();
        }
        // What is there already is drawn with it: where a frame takes long, one for each reply would leave the screen
        // far behind the workers. A key waits no longer for it than for a frame.
        while is_reply
            && came.elapsed() < FRAME
            && let Ok(reply) = replies.try_recv()
        {
            effects.extend(update(state, Event::Answered(reply), now()));
        }
    }
}

/// The screen, emptied, and nothing believed of what it shows. `Terminal::clear` would ask where the cursor is, and the
/// answer would come among the keys.
fn anew() -> io::Result<Terminal<CrosstermBackend<io::Stdout>>> {
    execute!(io::stdout(), Clear(ClearType::All))?;
    Terminal::new(CrosstermBackend::new(io::stdout()))
}

/// What a terminal's event means to the state.
fn told(event: crossterm::event::Event) -> Option<Event> {
    use crossterm::event::Event as Raw;
    match event {
        Raw::Key(key) if key.kind != KeyEventKind::Release => Some(Event::Pressed(key.into())),
        Raw::Paste(text) => Some(Event::Pasted(text)),
        Raw::Resize(columns, rows) => Some(Event::Resized(columns, rows)),
        Raw::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Event::Clicked(mouse.column, mouse.row)),
            MouseEventKind::ScrollDown => Some(Event::Wheeled(mouse.column, mouse.row, 1)),
            MouseEventKind::ScrollUp => Some(Event::Wheeled(mouse.column, mouse.row, -1)),
            _ => None,
        },
        _ => None,
    }
}
