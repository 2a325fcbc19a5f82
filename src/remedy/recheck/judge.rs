//! What a scanner's run before and after a patch come to. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

use super::sink::{Beside, Sink};
use super::{Answer, Look, NewClaim, Patch, Version};
use crate::domain::{Claim, Kind};
use crate::ingest::heard::{Heard, Kept, Texts, follow, region, same_rule};
use crate::source::{Outline, Scope};
use crate::text::tokens;

/// What is said where a scanner does not list the files that it looked at.
const UNTOLD: &str = "it does not tell whether it looked at";

/// Words of a body in which nothing is done.
const HOLLOW: &[&str] = &[
    "pass",
    "return",
    "None",
    "null",
    "nil",
    "NULL",
    "nullptr",
    "undefined",
    "void",
    "true",
    "false",
    "True",
    "False",
    "end",
    "begin",
];

/// What a scanner said of a patch's files, once as they are and once as they would be.
#[derive(Debug)]
pub(super) struct Both<'h> {
    pub(super) before: &'h Heard,
    pub(super) after: &'h Heard,
    /// Files that the scanner wrote to, before or after.
    pub(super) touched: &'h BTreeSet<String>,
    pub(super) took: Duration,
}

/// What it comes to.
pub(super) fn judge(scanner: &str, patch: &Patch, both: &Both<'_>) -> Look {
    let (before, after) = (both.before, both.after);
    let old: Texts<'_> =
        patch.files.iter().map(|file| (file.path.as_str(), file.text_before.as_str())).collect();
    let new: Texts<'_> =
        patch.files.iter().map(|file| (file.path.as_str(), file.text_after.as_str())).collect();
    let pairs = follow((&before.claims, &old), (&after.claims, &new));
    let fresh: Vec<&Claim> = after
        .claims
        .iter()
        .zip(&pairs)
        .filter(|(claim, pair)| {
            let was = pair.and_then(|(index, _)| before.claims.get(index));
            was.is_none_or(|was| was.severity < claim.severity)
        })
        .map(|(claim, _)| claim)
        .collect();
    let is_his =
        |tool: &str| tool == scanner || tool == before.tool || (!after.tool.is_empty() && tool == after.tool);
    let reported: Vec<Claim> =
        patch.reported.iter().filter(|it| is_his(&it.tool)).map(|it| it.claim.clone()).collect();
    let again = follow((&reported, &old), (&before.claims, &old));
    let of_case: Vec<usize> =
        again.iter().enumerate().filter(|(_, pair)| pair.is_some()).map(|(index, _)| index).collect();
    let unseen = unseen(patch, both, &pairs);
    let mut look = Look {
        scanner: scanner.to_owned(),
        tool: before.tool.clone(),
        answer: None,
        why: unseen.clone().unwrap_or_default(),
        new: fresh.iter().map(|claim| new_claim(claim)).collect(),
        gone: 0,
        is_whole: unseen.is_none(),
        is_untold: unseen.as_deref().is_some_and(|why| why.starts_with(UNTOLD)),
        took: both.took,
    };
    let paired: BTreeSet<usize> = pairs.iter().flatten().map(|(index, _)| *index).collect();
    look.gone =
        (0..before.claims.len()).filter(|index| !paired.contains(index) && !of_case.contains(index)).count();
    if reported.is_empty() {
        return look;
    }
    let (answer, why) = answer(patch, both, (&reported, &of_case), &pairs, unseen);
    look.is_untold &= answer == Answer::Inconclusive;
    (look.answer, look.why) = (Some(answer), why);
    look
}

fn answer(
    patch: &Patch,
    both: &Both<'_>,
    (reported, of_case): (&[Claim], &[usize]),
    pairs: &[Option<(usize, Kept)>],
    unseen: Option<String>,
) -> (Answer, String) {
    let (before, after) = (&both.before.claims, &both.after.claims);
    let inconclusive = |why: String| (Answer::Inconclusive, why);
    if of_case.is_empty() {
        let why = "it does not report it on the code as it is: its rules or its version are others, or it did not look";
        return inconclusive(match &unseen {
            Some(unseen) if both.before.claims.is_empty() => format!("{why} ({unseen})"),
            _ => why.to_owned(),
        });
    }
    let mut worst = (Answer::Fixed, String::new());
    for &index in of_case {
        let Some(claim) = before.get(index) else { continue };
        let now = pairs.iter().enumerate().find_map(|(at, pair)| {
            let (of, kept) = (*pair)?;
            (of == index).then_some((after.get(at)?, kept))
        });
        let said = match now {
            Some((now, _)) if now.suppression.is_some() && claim.suppression.is_none() => {
                (Answer::Evaded, format!("it is silenced at {}", place_of(now)))
            }
            Some((now, Kept::Moved)) => (Answer::Moved, format!("{} at {}", now.rule, place_of(now))),
            Some((now, Kept::Same | Kept::Changed)) => {
                (Answer::Stands, format!("{} at {}", now.rule, place_of(now)))
            }
            None => match elsewhere(claim, after, pairs) {
                Some(now) => (Answer::Moved, format!("{} at {}", now.rule, place_of(now))),
                None => silent(patch, claim, unseen.clone()),
            },
        };
        if said.0 > worst.0 || worst.1.is_empty() {
            worst = said;
        }
    }
    if worst.0 == Answer::Fixed && of_case.len() < reported.len() {
        return inconclusive("it does not report all of it on the code as it is".to_owned());
    }
    worst
}

/// A claim by the same rule that was not there before: the number of what the rule reports did not go down by this one.
fn elsewhere<'c>(claim: &Claim, after: &'c [Claim], pairs: &[Option<(usize, Kept)>]) -> Option<&'c Claim> {
    let mut fresh = after.iter().zip(pairs).filter(|(_, pair)| pair.is_none()).map(|(claim, _)| claim);
    fresh.find(|other| same_rule(&other.rule, &claim.rule))
}

/// What silence on one claim is worth.
fn silent(patch: &Patch, claim: &Claim, unseen: Option<String>) -> (Answer, String) {
    let inconclusive = |why: String| (Answer::Inconclusive, why);
    let path = claim.place.as_ref().map_or("", |place| place.path.as_str());
    let Some(file) = patch.files.iter().find(|file| file.path == path) else {
        return inconclusive(format!("what it reported stands in `{path}`, which the patch does not change"));
    };
    if claim.kind == Kind::Dependency {
        // What is affected is a version, and no code has to be compared to tell another.
        let cannot_read = || unreadable(file, &Beside::new(&file.path, &file.text_before, &file.text_after));
        return match unseen.or_else(cannot_read) {
            Some(why) => inconclusive(why),
            None => (Answer::Fixed, String::new()),
        };
    }
    let Some((flagged, exact)) = region(claim, &file.text_before) else {
        return inconclusive("it does not say where in the file".to_owned());
    };
    let beside = Beside::new(&file.path, &file.text_before, &file.text_after);
    let sink = beside.sink(&flagged, exact);
    let deleted = deleted(beside.outlines(), &flagged);
    match (&sink, &deleted) {
        (Sink::Same(why), _) => return (Answer::Evaded, why.clone()),
        (Sink::Hidden(call), _) => {
            return (Answer::Evaded, format!("the data goes to `{call}`, which is worked out while it runs"));
        }
        _ => {}
    }
    // Where it does not parse, what is seen of functions is not what is there.
    if let Some(why) = unreadable(file, &beside) {
        return inconclusive(why);
    }
    if let Some(Deleted::Emptied(name)) = &deleted {
        return (Answer::Evaded, format!("`{name}` was emptied"));
    }
    if let Some(why) = unseen {
        return inconclusive(why);
    }
    match (sink, deleted) {
        (Sink::Doubtful(name), _) => {
            inconclusive(format!("the data goes through `{name}`, and nobody knows what that does"))
        }
        (_, Some(Deleted::Most(name))) => inconclusive(format!("most of {name} was deleted")),
        (_, Some(Deleted::All(name))) => inconclusive(format!("`{name}` was deleted")),
        _ if beside.faults().is_none() => {
            (Answer::Fixed, "held beside each other without a grammar".to_owned())
        }
        _ => (Answer::Fixed, String::new()),
    }
}

/// Why what a scanner says of the patched files cannot be believed.
fn unseen(patch: &Patch, both: &Both<'_>, pairs: &[Option<(usize, Kept)>]) -> Option<String> {
    let (before, after) = (both.before, both.after);
    for file in &patch.files {
        let path = file.path.as_str();
        if both.touched.contains(path) {
            return Some(format!("it changed `{path}` while it looked"));
        }
        if before.tool != after.tool && !after.tool.is_empty() && !before.tool.is_empty() {
            return Some(format!("it was {} and is {}", before.tool, after.tool));
        }
        if before.version != after.version {
            return Some(format!("its version was {} and is {}", before.version, after.version));
        }
        let is_named = |claim: &Claim| claim.place.as_ref().is_some_and(|place| place.path == path);
        if after.tells_coverage {
            if !after.covered.contains(path) && !troubled(before, after).is_empty() {
                break;
            }
            if !after.covered.contains(path) {
                return Some(format!("it did not look at `{path}`"));
            }
        } else if !after.claims.iter().zip(pairs).any(|(claim, pair)| pair.is_some() && is_named(claim)) {
            return Some(format!("{UNTOLD} `{path}`"));
        }
    }
    if let Some(trouble) = troubled(before, after).first() {
        return Some(format!("it had trouble: {trouble}"));
    }
    (after.unreadable > before.unreadable).then(|| "some of what it said cannot be read".to_owned())
}

/// What a scanner complains of that it did not complain of before.
fn troubled<'h>(before: &Heard, after: &'h Heard) -> Vec<&'h String> {
    after.troubles.iter().filter(|trouble| !before.troubles.contains(trouble)).collect()
}

/// Why a scanner may not be able to read a patched file that it could read before.
fn unreadable(file: &Version, beside: &Beside<'_>) -> Option<String> {
    let (path, text) = (&file.path, &file.text_after);
    if text.trim().is_empty() {
        return Some(format!("`{path}` is empty"));
    }
    if text.contains('\0') && !file.text_before.contains('\0') {
        return Some(format!("`{path}` is binary"));
    }
    let has_mark = |bytes: &[u8]| {
        bytes.starts_with(b"\xef\xbb\xbf") || bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
    };
    if has_mark(&file.after) && !has_mark(&file.before) {
        return Some(format!("`{path}` begins with a byte order mark, which it did not"));
    }
    match beside.faults() {
        Some((was, is)) if is > was => Some(format!("`{path}` does not parse")),
        _ => None,
    }
}

/// What went with the sink.
enum Deleted {
    /// The function is there and does nothing.
    Emptied(String),
    /// More than half of it.
    Most(String),
    /// The function.
    All(String),
}

fn deleted((before, after): (&Outline, &Outline), flagged: &std::ops::Range<usize>) -> Option<Deleted> {
    let size = |outline: &Outline, text: &str| tokens(text, outline.language().family()).count();
    let of = |outline: &Outline, scope: &Scope| {
        size(outline, outline.text().get(scope.span.clone()).unwrap_or_default())
    };
    let Some(scope) = before.scope_at(flagged.clone()) else {
        let (was, is) = (size(before, before.text()), size(after, after.text()));
        return (is * 2 < was).then(|| Deleted::Most("the file".to_owned()));
    };
    let was = of(before, &scope);
    // Of several of one name that are all still there, the one in its place is meant.
    let alike = |outline: &Outline| -> Vec<Scope> {
        let is_like = |other: &Scope| other.qualified == scope.qualified && other.kind == scope.kind;
        outline.scopes().filter(is_like).collect()
    };
    let (were, mut are) = (alike(before), alike(after));
    let place = were.iter().position(|other| other.span == scope.span).filter(|_| were.len() == are.len());
    let place = place.unwrap_or(0);
    if place < are.len() {
        let now = are.swap_remove(place);
        let is = of(after, &now);
        return if is < was && is_hollow(after, &now) && !is_hollow(before, &scope) {
            Some(Deleted::Emptied(scope.qualified))
        } else {
            (is * 2 < was).then(|| Deleted::Most(format!("`{}`", scope.qualified)))
        };
    }
    let known: BTreeSet<String> = before.scopes().map(|scope| scope.qualified).collect();
    let mut fresh = after.scopes().filter(|other| !known.contains(&other.qualified));
    let is_renamed = fresh.any(|other| of(after, &other) * 2 >= was);
    (!is_renamed).then_some(Deleted::All(scope.qualified))
}

/// Whether a function does nothing: it passes, gives back a constant or refuses.
fn is_hollow(outline: &Outline, scope: &Scope) -> bool {
    let family = outline.language().family();
    let head: Vec<&str> = tokens(&scope.signature, family).map(|token| token.text).collect();
    let text = outline.text().get(scope.span.clone()).unwrap_or_default();
    let all: Vec<_> = tokens(text, family).collect();
    let begins = all
        .windows(head.len().max(1))
        .position(|part| part.iter().map(|token| token.text).eq(head.iter().copied()));
    let body = all.get(begins.map_or(0, |at| at + head.len())..).unwrap_or_default();
    let mut refuses = false;
    body.iter().filter(|token| token.is_word()).all(|token| {
        refuses |= matches!(token.text, "raise" | "throw" | "panic" | "abort");
        refuses || HOLLOW.contains(&token.text) || token.text.starts_with(|c: char| c.is_ascii_digit())
    })
}

fn new_claim(claim: &Claim) -> NewClaim {
    let place = claim.place.as_ref();
    let message = if claim.message.is_empty() { &claim.title } else { &claim.message };
    NewClaim {
        rule: claim.rule.clone(),
        severity: claim.severity,
        path: place.map(|place| place.path.clone()).unwrap_or_default(),
        line: place.map_or(0, |place| place.start.line),
        message: message.lines().next().unwrap_or_default().chars().take(200).collect(),
    }
}

fn place_of(claim: &Claim) -> String {
    claim.place.as_ref().map_or_else(String::new, |place| format!("{}:{}", place.path, place.start.line))
}
