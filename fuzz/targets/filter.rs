//! Reads any text as a filter: what is one says the same when it is written out and read again, and what is none says where.

#![no_main]

use assize::docket::Filter;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match text.parse::<Filter>() {
        Ok(filter) => {
            let written = filter.to_string();
            let again = written.parse::<Filter>();
            assert_eq!(again.ok().as_ref(), Some(&filter), "{text:?} is written {written:?}");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
