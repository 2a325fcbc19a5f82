//! What the journal holds, beside what the screen has shown as saved.

use std::collections::{HashMap, HashSet};
use std::process::Stdio;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use super::Desk;
use super::support::answer::terminal::Screen;

/// What the last line begins with when a verdict is on disk, and what the journal calls that.
const OPINIONS: [(&str, &str); 4] = [
    ("confirmed", "confirmed"),
    ("rejected", "rejected"),
    ("risk accepted", "risk_accepted"),
    ("unsure", "unsure"),
];

/// The journal as another process reads it.
pub(crate) struct Journal<'d> {
    desk: &'d Desk,
    file: Connection,
    /// Every entry that was read, in their order.
    entries: Vec<Vec<u8>>,
    /// Cases by the place that the screen names them with.
    places: HashMap<String, HashSet<String>>,
    /// Opinion and case of every verdict.
    judged: HashSet<(String, String)>,
    /// Opinion and number of cases of every verdict of this sitting.
    numbers: HashSet<(String, usize)>,
    /// Cases that acts of this sitting were about; nothing once one was taken back or given back, which may be another sitting's.
    decided: Option<usize>,
    /// What was shown and looked up already.
    seen: HashSet<String>,
    pub(crate) by_place: usize,
    pub(crate) by_number: usize,
    pub(crate) verified: usize,
}

impl<'d> Journal<'d> {
    pub(crate) fn of(desk: &'d Desk) -> Self {
        // A first act makes the file.
        let cases = desk.run(&["cases", "--json", "--limit", "1", "is:open"]);
        let case: Value = serde_json::from_str(&cases).unwrap();
        desk.run(&["verdict", case["case"].as_str().unwrap(), "unsure"]);
        let path = desk.path().join(".assize/journal.db");
        let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        file.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
        let mut journal = Self {
            desk,
            file,
            entries: Vec::new(),
            places: HashMap::new(),
            judged: HashSet::new(),
            numbers: HashSet::new(),
            decided: Some(0),
            seen: HashSet::new(),
            by_place: 0,
            by_number: 0,
            verified: 0,
        };
        journal.learn("");
        journal.read();
        journal
    }

    /// How many places have a case.
    pub(crate) fn known(&self) -> usize {
        self.places.values().map(HashSet::len).sum()
    }

    pub(crate) fn entries(&self) -> usize {
        self.entries.len()
    }

    /// Takes in which case is where.
    pub(crate) fn learn(&mut self, filter: &str) {
        use std::io::BufRead as _;
        let mut command = self.desk.command(&["cases", "--json"]);
        command.args((!filter.is_empty()).then_some(filter));
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        for line in std::io::BufReader::new(child.stdout.take().unwrap()).lines() {
            let case: Value = serde_json::from_str(&line.unwrap()).unwrap();
            let path = case["path"].as_str().unwrap_or_default();
            let place =
                case["start_line"].as_u64().map_or_else(|| path.to_owned(), |line| format!("{path}:{line}"));
            self.places.entry(place).or_default().insert(case["case"].as_str().unwrap().to_owned());
        }
        assert!(child.wait().unwrap().success());
    }

    /// A sitting begins: what was shown before may be shown again.
    pub(crate) fn begin(&mut self) {
        self.read();
        self.numbers.clear();
        self.seen.clear();
        self.decided = Some(0);
    }

    /// Reads the entries that came since.
    fn read(&mut self) {
        let mut read = self
            .file
            .prepare_cached("SELECT number, hash, body FROM entry WHERE number > ?1 ORDER BY number")
            .unwrap();
        let rows = read.query_map([self.entries.len() as i64], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Option<String>>(2)?))
        });
        for row in rows.unwrap() {
            let (number, hash, body) = row.unwrap();
            self.entries.push(hash);
            assert_eq!(number, self.entries.len() as i64, "entries are numbered without a gap");
            let body: Value = serde_json::from_str(&body.expect("nothing was erased")).unwrap();
            let Some(cases) = body["cases"].as_array() else {
                self.decided = None;
                continue;
            };
            self.decided = self.decided.map(|before| before + cases.len());
            let Some(opinion) = body["opinion"].as_str() else { continue };
            self.numbers.insert((opinion.to_owned(), cases.len()));
            for case in cases {
                self.judged.insert((opinion.to_owned(), case["case"].as_str().unwrap().to_owned()));
            }
        }
    }

    /// What the screen shows as saved is in the journal by now.
    pub(crate) fn check(&mut self, screen: &Screen) {
        let lines = screen.lines();
        let last = lines.last().map_or("", |line| line.trim());
        if let Some((opinion, count, place)) = saved(last) {
            if self.seen.insert(last.to_owned()) {
                self.is_there(last, &opinion, count, place);
            }
        }
        let head = lines.first().map_or("", String::as_str);
        if let Some(shown) = number_before(head, " decided") {
            if self.decided.is_some_and(|decided| shown > decided) {
                self.read();
            }
            let decided = self.decided.unwrap_or(usize::MAX);
            assert!(shown <= decided, "{shown} decided, and the journal has {decided}\n{screen}");
        }
    }

    fn is_there(&mut self, line: &str, opinion: &str, count: usize, place: Option<&str>) {
        self.read();
        let Some(place) = place else {
            assert!(
                self.numbers.contains(&(opinion.to_owned(), count)),
                "shown as saved, and not in the journal: {line}"
            );
            self.by_number += 1;
            return;
        };
        let cases = self.places.get(place).into_iter().flatten();
        if cases.into_iter().any(|case| self.judged.contains(&(opinion.to_owned(), case.clone()))) {
            self.by_place += 1;
            return;
        }
        let cases: Vec<&String> = self.places.get(place).into_iter().flatten().collect();
        let judged: Vec<_> = self.judged.iter().filter(|(_, case)| cases.contains(&case)).collect();
        panic!("shown as saved, and not in the journal: {line}; there are {cases:?}, of which {judged:?}");
    }

    /// After a sitting: what was read is still there, and every chain holds.
    pub(crate) fn verify(&mut self) {
        let mut read = self.file.prepare("SELECT hash FROM entry ORDER BY number").unwrap();
        let now: Vec<Vec<u8>> = read.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        drop(read);
        assert!(now.starts_with(&self.entries), "an entry that was there is not there any more");
        let told: Value = serde_json::from_str(&self.desk.run(&["journal", "verify", "--json"])).unwrap();
        let entries: u64 =
            told["chains"].as_array().unwrap().iter().map(|chain| chain["entries"].as_u64().unwrap()).sum();
        assert_eq!(entries as usize, now.len(), "{told}");
        self.verified += 1;
    }
}

/// Which verdict on how many cases the last line says is saved, and where, if it is one case and all of its place is there.
fn saved(line: &str) -> Option<(String, usize, Option<&str>)> {
    let (word, opinion) = OPINIONS.iter().find(|(word, _)| line.starts_with(word))?;
    let rest = line.strip_prefix(word)?.strip_prefix(": ")?;
    let (count, rest) = rest.split_once(" case")?;
    let count = count.replace(',', "").parse().ok()?;
    // Two blanks, and what may be done next.
    let place =
        rest.strip_prefix(", ").and_then(|rest| rest.split_once("  ")).map(|(place, _)| place.trim_end());
    let place = place.filter(|place| !place.contains(['…', ';', ' ']));
    Some(((*opinion).to_owned(), count, place))
}

fn number_before(line: &str, word: &str) -> Option<usize> {
    let before = line.get(..line.find(word)?)?;
    before.rsplit(' ').next()?.replace(',', "").parse().ok()
}
