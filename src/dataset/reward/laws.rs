//! What holds of any reward.

use proptest::prelude::*;

use super::*;
use crate::source::Language;

fn policies() -> impl Strategy<Value = RewardPolicy> {
    let consensus = prop::sample::select(vec!["any", "majority", "weighted"]);
    let least = prop::sample::select(vec!["info", "low", "high"]);
    (consensus, least, 0.0..3.0_f64, any::<bool>()).prop_map(|(consensus, least, weight, held_out)| {
        let held_out = if held_out { "\"t2\"" } else { "" };
        RewardPolicy::read(&format!(
            "[ensemble]\nconsensus = \"{consensus}\"\nleast = \"{least}\"\nheld_out = [{held_out}]\n[tools]\nt1 = {weight:?}\n"
        ))
        .unwrap()
    })
}

fn flags() -> impl Strategy<Value = Flag> {
    (0..5_u8, 0..9_u32, 0..9_u32)
        .prop_map(|(severity, yes, no)| Flag::of(Severity::from_number(severity), (yes, no)))
}

fn looks() -> impl Strategy<Value = Vec<ToolLook>> {
    let look = (prop::collection::vec(flags(), 0..4), prop::bool::weighted(0.8));
    prop::collection::vec(look, 1..5).prop_map(|looks| {
        (0..)
            .zip(looks)
            .map(|(at, (flags, reads))| ToolLook { tool: format!("t{at}"), reads, flags })
            .collect()
    })
}

fn losses() -> impl Strategy<Value = Loss> {
    (0.0..1.0_f64, 0.0..1.0_f64, 0.0..1.0_f64, any::<bool>()).prop_map(
        |(tokens, calls, least_left, measured)| Loss { tokens, calls, functions: 0.0, least_left, measured },
    )
}

/// A file of some functions, each with what tools flag in it: text and flags by function, tool by tool.
fn files() -> impl Strategy<Value = Vec<(String, Vec<Vec<Flag>>)>> {
    let body = prop::collection::vec(
        prop::sample::select(vec![
            "x = run(a)",
            "return eval(a)",
            "log(a, b)",
            "for i in a:\n        use(i)",
            "pass",
        ]),
        1..5,
    );
    let function = (body, prop::collection::vec(prop::collection::vec(flags(), 0..3), 3));
    prop::collection::vec(function, 1..5).prop_map(|functions| {
        (0..)
            .zip(functions)
            .map(|(at, (body, flags))| {
                (format!("def f{at}(a, b):\n    {}\n\n\n", body.join("\n    ")), flags)
            })
            .collect()
    })
}

fn looked_at<'a>(functions: impl Iterator<Item = &'a (String, Vec<Vec<Flag>>)>) -> Vec<ToolLook> {
    let mut looks: Vec<ToolLook> =
        (0..3).map(|at| ToolLook { tool: format!("t{at}"), reads: true, flags: Vec::new() }).collect();
    for (_, flags) in functions {
        for (look, flags) in looks.iter_mut().zip(flags) {
            look.flags.extend(flags.iter().cloned());
        }
    }
    looks
}

proptest! {
    #[test]
    fn a_finding_more_never_raises_it(
        policy in policies(), looks in looks(), lost in losses(), at in any::<prop::sample::Index>(), flag in flags(),
    ) {
        let mut more = looks.clone();
        more[at.index(looks.len())].flags.push(flag);
        if let (Some(before), Some(after)) = (score(&policy, &looks, &lost), score(&policy, &more, &lost)) {
            prop_assert!(after.reward <= before.reward + 1e-9, "{} {}", before.reward, after.reward);
        }
    }

    #[test]
    fn the_code_without_one_of_its_functions_never_has_more(
        policy in policies(), file in files(), at in any::<prop::sample::Index>(),
    ) {
        let at = at.index(file.len());
        let text = |skip: Option<usize>| -> String {
            (0..).zip(&file).filter(|(number, _)| Some(*number) != skip).map(|(_, (text, _))| text.as_str()).collect()
        };
        let (before, after) = (text(None), text(Some(at)));
        let whole = score(&policy, &looked_at(file.iter()), &Loss::default());
        let rest = file.iter().enumerate().filter(|(number, _)| *number != at).map(|(_, function)| function);
        let lost = Loss::between(Language::Python, &before, &after);
        let less = score(&policy, &looked_at(rest), &lost);
        if let (Some(whole), Some(less)) = (whole, less) {
            prop_assert!(less.reward <= whole.reward + 1e-9, "{} {}\n{before}\n{after}", whole.reward, less.reward);
        }
    }

    #[test]
    fn a_tool_that_does_not_read_such_code_changes_nothing(
        policy in policies(), looks in looks(), lost in losses(), flags in prop::collection::vec(flags(), 0..3),
    ) {
        let mut with = looks.clone();
        with.push(ToolLook { tool: "reads-another-language".into(), reads: false, flags });
        prop_assert_eq!(score(&policy, &with, &lost), score(&policy, &looks, &lost));
    }

    #[test]
    fn it_is_on_its_scale(policy in policies(), looks in looks(), lost in losses()) {
        if let Some(scored) = score(&policy, &looks, &lost) {
            prop_assert!((-1.0..=1.0).contains(&scored.reward), "{scored:?}");
            prop_assert!(scored.tools.iter().all(|tool| (0.0..=1.0).contains(&tool.alarm)));
        }
    }
}
