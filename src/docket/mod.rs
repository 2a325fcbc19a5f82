//! Owns the docket: the resident columns of all cases, the filter language over them, the orders they are shown in,
//! and which cases a verdict may be spread to.
//!
//! Never does I/O and never decides anything about a case: rows, names of things, standings and texts come in
//! as arguments, and what a filter does not need is not loaded ([`Needs`]).
//!
//! Invariants: nothing of a filter is silently ignored, neither a term that is not understood
//! ([`FilterError`]) nor one whose data was not loaded ([`Missing`]). A filter written out and read again is
//! the same filter. An order is total: the same docket is always listed the same way, however much of it is
//! asked for.

mod alike;
mod audit;
mod bits;
mod cases;
mod complete;
mod facets;
mod filter;
mod group;
mod order;
mod pattern;
mod ranking;
mod returns;
mod saved;
mod select;
#[cfg(test)]
mod select_tests;
mod set;
mod survey;
mod texts;
mod worth;

pub use alike::{Candidate, Likeness, sample};
pub use audit::{Audit, Audited, DrawnNames};
pub use cases::{Docket, Overlay, RunKey, Tally};
pub use complete::{Completion, Completions, Spot, ValueCounts};
pub use facets::{Counted, Facet};
pub use filter::{
    Bound, Field, Filter, FilterError, Is, Missing, Needs, Problem, Relation, RunName, Term, Value,
};
pub use group::{Grouping, Groups, UnknownGrouping};
pub use order::{Order, UnknownOrder};
pub use pattern::{PathPattern, Pattern, Prefix};
pub use returns::{Drawn, Draws, Due, Returns};
pub use saved::{Saved, SavedError};
pub use set::CaseSet;
pub use survey::Survey;
pub use texts::{KnownWords, TextHits};
pub use worth::{BadWeight, Evidence, Weights, Worth, WorthTerm};
