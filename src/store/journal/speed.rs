//! Prints how long the journal takes when it is large; run it optimised.

use std::time::{Duration, Instant};

use super::tests::{case, judge, merge, verdict};
use super::*;
use crate::domain::Opinion::{Confirmed, Rejected};
use crate::ledger::Head;

const CHAINS: [&str; 3] = ["ann", "bob", "cy"];

/// A journal of single verdicts on as many cases.
fn large(path: &Path, entries: u32) -> Journal {
    let mut journal = Journal::open(path).unwrap();
    let mut heads = CHAINS.map(|name| Head::start(ChainId::of("machine", name)));
    let sealed = (0..entries).map(move |number| {
        let at = number as usize % 3;
        let clock = Hlc { wall_ms: 1_700_000_000_000 + u64::from(number), counter: 0 };
        let sealed = seal(&heads[at], clock, CHAINS[at], &judge([number], Rejected)).unwrap();
        heads[at] = sealed.head();
        sealed
    });
    timed("taken in", || journal.absorb(sealed).unwrap());
    journal
}

/// Prints how long it took by the clock, and how much of that this thread was running: other work on the machine
/// shows as the difference.
fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let running = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
    };
    let (start, ran) = (Instant::now(), running());
    let done = work();
    println!("{what} {:?}, of which running {:?}", start.elapsed(), running().saturating_sub(ran));
    done
}

fn appends(what: &str, journal: &mut Journal, count: u32) {
    let writer = Writer::new("machine", "ann", "ann".parse().unwrap());
    let mut times: Vec<Duration> = (0..count)
        .map(|number| {
            let act = judge([number.wrapping_mul(7919) % 100_000], Confirmed);
            let start = Instant::now();
            journal.append(&writer, 1_800_000_000_000, act).unwrap();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100];
    println!("{what}: median {:?}, 95% {:?}, worst {:?}", at(50), at(95), at(100));
}

#[test]
#[ignore = "a measurement"]
fn a_million_entries() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let mut small = large(&folder.path().join("small.db"), 100_000);
    for _ in 0..3 {
        assert_eq!(timed("100,000 records", || small.records().unwrap()).len(), 100_000);
    }
    timed("their leases", || small.judged_leases().unwrap());
    timed("rebuilt", || small.rebuild().unwrap());
    appends("append among 100,000", &mut small, 100);
    let ann = Writer::new("machine", "ann", "ann".parse().unwrap());
    timed("bulk verdict on all of them", || small.append(&ann, 1, judge(0..100_000, Rejected)).unwrap());
    timed("its undo", || small.undo(&ann, 1).unwrap());
    if std::env::var_os("SMALL").is_some() {
        return;
    }
    drop(large(&path, 1_000_000));
    println!("{} MB", std::fs::metadata(&path).unwrap().len() >> 20);
    let mut journal = timed("opened", || Journal::open(&path).unwrap());
    appends("append", &mut journal, 300);
    let writer = Writer::new("machine", "bob", "bob".parse().unwrap());
    timed("undo", || journal.undo(&writer, 1).unwrap());
    timed("redo", || journal.redo(&writer, 1).unwrap());
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // An import: megabytes into another file, made durable every so often.
            let mut file = std::fs::File::create(folder.path().join("import")).unwrap();
            let chunk = vec![7_u8; 1 << 20];
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                for _ in 0..64 {
                    std::io::Write::write_all(&mut file, &chunk).unwrap();
                }
                file.sync_data().unwrap();
                std::io::Seek::rewind(&mut file).unwrap();
            }
        });
        appends("append beside an import", &mut journal, 300);
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    timed("bulk verdict on 100,000", || journal.append(&writer, 1, judge(0..100_000, Rejected)).unwrap());
    timed("its undo", || journal.undo(&writer, 1).unwrap());
    timed("its redo", || journal.redo(&writer, 1).unwrap());
    appends("append on a case of a bulk verdict", &mut journal, 100);
    timed("history", || assert!(journal.history(case(7919)).unwrap().len() > 2));
    timed("merge", || journal.append(&writer, 1, merge(1, 2)).unwrap());
    timed("bulk verdict once cases were merged", || {
        journal.append(&writer, 1, Act::Verdict(verdict(0..100_000, Confirmed))).unwrap()
    });
    timed("links", || journal.links().unwrap());
    timed("a million records", || journal.records().unwrap());
    timed("verified", || journal.verify(&[]).unwrap());
    let reader = timed("opened to read", || Journal::open_to_read(&path).unwrap().unwrap());
    timed("one record", || reader.record(case(5)).unwrap().unwrap());
}
