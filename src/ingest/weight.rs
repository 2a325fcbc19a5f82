//! How much memory a claim takes, and what is left of one that must take little.
//!
//! Never changes what a claim is known again by: its rule, its place and its code's beginning stay.

use crate::domain::{Claim, Place, Step};

/// Lists of a shortened claim hold no more than this.
const FEW: usize = 16;

/// About the bytes that a claim holds.
pub(super) fn weight_of(claim: &Claim) -> usize {
    let place = |place: &Place| {
        size_of::<Place>() + place.path.len() + place.snippet.len() + place.context.len() + place.scope.len()
    };
    let step = |step: &Step| place(&step.place) + step.message.len();
    let texts = |texts: &[String]| texts.iter().map(|text| size_of::<String>() + text.len()).sum::<usize>();
    let edits = claim.fixes.iter().flat_map(|fix| &fix.edits);
    size_of::<Claim>()
        + claim.rule.len()
        + claim.title.len()
        + claim.message.len()
        + claim.place.iter().chain(&claim.more_places).map(place).sum::<usize>()
        + claim.related.iter().chain(claim.traces.iter().flatten()).map(step).sum::<usize>()
        + claim.fixes.iter().map(|fix| fix.description.len()).sum::<usize>()
        + edits.map(|edit| place(&edit.place) + edit.text.len()).sum::<usize>()
        + claim.notes.iter().map(|(name, text)| name.len() + text.len()).sum::<usize>()
        + claim.cwes.len() * 2
        + texts(&claim.owasp)
        + texts(&claim.repairs)
        + claim.dependency.as_ref().map_or(0, |of| {
            of.name.len() + of.purl.len() + texts(&of.fixed) + texts(&of.path) + texts(&of.aliases)
        })
}

/// Cuts each of a claim's texts to so many bytes and its lists to a few; steps and fixes go.
pub(super) fn shorten(claim: &mut Claim, bytes: usize) {
    let cut = |text: &mut String| {
        text.truncate(text.floor_char_boundary(bytes));
        text.shrink_to_fit();
    };
    for text in [&mut claim.rule, &mut claim.title, &mut claim.message, &mut claim.severity_words] {
        cut(text);
    }
    claim.more_places.clear();
    claim.related.clear();
    claim.traces.clear();
    claim.fixes.clear();
    if let Some(place) = &mut claim.place {
        for text in [&mut place.path, &mut place.snippet, &mut place.scope] {
            cut(text);
        }
        if place.context.len() > bytes {
            // A part of the lines around would be compared with all of them.
            (place.context, place.context_line) = (String::new(), 0);
        }
    }
    claim.scores.truncate(FEW);
    claim.scores.iter_mut().for_each(|score| cut(&mut score.vector));
    claim.cwes.truncate(FEW);
    claim.owasp.truncate(FEW);
    claim.prints.truncate(FEW);
    claim.notes.truncate(FEW);
    claim.notes.iter_mut().for_each(|(_, text)| cut(text));
    claim.repairs.truncate(FEW);
    claim.repairs.iter_mut().for_each(cut);
    if let Some(of) = &mut claim.dependency {
        for text in [&mut of.name, &mut of.version, &mut of.purl] {
            cut(text);
        }
        for list in [&mut of.fixed, &mut of.path, &mut of.aliases] {
            list.truncate(FEW);
            list.iter_mut().for_each(cut);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Dependency;

    #[test]
    fn a_shortened_claim_is_small_whatever_it_held_and_keeps_what_it_is_known_by() {
        let long = "é".repeat(9000);
        let place = Place { snippet: long.clone(), context: long.clone(), ..Place::lines("a.py", 3, 4) };
        let step = Step { place: place.clone(), message: long.clone() };
        let mut claim = Claim {
            rule: "r".into(),
            message: long.clone(),
            place: Some(place),
            traces: vec![vec![step; 500]],
            notes: vec![("n".into(), long.clone()); 500],
            dependency: Some(Dependency { aliases: vec![long; 500], ..Dependency::default() }),
            ..Claim::default()
        };
        assert!(weight_of(&claim) > 20_000_000);
        shorten(&mut claim, 2001);
        assert!(weight_of(&claim) < 100_000, "{}", weight_of(&claim));
        let place = claim.place.unwrap();
        assert_eq!((claim.rule.as_str(), place.path.as_str(), place.start.line), ("r", "a.py", 3));
        assert_eq!((claim.message.len(), place.snippet.len()), (2000, 2000));
    }
}
