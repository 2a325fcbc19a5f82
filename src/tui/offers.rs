//! What the last line offers: the keys that are likely next where the reviewer is, as actions with a word or two. Which
//! key that is, the keymap says. Never more than what holds: a key that would do nothing here is not offered.
//!
//! - What is likely stands first; what has no room is left out from the end.
//! - Every command and the help are always offered, whatever else is.

use std::borrow::Cow;

use super::action::Action;
use super::docket::{Just, LikeList, Open};
use super::layout::is_wide;
use super::state::{State, Which};
use super::view::{grouped, many, offered_on};
use crate::domain::State as Standing;

/// Something that is likely next, in a word or two.
pub(super) type Offer = (Action, Cow<'static, str>);

/// What always stands at the end: the way to everything else.
pub(super) const ALWAYS: [(Action, &str); 2] = [(Action::Palette, "commands"), (Action::Help, "help")];

/// The verdicts on the case at hand.
const VERDICTS: [(Action, &str); 4] = [
    (Action::Confirm, "confirm"),
    (Action::Reject, "reject"),
    (Action::AcceptRisk, "accept risk"),
    (Action::Unsure, "unsure"),
];

/// What is likely next, the likeliest first.
pub(super) fn offers(state: &State) -> Vec<Offer> {
    let mut offers = Vec::new();
    if state.importing.running.is_some() {
        offers.push((Action::CancelImport, "cancel the import".into()));
    }
    match state.which {
        Which::Docket => of_docket(state, &mut offers),
        other => add(&mut offers, offered_on(other)),
    }
    add(&mut offers, &[(Action::Quit, "quit")]);
    let always = |action: Action| ALWAYS.iter().any(|(known, _)| *known == action);
    let mut known: Vec<Action> = Vec::new();
    offers.retain(|(action, _)| {
        let is_barred = state.settings.reads_only && action.writes();
        let is_out = always(*action) || known.contains(action) || is_barred;
        known.push(*action);
        !is_out
    });
    offers
}

/// What is likely right after an act, beside what was said of it.
pub(super) fn after(state: &State) -> Vec<Offer> {
    let mut offers = Vec::new();
    if state.which != Which::Docket {
        return offers;
    }
    match state.docket.just {
        Just::Nothing => return offers,
        Just::Judged(case) => of_alike(state, case, &mut offers),
        Just::Acted => {}
        Just::Stepped => offers.push((Action::Redo, "give it back".into())),
    }
    offers.push((Action::Undo, "undo".into()));
    offers
}

/// What may be done with the cases that are like one that was judged.
fn of_alike(state: &State, case: u32, offers: &mut Vec<Offer>) {
    let Some(alike) = state.docket.spread.alike.as_ref().filter(|alike| alike.case == case) else { return };
    if let Some(spread) = &alike.spread {
        let words = if spread.is_overturned {
            format!("take back the {} that it was spread to", grouped(spread.cases))
        } else {
            format!("take it back from {}", grouped(spread.cases))
        };
        offers.push((Action::TakeBackSpread, words.into()));
    }
    if alike.given.is_some() && !alike.cases.is_empty() {
        let more = if alike.is_complete { "" } else { "+" };
        offers.push((Action::Alike, format!("{}{more} like it", grouped(alike.cases.len())).into()));
    }
}

fn of_docket(state: &State, offers: &mut Vec<Offer>) {
    let docket = &state.docket;
    if let Some(list) = &docket.spread.list {
        of_likes(list, offers);
    } else if docket.is_listed && docket.cases.is_empty() {
        of_nothing(state, offers);
    } else if !docket.selected.is_empty() {
        let of_selection = [
            (Action::Confirm, "confirm them"),
            (Action::Reject, "reject them"),
            (Action::AcceptRisk, "accept risk"),
            (Action::Unsure, "unsure"),
            (Action::Back, "select none"),
            (Action::Select, "one more"),
            (Action::SelectRange, "up to here"),
            (Action::ProposeAll, "remedies"),
        ];
        add(offers, &of_selection);
    } else if let Some(group) = docket.heading() {
        let folds = if docket.outline.is_folded(group) { "unfold" } else { "fold" };
        let all = grouped(docket.members(group).len());
        offers.push((Action::Fold, folds.into()));
        offers.push((Action::Confirm, format!("confirm all {all}").into()));
        offers.push((Action::Reject, "reject all".into()));
        add(
            offers,
            &[(Action::Select, "select them"), (Action::FoldAll, "fold all"), (Action::GroupNext, "group")],
        );
    } else {
        of_case(state, offers);
    }
}

/// In the list of cases that a verdict may be spread to.
fn of_likes(list: &LikeList, offers: &mut Vec<Offer>) {
    let words = match list.left() {
        0 => format!("spread it to {}", many(list.cases.len())),
        1 => "look at the last one picked".to_owned(),
        left => format!("look at the next of {left} picked"),
    };
    offers.push((Action::Alike, words.into()));
    add(offers, &[(Action::Back, "back to the docket"), (Action::Next, "next case")]);
}

/// Where no case is listed.
fn of_nothing(state: &State, offers: &mut Vec<Offer>) {
    if state.docket.tally.cases() == 0 {
        add(
            offers,
            &[(Action::Import, "import"), (Action::ScreenRuns, "imports"), (Action::Filter, "filter")],
        );
    } else {
        let others = [
            (Action::ClearFilter, "every case"),
            (Action::Filter, "another filter"),
            (Action::Facets, "what there is"),
            (Action::SavedFilters, "saved filters"),
        ];
        add(offers, &others);
    }
}

/// At a case.
fn of_case(state: &State, offers: &mut Vec<Offer>) {
    let docket = &state.docket;
    let open = docket.here();
    let is_hidden = open.is_none_or(|open| state.settings.hides_of(&open.view));
    let standing = open.map(|open| &open.view.listed.standing);
    let code_is_shown = is_wide(state) || !docket.shows_details;
    // Where one is in the code comes before what is decided of it.
    if !docket.search.text.is_empty() {
        let searching = [
            (Action::SearchNext, "next place"),
            (Action::SearchPrevious, "place before"),
            (Action::Back, "end the search"),
        ];
        add(offers, &searching);
    } else if open.is_some_and(|open| open.step.is_some()) {
        let tracing = [
            (Action::TraceNext, "next step"),
            (Action::TracePrevious, "step before"),
            (Action::CodeToFlag, "to the flag"),
        ];
        add(offers, &tracing);
    } else if code_is_shown && open.is_some_and(is_scrolled) {
        add(offers, &[(Action::CodeToFlag, "to the flag"), (Action::Search, "search")]);
    }
    add(offers, &VERDICTS);
    if let Some(standing) = standing.filter(|_| !is_hidden) {
        match standing.state {
            Standing::Stale => {
                if !is_wide(state) && !docket.shows_details {
                    offers.push((Action::Details, "what changed".into()));
                }
                offers.push((Action::NextStale, "next stale".into()));
            }
            Standing::Disputed => {
                add(offers, &[(Action::Sides, "both sides"), (Action::NextDisputed, "next disputed")]);
            }
            Standing::Settled if standing.was_judged_by(&state.settings.reviewer) => {
                offers.push((Action::Alike, "those like it".into()));
            }
            _ => {}
        }
        if standing.remedied {
            offers.push((Action::Propose, "its remedy".into()));
        }
    }
    if open.is_some_and(has_flow) {
        offers.push((Action::TraceNext, "trace".into()));
    }
    // Side by side, both are on the screen.
    if !is_wide(state) {
        offers.push((Action::Details, if docket.shows_details { "code" } else { "details" }.into()));
    }
    let others = [
        (Action::Filter, "filter"),
        (Action::Propose, "remedy"),
        (Action::Select, "select"),
        (Action::Note, "note"),
        (Action::Undo, "undo"),
        (Action::OrderNext, "order"),
        (Action::GroupNext, "group"),
    ];
    add(offers, &others);
}

/// Whether a tool told how the data flows.
fn has_flow(open: &Open) -> bool {
    let mut here = open.view.findings.iter().filter(|member| !member.gone);
    here.any(|member| member.claim.traces.iter().any(|trace| trace.len() > 1))
}

/// Whether the flagged line was scrolled out of sight.
fn is_scrolled(open: &Open) -> bool {
    open.room.1 > 0 && open.code.is_some() && !open.shows_flagged(open.room.1)
}

fn add(offers: &mut Vec<Offer>, more: &[(Action, &'static str)]) {
    offers.extend(more.iter().map(|&(action, words)| (action, Cow::Borrowed(words))));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Basis, Opinion};
    use crate::tui::event::Event;
    use crate::tui::testing::{World, shown};

    fn offered(world: &World) -> Vec<Action> {
        offers(&world.state).into_iter().map(|(action, _)| action).collect()
    }

    fn footer(world: &World) -> String {
        shown(world).pop().unwrap().trim_end().to_owned()
    }

    #[test]
    fn the_help_stands_last_and_whole_wherever_one_is_and_however_narrow_it_is() {
        let places =
            ["", "space", "b", "] ", "n c a l l enter", "f2", "f3", "f4", "f5", "J J J J J J J J", "r t"];
        for keys in places {
            for columns in [40, 60, 80, 100, 120, 200] {
                let mut world = World::of(90);
                world.tell(Event::Resized(columns, 24));
                world.press(keys);
                world.state.status = crate::tui::Status::default();
                let line = footer(&world);
                assert!(line.ends_with("? help"), "{keys:?} at {columns}: {line}");
                assert!(line.contains(": commands") || columns < 60, "{keys:?} at {columns}: {line}");
            }
        }
    }

    #[test]
    fn the_way_back_stands_last_and_whole_in_facets_and_questions() {
        for keys in ["F", "F 6", "ctrl-a r", "ctrl-a 1", "space / i s : o p e n enter r"] {
            for columns in [40, 80] {
                let mut world = World::of(90);
                world.state.theme.unicode = columns == 80;
                world.tell(Event::Resized(columns, 24));
                world.press(keys);
                let line = footer(&world);
                assert!(line.ends_with("esc back"), "{keys:?} at {columns}: {line}");
                assert!(!keys.contains("F 6") || columns < 80 || line.contains("/ narrow"), "{line}");
            }
        }
    }

    #[test]
    fn what_is_offered_is_what_is_likely_where_one_is() {
        let mut world = World::of(90);
        assert_eq!(offered(&world)[..2], [Action::Confirm, Action::Reject]);
        world.press("space");
        assert_eq!(offered(&world)[..2], [Action::Confirm, Action::Reject]);
        assert!(footer(&world).contains("a confirm them") && footer(&world).contains("esc select none"));
        world.press("esc J J J J J J J J");
        assert_eq!(offered(&world)[..2], [Action::CodeToFlag, Action::Search], "the flag is out of sight");
        world.press("f n c a l l enter");
        assert_eq!(offered(&world)[..2], [Action::SearchNext, Action::SearchPrevious]);
        world.press("esc b");
        assert_eq!(offered(&world)[0], Action::Fold);
        assert!(footer(&world).contains("confirm all 29") || footer(&world).contains("confirm all 30"));
        world.press("b b b b / c a s e : f f f f f f enter");
        assert!(world.state.docket.cases.is_empty());
        assert_eq!(offered(&world)[0], Action::ClearFilter);
    }

    #[test]
    fn a_stale_case_leads_to_the_next_and_on_a_small_terminal_to_what_changed() {
        let mut world = World::of(9);
        let stale = crate::docket::Overlay::new(Standing::Stale, Some((Opinion::Rejected, Basis::Human)));
        if let Some(open) = &mut world.state.docket.open {
            open.view.listed.standing = stale;
        }
        assert!(offered(&world).contains(&Action::NextStale) && !offered(&world).contains(&Action::Details));
        world.tell(Event::Resized(80, 24));
        let words: Vec<Offer> = offers(&world.state);
        assert!(words.contains(&(Action::Details, "what changed".into())), "{words:?}");
        world.state.settings.blind = true;
        assert!(!offered(&world).contains(&Action::NextStale), "that would tell what others decided");
    }

    #[test]
    fn after_an_act_its_undo_is_offered_until_the_next_key() {
        let mut world = World::of(9);
        world.press("u");
        assert!(footer(&world).contains("unsure: 1 case") && footer(&world).contains("z undo"));
        world.press("j");
        assert!(!footer(&world).contains("z undo  ? help"), "{}", footer(&world));
        world.press("z");
        assert!(footer(&world).contains("Z give it back"), "{}", footer(&world));
    }

    #[test]
    fn where_nothing_may_be_written_no_verdict_is_offered() {
        let mut world = World::of(9);
        world.state.settings.reads_only = true;
        assert!(!offered(&world).iter().any(|action| action.writes()));
        assert!(offered(&world).contains(&Action::Filter));
    }

    #[test]
    fn a_key_of_ones_own_is_the_one_that_is_offered() {
        let mut world = World::of(9);
        let bound = std::collections::BTreeMap::from([("confirm".to_owned(), vec!["c".to_owned()])]);
        world.state.keymap = crate::tui::keymap::Keymap::default().with(&bound).unwrap();
        assert!(footer(&world).contains("c confirm") && !footer(&world).contains("a confirm"));
    }
}
