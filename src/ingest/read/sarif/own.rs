//! Claims that this program wrote itself: what the format has no place for stands in a property of the result.

use super::claim::suppression;
use super::objects::ResultObject;
use crate::domain::{Claim, Place};
use crate::ingest::look::LAST_LINE;
use crate::ingest::path;

/// The property, as whoever writes logs names it.
pub(super) const CLAIM: &str = "assize/claim";

/// The claim as it went out, with what silences it by now; `None` where the result is of another program, or where the
/// property cannot be read and the format's own places have to do.
pub(super) fn read(result: &ResultObject<'_>) -> Option<Claim> {
    let told = result.properties.get(CLAIM)?.text();
    let mut claim: Claim = serde_json::from_str(told).ok()?;
    if claim.rule.trim().is_empty() {
        return None;
    }
    // Whoever changed it may have written anything.
    let fixes = claim.fixes.iter_mut().flat_map(|fix| &mut fix.edits).map(|edit| &mut edit.place);
    let steps = claim.traces.iter_mut().flatten().chain(&mut claim.related).map(|step| &mut step.place);
    claim.place.iter_mut().chain(&mut claim.more_places).chain(steps).chain(fixes).for_each(checked);
    claim.suppression = suppression(result);
    Some(claim)
}

fn checked(place: &mut Place) {
    place.path = path::tidy(&place.path);
    for point in [&mut place.start, &mut place.end] {
        if point.line > LAST_LINE || point.column > LAST_LINE {
            *point = Default::default();
        }
    }
    if place.context_line > LAST_LINE {
        place.context_line = 0;
    }
}
