//! Mends any text: what comes out is JSON, and what was JSON comes out as it went in.

#![no_main]

use assize::ingest::read::model::repair::repair;
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

fuzz_target!(|text: &str| {
    let sound = text.starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok();
    match repair(text) {
        Ok(repaired) => {
            assert!(repaired.end <= text.len());
            assert!(serde_json::from_str::<IgnoredAny>(&repaired.json).is_ok(), "{}", repaired.json);
            if sound {
                assert_eq!(repaired.json, text.get(..repaired.end).unwrap_or_default());
                assert!(repaired.all().is_empty() && repaired.damages.is_empty());
            }
        }
        // Deeper than anything is mended.
        Err(_) => assert!(!sound || text.matches(['{', '[']).count() > 500),
    }
});
