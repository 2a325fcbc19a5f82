//! What keys come to with a real store behind them: what they cost it, and that undo restores it.

use proptest::prelude::*;

use crate::tui::testing::stored::Stored;

/// What a key may give to the databases at most, in statements of any kind: one that is answered from memory, one that
/// shows another case or other rows, one that decides something, and the one that has all read anew.
const KNOWS: u64 = 0;
const MOVES: u64 = 20;
const DECIDES: u64 = 120;
const READS: u64 = 64;

/// Keys in their order and what each may cost.
const COSTS: &[(&str, u64)] = &[
    ("j", MOVES),
    ("k", MOVES),
    ("J", KNOWS),
    ("K", KNOWS),
    ("L", KNOWS),
    ("f", KNOWS),
    ("}", KNOWS),
    ("i", KNOWS),
    ("i", KNOWS),
    ("W", KNOWS),
    ("W", KNOWS),
    ("space", MOVES),
    ("esc", KNOWS),
    ("u", DECIDES),
    ("z", DECIDES),
    ("Z", DECIDES),
    ("a", KNOWS),
    ("enter", DECIDES),
    ("3", DECIDES),
    ("0", DECIDES),
    ("*", DECIDES),
    ("*", DECIDES),
    ("m", KNOWS),
    ("x", KNOWS),
    ("enter", DECIDES),
    ("b", MOVES),
    ("-", MOVES),
    ("-", MOVES),
    ("g", MOVES),
    ("enter", MOVES),
    ("enter", MOVES),
    ("b", MOVES),
    ("b", MOVES),
    ("b", MOVES),
    ("b", MOVES),
    ("o", MOVES),
    ("g", MOVES),
    ("/", MOVES),
    ("i", MOVES),
    ("s", MOVES),
    (":", MOVES),
    ("o", MOVES),
    ("p", MOVES),
    ("e", MOVES),
    ("n", MOVES),
    ("enter", MOVES),
    ("t", MOVES),
    ("d", MOVES),
    ("page-down", MOVES),
    ("ctrl-r", READS),
];

#[test]
fn a_key_gives_a_few_statements_to_the_store_and_as_many_whatever_the_number_of_cases() {
    let cost = |cases: u32| {
        let mut stored = Stored::of(cases, cases);
        // What is prepared or opened once is so by now.
        stored.press("j u z k");
        COSTS.iter().map(|(key, _)| (stored.press(key), stored.aside)).collect::<Vec<_>>()
    };
    let (few, many) = (cost(50), cost(5_000));
    let told: Vec<_> = COSTS.iter().map(|(key, _)| *key).zip(few.iter().zip(&many)).collect();
    for ((&(key, most), few), many) in COSTS.iter().zip(&few).zip(&many) {
        assert_eq!(few.0, many.0, "statements for the key {key} with 50 cases and with 5,000: {told:?}");
        assert!(many.0 <= most, "the key {key} gives {} statements to the store: {told:?}", many.0);
        // What a verdict may be spread to is looked for by a worker of its own, which nothing waits for: of each open case
        // of the rule it asks what that flags.
        for (of, cost) in [(50, few.1), (5_000, many.1)] {
            assert!(cost <= of + 60, "for the key {key}: {told:?}");
        }
    }
    let aside = |key| COSTS.iter().zip(&many).find(|((known, _), _)| *known == key).unwrap().1.1;
    assert!(aside("u") < 60, "an unsure verdict can be spread to nothing: {told:?}");
    assert_eq!(aside("j"), 0);
}

/// What a reviewer does, a few keys each: as often as not it decides something.
const DEEDS: &[&str] = &[
    "u",
    "a enter",
    "a r",
    "r s",
    "w enter enter",
    "w m 2 0 9 0 - 0 1 - 3 1 enter",
    "m n o t e enter",
    "1",
    "2",
    "5",
    "0",
    "*",
    "space",
    "space space",
    "V",
    "ctrl-a",
    "u enter",
    "r enter t",
    "4 enter",
    "* enter",
    "s s s s s s s enter",
    "a enter s s s s s s s enter",
    "X",
    "z",
    "Z",
    "z z z",
    "Z Z",
    "j",
    "j j j",
    "k",
    "g",
    "G",
    "b",
    "-",
    "enter",
    "o",
    "/ - i s : o p e n enter",
    "\\",
    "ctrl-r",
    "esc",
    "esc esc",
];

#[test]
fn a_verdict_that_was_spread_is_taken_back_in_the_store_too() {
    // Of fifteen in seven pieces of code, so many flag the same as the first, itself among them.
    const JUDGED: usize = 3;
    let decided = |stored: &Stored| {
        stored.workers.stored().iter().filter(|(standing, _)| standing.verdict.is_some()).count()
    };
    let mut stored = Stored::of(15, 7);
    let before = stored.workers.stored();
    stored.press("r s s s s s s s enter");
    assert_eq!(stored.done, ["rejected", "spread"], "{:?}", stored.state.modals);
    assert_eq!(decided(&stored), JUDGED);
    stored.press("z");
    assert_eq!(decided(&stored), 1);
    let mut stored = stored.again();
    stored.press("z");
    assert_eq!(stored.workers.stored(), before);
    assert_eq!(stored.done, ["taken back"]);
    stored.press("Z Z");
    assert_eq!(decided(&stored), JUDGED);
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn undo_after_any_sequence_restores_the_store_across_a_restart(
        deeds in prop::collection::vec(prop::sample::select(DEEDS), 1..40),
        restart in any::<prop::sample::Index>(),
    ) {
        let mut stored = Stored::of(24, 7);
        let before = stored.workers.stored();
        let known = |stored: &Stored| stored.workers.known();
        let standings = |stored: &Stored| -> Vec<_> {
            stored.workers.stored().into_iter().map(|(standing, _)| standing).collect()
        };
        let restart = restart.index(deeds.len());
        for (at, deed) in deeds.iter().enumerate() {
            if at == restart {
                let left = stored.workers.stored();
                stored = stored.again();
                prop_assert_eq!(stored.workers.stored(), left);
            }
            stored.press(deed);
            prop_assert_eq!(known(&stored), standings(&stored), "after {}", deed);
        }
        stored.press("esc esc esc esc esc esc f1 \\");
        prop_assert!(stored.state.modals.is_empty(), "{:?}", stored.state.modals);
        let mut undone = 0;
        stored.in_vain = false;
        while !stored.in_vain {
            stored.press("z");
            undone += 1;
            prop_assert!(undone <= 4 * deeds.len() + 2, "there is ever more to take back");
        }
        prop_assert_eq!(stored.workers.stored(), before);
        prop_assert_eq!(known(&stored), standings(&stored));
        let known = known(&stored);
        for (&case, row) in &stored.state.docket.rows {
            prop_assert_eq!(Some(&row.standing), known.get(case as usize - 1));
        }
    }
}
