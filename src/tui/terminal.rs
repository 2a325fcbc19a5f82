//! The terminal itself: taken over, and always given back.

use crossterm::event::{Event, KeyEventKind};

use super::model::{Effect, Msg, Screen, update};
use super::view::draw;

/// The terminal failed.
#[derive(Debug, thiserror::Error)]
#[error("the terminal: {0}")]
pub struct TerminalError(#[from] std::io::Error);

/// Runs the screen until its end is asked for; `perform` does an effect and says what came of it.
///
/// # Errors
/// When the terminal cannot be used.
pub fn run(
    mut screen: Screen,
    first: Vec<Effect>,
    perform: &mut dyn FnMut(Effect) -> Msg,
) -> Result<Screen, TerminalError> {
    // `init` also gives the terminal back when something panics.
    let mut terminal = ratatui::try_init()?;
    let result = (|| {
        let mut effects = first;
        loop {
            while let Some(effect) = effects.pop() {
                effects.extend(update(&mut screen, perform(effect)));
            }
            if screen.done {
                return Ok(());
            }
            terminal.draw(|frame| draw(frame, &screen))?;
            match crossterm::event::read()? {
                Event::Key(key) if key.kind == KeyEventKind::Press => {
                    effects.extend(update(&mut screen, Msg::Key(key)));
                }
                _ => {}
            }
        }
    })();
    ratatui::restore();
    result.map(|()| screen).map_err(TerminalError)
}
