//! The help: the keys of where one is, and below them what the signs on the screen mean.

use super::HELP_KEYS;
use crate::domain::{Opinion, Severity, State as Standing};
use crate::tui::state::State;
use crate::tui::theme::{Part, Theme};

/// The lines of the help.
pub(in crate::tui) fn lines(state: &State) -> Vec<(String, Part)> {
    let keys = state.keymap.help(state.which.place()).into_iter().map(|(action, keys)| {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        (format!("{:<HELP_KEYS$} {}", keys.join(" "), action.words()), Part::Text)
    });
    let mut lines: Vec<(String, Part)> = keys.collect();
    lines.push((String::new(), Part::Text));
    let sign = |(sign, words): (&str, &str)| (format!("{sign:<HELP_KEYS$} {words}"), Part::Text);
    lines.extend(signs(&state.theme).into_iter().map(sign));
    lines
}

/// The signs, and what each means.
pub(in crate::tui) fn signs(theme: &Theme) -> Vec<(&'static str, &'static str)> {
    let mut signs: Vec<(&str, &str)> =
        Severity::ALL.iter().rev().map(|&severity| (theme.sign(severity), grade(severity))).collect();
    signs.extend(Opinion::ALL.iter().map(|&opinion| (theme.opinion_sign(opinion), verdict(opinion))));
    signs.extend([
        (theme.state_sign(Standing::Disputed), "reviewers differ"),
        (theme.state_sign(Standing::Stale), "stale: its code has changed since the verdict"),
        (theme.state_sign(Standing::Gone), "gone: no tool finds it any more"),
        (theme.or_plain("◌", "h"), "hidden until your own verdict, since reviewing is blind"),
        ("~", "a decision that is being saved"),
        ("+", "selected"),
        ("*", "pinned"),
        ("1-5", "its priority"),
        (".87", "what judging it is worth, of 1"),
        ("rnd", "drawn at random, outside the order"),
        ("see", "to be looked at before the verdict is spread"),
        (theme.or_plain("▌", "|"), "what is flagged in the code"),
        (theme.or_plain("●", "*"), "beside a line number: another case flags this line"),
        (theme.or_plain("«", "<"), "there is more code on the left"),
    ]);
    signs
}

const fn grade(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "severity critical",
        Severity::High => "severity high",
        Severity::Medium => "severity medium",
        Severity::Low => "severity low",
        Severity::Info => "severity info",
    }
}

const fn verdict(opinion: Opinion) -> &'static str {
    match opinion {
        Opinion::Confirmed => "confirmed",
        Opinion::Rejected => "rejected",
        Opinion::RiskAccepted => "the risk is accepted",
        Opinion::Unsure => "looked at, and left open as unsure",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::{World, shown, state};

    #[test]
    fn every_severity_has_a_sign_of_its_own_with_and_without_unicode() {
        for unicode in [true, false] {
            let theme = Theme { unicode, ..state().theme };
            let mut signs: Vec<&str> = Severity::ALL.iter().map(|&severity| theme.sign(severity)).collect();
            signs.sort_unstable();
            signs.dedup();
            assert_eq!(signs.len(), Severity::ALL.len(), "{signs:?}");
            assert!(unicode || signs.iter().all(|sign| sign.is_ascii()), "{signs:?}");
        }
    }

    #[test]
    fn the_help_ends_with_what_the_signs_mean() {
        let mut world = World::of(3);
        world.press("? end");
        let screen = shown(&world).join("\n");
        for words in
            ["severity critical", "reviewers differ", "drawn at random", "there is more code on the left"]
        {
            assert!(screen.contains(words), "{words}\n{screen}");
        }
    }
}
