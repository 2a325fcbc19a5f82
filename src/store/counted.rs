//! Counts the statements that SQLite is given, in tests: what no key may cost many of.
//!
//! SQLite itself tells of each, whoever asked it and through whatever connection, so none can be forgotten: pragmas and
//! the ends of transactions count, and so does every run of a statement that was prepared once.

use std::cell::Cell;

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

thread_local! {
    /// Each test runs on a thread of its own.
    static GIVEN: Cell<u64> = const { Cell::new(0) };
}

/// A connection whose statements are counted from here on.
pub(super) fn counted(mut connection: Connection) -> Connection {
    let count = |_: TraceEvent<'_>| GIVEN.set(GIVEN.get() + 1);
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(count)).unwrap();
    connection
}

/// How many statements were given on this thread so far.
pub(crate) fn statements() -> u64 {
    GIVEN.get()
}
