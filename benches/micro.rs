//! The parts of an import and of a listing, each alone.
//!
//!     cargo bench --bench micro [-- tui]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark stops where it is wrong")]

mod support;

use std::fmt;
use std::hint::black_box;
use std::sync::Arc;

use assize::docket::{Evidence, Filter, Order, TextHits, Weights, Worth};
use assize::domain::{Claim, Opinion, Rule};
use assize::ingest::document::Document;
use assize::ingest::json::Json;
use assize::ingest::read::READERS;
use assize::ingest::reader::{Failure, ReadError, RunHead, Sink};
use assize::ingest::regroup::Shaping;
use assize::ingest::{Importer, Options};
use assize::ledger::{Fold, verify};
use assize::source::Highlighter;
use assize::store::{Findings, Journal, Workspace, Writer};
use assize::text::{Family, token_hash};
use criterion::{BatchSize, Criterion, Throughput};
use rustc_hash::FxHashMap;

use support::many;
use support::sarif::{Project, Scan};
use support::tui::tui;

/// Claims in the document that the parts are run on; about 7 MB.
const CLAIMS: usize = 10_000;

fn main() {
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    let mut text = Vec::new();
    Project::new(CLAIMS).write_to(Scan::First, &mut text).unwrap();
    screen(&mut criterion, &text);
    // What the others make ready takes minutes.
    if std::env::args().any(|arg| arg == "tui") {
        return criterion.final_summary();
    }
    json(&mut criterion, &text);
    reader(&mut criterion, &text);
    tokens(&mut criterion);
    highlight(&mut criterion);
    import(&mut criterion, &text);
    docket(&mut criterion, &text);
    million_cases(&mut criterion);
    million_verdicts(&mut criterion);
    journal(&mut criterion);
    criterion.final_summary();
}

/// What a key changes and what a frame draws.
fn screen(criterion: &mut Criterion, text: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::create(folder.path()).unwrap();
    imported(&workspace.file(""), &Document::bytes("bench", text));
    tui(criterion, folder.path());
}

/// Brackets and strings are checked, nothing is kept: the first pass over a document's results.
fn json(criterion: &mut Criterion, text: &[u8]) {
    let mut group = criterion.benchmark_group("json");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("skip", |bench| bench.iter(|| Json::new(Box::new(text)).skip().unwrap()));
    group.bench_function("walk to every result", |bench| {
        bench.iter(|| {
            let (mut json, mut bytes) = (Json::new(Box::new(text)), 0);
            json.object(|json, key| {
                if key == "runs" {
                    json.array(|json, _| {
                        json.object(|json, key| {
                            if key == "results" {
                                json.array(|json, _| {
                                    bytes += json.raw()?.map_or(0, |raw| raw.bytes().len());
                                    Ok(())
                                })?;
                            }
                            Ok(())
                        })?;
                        Ok(())
                    })?;
                }
                Ok(())
            })
            .unwrap();
            black_box(bytes)
        });
    });
    group.finish();
}

/// Both passes, every claim made and dropped.
fn reader(criterion: &mut Criterion, text: &[u8]) {
    let document = Document::bytes("bench", text);
    let sarif = READERS.iter().find(|reader| reader.about().format == "sarif").unwrap();
    let mut group = criterion.benchmark_group("reader");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("sarif", |bench| {
        bench.iter(|| {
            let mut count = Count::default();
            sarif.read(&document, &mut count).unwrap();
            assert_eq!(count.claims, CLAIMS);
        });
    });
    group.finish();
}

fn tokens(criterion: &mut Criterion) {
    let line = "    cursor.execute(\"SELECT * FROM orders WHERE id = \" + order_id, limit=40)  # as before\n";
    let mut group = criterion.benchmark_group("token hash");
    for (name, text) in [("a statement", line.to_owned()), ("a function of 60 lines", line.repeat(60))] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bench| bench.iter(|| token_hash(black_box(&text), Family::Hash)));
    }
    group.finish();
}

/// What a pane of 60 lines waits for, and the whole file behind it.
fn highlight(criterion: &mut Criterion) {
    let unit = "\n@app.route(\"/orders/<order_id>\")\ndef order_NUMBER(order_id: int, *, limit=40) -> Response:\n    \
        \"\"\"Orders of one customer.\"\"\"\n    if not order_id or limit >= 0x40:  # nothing to ask for\n        \
        return abort(404)\n    rows = db.execute(f\"SELECT * FROM orders WHERE id = {order_id}\\n\")\n    \
        for row in rows:\n        app.logger.info(\"%s\", row)\n    return render(\"order.html\", rows=rows)\n";
    let never = || false;
    let mut group = criterion.benchmark_group("highlight");
    for lines in [10_000, 20_000] {
        let text: String =
            (0..lines / 10).map(|number| unit.replace("NUMBER", &number.to_string())).collect();
        let text: Arc<str> = text.into();
        let deep = lines - 500..lines - 440;
        group.throughput(Throughput::Elements(60));
        group.bench_function(format!("guess, deep in {lines} lines"), |bench| {
            bench.iter_batched_ref(
                || Highlighter::new("orders.py", Arc::clone(&text)),
                |highlighter| highlighter.guess(deep.clone(), &never).unwrap(),
                BatchSize::LargeInput,
            );
        });
        group.throughput(Throughput::Elements(u64::from(lines)));
        group.bench_function(format!("exact, all of {lines} lines"), |bench| {
            bench.iter_batched_ref(
                || Highlighter::new("orders.py", Arc::clone(&text)),
                |highlighter| highlighter.exact(lines..lines + 1, &never).unwrap(),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

/// Everything between a document in memory and the commit.
fn import(criterion: &mut Criterion, text: &[u8]) {
    let document = Document::bytes("bench", text);
    let mut group = criterion.benchmark_group("import");
    group.throughput(Throughput::Elements(CLAIMS as u64));
    group.bench_function("first scan", |bench| {
        bench.iter_batched(
            || tempfile::tempdir().unwrap(),
            |folder| {
                imported(folder.path(), &document);
                folder
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn docket(criterion: &mut Criterion, text: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    imported(folder.path(), &Document::bytes("bench", text));
    let findings = Findings::open_to_read(&folder.path().join("findings.db")).unwrap().unwrap();
    let cases = findings.docket().unwrap().len() as u64;
    let mut group = criterion.benchmark_group("docket");
    group.throughput(Throughput::Elements(cases));
    group.bench_function("rows", |bench| bench.iter(|| findings.docket().unwrap()));
    group.bench_function("names", |bench| bench.iter(|| findings.case_names().unwrap()));
    group.bench_function("texts", |bench| {
        bench.iter(|| {
            let mut bytes = 0;
            findings.each_texts(|_| true, |_, texts| bytes += texts.pool().len(), || true).unwrap();
            black_box(bytes)
        });
    });
    group.finish();
}

/// Filters and orders over a million cases, each term once.
fn million_cases(criterion: &mut Criterion) {
    let docket = many::docket();
    let mut group = criterion.benchmark_group("a million cases");
    group.sample_size(10);
    for text in [
        "",
        "sev:>=high",
        "sev:>=high cwe:89 tool:semgrep conf:high -kind:secret",
        "rule:*sql-1*",
        "project:project-1*",
        "run:last",
        "is:open",
        "is:open sev:>=high -cwe:79",
        "verdict:confirmed by:ann",
        "case:00a",
        "path:src/package_1/",
        "path:src/**/module_7/*.py",
        "path:File77.py",
        "is:open path:src/package_1/** sev:high",
        "parameterized number",
    ] {
        let filter: Filter = text.parse().unwrap();
        let mut texts = TextHits::new(&filter);
        if filter.needs().texts {
            many::messages(|first, some| texts.show(first, some));
        }
        let name = if text.is_empty() { "no filter" } else { text };
        group.bench_function(name, |bench| bench.iter(|| docket.select(&filter, Some(&texts)).unwrap()));
    }
    group.bench_function("tally", |bench| bench.iter(|| docket.tally()));
    let (evidence, weights) = (Evidence::default(), Weights::default());
    group.bench_function("worth made ready", |bench| {
        bench.iter(|| black_box(Worth::new(&docket, &weights, &evidence)));
    });
    let worth = Worth::new(&docket, &weights, &evidence);
    let all = docket.select(&Filter::default(), None).unwrap();
    for order in Order::ALL {
        for (what, limit) in [("the first 50", 50), ("all", usize::MAX)] {
            group.bench_function(format!("{order}, {what}"), |bench| {
                bench.iter(|| docket.top(&all, order, &worth, limit).unwrap());
            });
        }
    }
    group.finish();
}

/// The ledger alone, without a disk.
fn million_verdicts(criterion: &mut Criterion) {
    const VERDICTS: u32 = 1_000_000;
    let sealed = many::chain(VERDICTS);
    let mut group = criterion.benchmark_group("a million verdicts");
    group.sample_size(10).throughput(Throughput::Elements(u64::from(VERDICTS)));
    let of = sealed[0].header.chain;
    group.bench_function("verify", |bench| bench.iter(|| verify(of, &sealed, &[]).unwrap()));
    let fold = || {
        let mut fold = Fold::with_capacity(sealed.len());
        for entry in &sealed {
            fold.apply(entry.open());
        }
        fold
    };
    group.bench_function("fold", |bench| bench.iter(fold));
    let folded = fold();
    group.bench_function("records", |bench| {
        bench.iter(|| folded.cases().map(|case| folded.record(case).verdicts.len()).sum::<usize>());
    });
    group.bench_function("what can be undone", |bench| bench.iter(|| folded.last_undoable("ann").unwrap()));
    group.finish();
}

/// The journal on a disk, with many entries in it.
fn journal(criterion: &mut Criterion) {
    const ENTRIES: u32 = 100_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let mut journal = Journal::open(&path).unwrap();
    journal.absorb(many::chain(ENTRIES)).unwrap();
    let writer = Writer::new("machine", "bob", "bob".parse().unwrap());
    let mut group = criterion.benchmark_group("a journal of 100,000 verdicts");
    group.sample_size(10);
    let mut next = 0;
    group.bench_function("append one", |bench| {
        bench.iter(|| {
            next = (next + 7919) % ENTRIES;
            journal.append(&writer, 1, many::judge([next], Opinion::Confirmed)).unwrap()
        });
    });
    group.bench_function("undo and redo", |bench| {
        bench.iter(|| {
            journal.undo(&writer, 1).unwrap();
            journal.redo(&writer, 1).unwrap()
        });
    });
    group.bench_function("a verdict on all, and its undo", |bench| {
        bench.iter(|| {
            journal.append(&writer, 1, many::judge(0..ENTRIES, Opinion::Rejected)).unwrap();
            journal.undo(&writer, 1).unwrap()
        });
    });
    group.bench_function("records", |bench| bench.iter(|| journal.records().unwrap()));
    group.bench_function("leases", |bench| bench.iter(|| journal.judged_leases().unwrap()));
    group.bench_function("verify", |bench| bench.iter(|| journal.verify(&[]).unwrap()));
    group.bench_function("rebuild", |bench| bench.iter(|| journal.rebuild().unwrap()));
    group.bench_function("open to read", |bench| {
        bench.iter(|| Journal::open_to_read(&path).unwrap().unwrap());
    });
    group.finish();
}

fn imported(folder: &std::path::Path, document: &Document) {
    let mut findings = Findings::open(&folder.join("findings.db")).unwrap();
    let judged = FxHashMap::default();
    let shaping = Shaping::default();
    let mut importer = Importer { findings: &mut findings, folder, judged: &judged, shaping: &shaping };
    let options =
        Options { project: "bench".into(), now: "2026-01-01T00:00:00Z".into(), ..Options::default() };
    let receipt = importer.import(document, &options, &|| false).unwrap();
    assert_eq!(receipt.counts.claims, CLAIMS as u64);
}

/// A sink that counts.
#[derive(Default)]
struct Count {
    claims: usize,
}

impl Sink for Count {
    fn run(&mut self, _: RunHead) -> Result<(), ReadError> {
        Ok(())
    }

    fn rule(&mut self, _: Rule) -> Result<(), ReadError> {
        Ok(())
    }

    fn covered(&mut self, _: &str) -> Result<(), ReadError> {
        Ok(())
    }

    fn claim(&mut self, _: &dyn fmt::Display, raw: &[u8], claim: Claim) -> Result<(), ReadError> {
        self.claims += 1;
        black_box((raw, claim));
        Ok(())
    }

    fn cut(&mut self, _: &dyn fmt::Display, _: &str) -> Result<(), ReadError> {
        Ok(())
    }

    fn set_aside(&mut self, _: &dyn fmt::Display, _: &str) -> Result<(), ReadError> {
        Ok(())
    }

    fn unreadable(&mut self, _: &dyn fmt::Display, _: Failure, _: &str, _: &[u8]) -> Result<(), ReadError> {
        Ok(())
    }
}
