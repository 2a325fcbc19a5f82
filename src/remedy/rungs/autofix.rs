//! What the scanner itself proposes, where its edit can be found again in the file as it is now.

use std::ops::Range;

use crate::domain::{Fix, Place};
use crate::remedy::ladder::Unusable;
use crate::remedy::{Answer, Edit, Fault, Offer, Onlooker, Origin, Rung, Said, Subject};
use crate::source::snippet::Finder;
use crate::text::{LineIndex, LineMap};

/// The scanner's own proposals.
#[derive(Debug, Default)]
pub struct Autofix;

impl Rung for Autofix {
    fn origin(&self) -> Origin {
        Origin::Autofix
    }

    fn offers(&mut self, subject: &Subject, _: Onlooker<'_>) -> Result<Vec<Offer>, Unusable> {
        let mut offers = Vec::new();
        let mut trouble = None;
        for said in &subject.said {
            for fix in &said.claim.fixes {
                match edit(subject, said, fix) {
                    Ok(edit) => {
                        let words = match fix.description.trim() {
                            "" => format!("proposed by {}", said.tool),
                            words => words.to_owned(),
                        };
                        offers.push(Offer { words, answer: Answer::Edits(vec![edit]) });
                    }
                    Err(unusable) => trouble = trouble.or(Some(unusable)),
                }
            }
        }
        match (offers.is_empty(), trouble) {
            (true, Some(unusable)) => Err(unusable),
            (true, None) => Err((Fault::Nothing, "no scanner proposes a fix".into())),
            (false, _) => Ok(offers),
        }
    }
}

/// A fix as an edit of the file. The edits of a fix belong together: one that cannot be placed spoils it.
fn edit(subject: &Subject, said: &Said, fix: &Fix) -> Result<Edit, Unusable> {
    let text = subject.file.text();
    let lines = LineIndex::new(text);
    let mut parts = Vec::new();
    for edit in &fix.edits {
        if !is_same_file(subject, said, &edit.place) {
            return Err((
                Fault::OtherFile,
                format!("{} proposes to change `{}`", said.tool, edit.place.path),
            ));
        }
        let range = region(subject, said, &edit.place, &lines).ok_or_else(|| {
            (Fault::NoPlace, format!("the code that {} proposes to change is not there any more", said.tool))
        })?;
        parts.push((range, subject.with_its_line_ends(&edit.text)));
    }
    Edit::new(&subject.file.path, subject.file.digest, text, parts)
        .map_err(|error| (Fault::Unchanged, error.to_string()))
}

/// Whether a fix's place names the claim's own file: as the tool wrote both, or as the file is called here.
fn is_same_file(subject: &Subject, said: &Said, place: &Place) -> bool {
    let own = said.claim.place.as_ref().map_or("", |place| &place.path);
    place.path.is_empty() || place.path == own || place.path == subject.file.path
}

/// Where a place of the claim is in the file as it is now.
fn region(subject: &Subject, said: &Said, place: &Place, lines: &LineIndex<'_>) -> Option<Range<usize>> {
    let claimed = said.claim.place.as_ref()?.start.line;
    let first = place.start.line;
    let last = if place.end.line == 0 { first } else { place.end.line };
    // As far from the claim's line as the tool had it.
    let then = |line: u32| u32::try_from(i64::from(said.lines.0) + i64::from(line) - i64::from(claimed)).ok();
    let (then_first, then_last) = (then(first)?, then(last)?);
    let (now_first, now_last) = match &said.scanned {
        Some(scanned) if crate::ingest::is_as_kept(scanned, subject.file.text()) => (then_first, then_last),
        Some(scanned) => {
            // Every line must still be there, and none come in between.
            let map = LineMap::between(scanned, subject.file.text());
            let now = map.new_line(then_first)?;
            let unbroken =
                (then_first..=then_last).zip(now..).all(|(old, new)| map.new_line(old) == Some(new));
            (Some(now).filter(|_| unbroken)?, now + (then_last - then_first))
        }
        None => {
            // Without the scanned text the quotation must be found.
            let quoted = [&place.snippet, &said.claim.place.as_ref()?.snippet]
                .into_iter()
                .find(|it| !it.is_empty())?;
            let family = subject.file.language().family();
            let found =
                Finder::new(LineIndex::new(subject.file.text()), family).find(quoted, then_first).at()?;
            let now = lines.line_of(found.start);
            let from_quote = if place.snippet.is_empty() { first.checked_sub(claimed)? } else { 0 };
            (now + from_quote, now + from_quote + (last - first))
        }
    };
    let start = crate::domain::Point { line: now_first, ..place.start };
    let end = if place.end.line == 0 {
        crate::domain::Point::default()
    } else {
        crate::domain::Point { line: now_last, ..place.end }
    };
    lines.region(start, end, place.columns)
}
