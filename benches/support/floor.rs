//! The floor under an import: what a program pays that reads the same fields of the same document and puts each
//! result into one row, and does nothing else. No matching, no fusion, no search over texts, no memory bound.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use anyhow::Context as _;
use rusqlite::{Connection, Statement, params};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::draw::Draw;

/// Imports a SARIF document into a fresh database; gives the number of rows.
pub(crate) fn import(document: &Path, database: &Path) -> anyhow::Result<u64> {
    let bytes = std::fs::read(document).with_context(|| document.display().to_string())?;
    let connection = Connection::open(database)?;
    // As the store sets them.
    for (name, value) in [("page_size", "8192"), ("journal_mode", "wal"), ("temp_store", "memory")] {
        connection.pragma_update(None, name, value)?;
    }
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.execute_batch(
        "CREATE TABLE finding (id INTEGER PRIMARY KEY, name BLOB NOT NULL, \"case\" INTEGER NOT NULL, tool TEXT NOT NULL,
             rule TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL, end_line INTEGER NOT NULL,
             col INTEGER NOT NULL, end_col INTEGER NOT NULL, severity INTEGER NOT NULL, message TEXT NOT NULL,
             snippet TEXT NOT NULL, prints TEXT NOT NULL) STRICT;
         BEGIN IMMEDIATE",
    )?;
    let rows = {
        let insert =
            connection.prepare("INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
        let mut table = Table { insert, rows: 0, tool: String::new(), prints: String::new() };
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        Walk(&mut table).deserialize(&mut json)?;
        json.end()?;
        table.rows
    };
    connection.execute_batch(
        "CREATE UNIQUE INDEX finding_by_name ON finding (name);
         CREATE INDEX finding_by_path ON finding (path, tool);
         CREATE INDEX finding_by_case ON finding (\"case\");
         COMMIT",
    )?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(rows)
}

struct Table<'c> {
    insert: Statement<'c>,
    rows: u64,
    tool: String,
    prints: String,
}

impl Table<'_> {
    fn row(&mut self, result: &Finding<'_>) -> rusqlite::Result<()> {
        self.rows += 1;
        let mut name = [0; 16];
        let mut draw = Draw::at(7, self.rows);
        for half in name.chunks_exact_mut(8) {
            half.copy_from_slice(&draw.next().to_le_bytes());
        }
        self.prints.clear();
        for (key, value) in result.partial_fingerprints.0.iter().chain(&result.fingerprints.0) {
            self.prints.push_str(key);
            self.prints.push('=');
            self.prints.push_str(value);
            self.prints.push('\n');
        }
        let severity = match &*result.level {
            "error" => 3,
            "warning" => 2,
            _ => 1,
        };
        let nowhere = PhysicalLocation::default();
        let place = result.locations.first().map_or(&nowhere, |location| &location.physical_location);
        let region = &place.region;
        self.insert.execute(params![
            self.rows as i64,
            name,
            self.rows as i64,
            self.tool,
            result.rule_id,
            place.artifact_location.uri,
            region.start_line,
            region.end_line,
            region.start_column,
            region.end_column,
            severity,
            result.message.text,
            region.snippet.text,
            self.prints,
        ])?;
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct Finding<'a> {
    #[serde(borrow)]
    rule_id: Cow<'a, str>,
    rule_index: i64,
    #[serde(borrow)]
    level: Cow<'a, str>,
    #[serde(borrow)]
    message: Message<'a>,
    #[serde(borrow)]
    locations: Vec<Location<'a>>,
    #[serde(borrow)]
    code_flows: Vec<CodeFlow<'a>>,
    #[serde(borrow)]
    partial_fingerprints: Pairs<'a>,
    #[serde(borrow)]
    fingerprints: Pairs<'a>,
    #[serde(borrow)]
    properties: Pairs<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Message<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Location<'a> {
    #[serde(borrow)]
    physical_location: PhysicalLocation<'a>,
    #[serde(borrow)]
    message: Message<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PhysicalLocation<'a> {
    #[serde(borrow)]
    artifact_location: ArtifactLocation<'a>,
    #[serde(borrow)]
    region: Region<'a>,
    #[serde(borrow)]
    context_region: Region<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ArtifactLocation<'a> {
    #[serde(borrow)]
    uri: Cow<'a, str>,
    #[serde(borrow)]
    uri_base_id: Cow<'a, str>,
    index: i64,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Region<'a> {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
    #[serde(borrow)]
    snippet: Message<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CodeFlow<'a> {
    #[serde(borrow)]
    thread_flows: Vec<ThreadFlow<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ThreadFlow<'a> {
    #[serde(borrow)]
    locations: Vec<Step<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Step<'a> {
    #[serde(borrow)]
    location: Location<'a>,
}

/// An object of texts, in its order.
#[derive(Default)]
struct Pairs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Borrowed(key), Borrowed(value))) = map.next_entry()? {
                    pairs.push((key, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// `Cow` alone would own its text.
#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

/// Goes down to the results and stores each as soon as it is read.
struct Walk<'t, 'c>(&'t mut Table<'c>);

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a log, its runs, or a run")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "runs" => map.next_value_seed(Walk(&mut *self.0))?,
                "tool" => self.0.tool = map.next_value::<Tool>()?.driver.name,
                "results" => map.next_value_seed(Results(&mut *self.0))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Walk(&mut *self.0))?.is_some() {}
        Ok(())
    }
}

#[derive(Deserialize)]
struct Tool {
    driver: Driver,
}

#[derive(Deserialize)]
struct Driver {
    name: String,
}

struct Results<'t, 'c>(&'t mut Table<'c>);

impl<'de> DeserializeSeed<'de> for Results<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Results<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("results")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(result) = seq.next_element::<Finding<'de>>()? {
            self.0.row(&result).map_err(serde::de::Error::custom)?;
        }
        Ok(())
    }
}
