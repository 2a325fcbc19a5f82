//! Rows of a batch as a Parquet file: typed columns, nested as the rows are, written some thousands of rows at a time.
//!
//! What a row consists of is held here ([`shape`]), since a Parquet file says so before its first row; a row that is
//! otherwise is refused. The same rows give the same bytes, whenever they are written.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde::Serialize;
use serde_json::Value;

use super::Format;

/// Rows that are held back until they are written together…
const ROWS: usize = 8192;
/// …or bytes of texts, if these are many sooner.
const BYTES: usize = 16 << 20;

/// What a value of a row is.
#[derive(Debug, Clone)]
enum Shape {
    Text,
    Whole,
    Real,
    Flag,
    /// It may be null.
    Maybe(Box<Self>),
    List(Box<Self>),
    Of(Vec<(&'static str, Self)>),
}

use Shape::{Flag, List, Maybe, Of, Real, Text, Whole};

/// A row that does not fit into the table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A value is none that the column takes, is missing, or has no column.
    #[error("a sample has no place in the table: {0}")]
    Shape(String),
    /// A row is no JSON.
    #[error(transparent)]
    Row(#[from] serde_json::Error),
    /// The file cannot be written.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
}

/// The rows of a format.
fn shape(format: Format) -> Vec<(&'static str, Shape)> {
    let list = |of: Shape| List(Box::new(of));
    let maybe = |of: Shape| Maybe(Box::new(of));
    let provenance = Of(vec![
        ("case", Text),
        ("rules", list(Of(vec![("tool", Text), ("rule", Text), ("version", Text)]))),
        ("reviewers", list(Text)),
        ("random", Flag),
        ("decided", Text),
        ("revision", Text),
        ("licence", Text),
        ("origin", Text),
        ("by", Text),
        ("checks", list(Of(vec![("name", Text), ("result", Text)]))),
    ]);
    let own = match format {
        Format::Labels => vec![
            ("level", Text),
            ("project", Text),
            ("path", Text),
            ("start_line", Whole),
            ("end_line", Whole),
            ("language", Text),
            ("kind", Text),
            ("severity", Text),
            ("cwe", list(Whole)),
            ("label", Text),
            ("verdict", maybe(Text)),
            ("file_label", maybe(Text)),
            ("revision_label", maybe(Text)),
            ("remedy", maybe(Text)),
            ("code", Text),
            ("masked_secrets", Whole),
        ],
        Format::Sft => vec![
            ("messages", list(Of(vec![("role", Text), ("content", Text)]))),
            ("prompt", Text),
            ("completion", Text),
        ],
        Format::Dpo => vec![("prompt", Text), ("chosen", Text), ("rejected", Text)],
        Format::Kto => vec![("prompt", Text), ("completion", Text), ("label", Flag)],
        Format::Reward => vec![
            ("level", Text),
            ("project", Text),
            ("path", Text),
            ("language", Text),
            ("prompt", Text),
            ("completion", Text),
            ("code", Text),
            ("wanted", maybe(Flag)),
            ("reward", Real),
            ("alarm", Real),
            ("loss", Real),
            (
                "lost",
                Of(vec![
                    ("tokens", Real),
                    ("calls", Real),
                    ("functions", Real),
                    ("least_left", Real),
                    ("measured", Flag),
                ]),
            ),
            ("told", Text),
            (
                "tools",
                list(Of(vec![
                    ("tool", Text),
                    ("weight", Real),
                    ("held_out", Flag),
                    ("flags", Whole),
                    ("alarm", Real),
                    ("effect", Real),
                ])),
            ),
            ("masked_secrets", Whole),
        ],
    };
    std::iter::once(("id", Text)).chain(own).chain([("provenance", provenance)]).collect()
}

impl Shape {
    /// What Parquet calls it.
    fn words(&self, name: &str, repetition: &str) -> String {
        match self {
            Text => format!("{repetition} BYTE_ARRAY {name} (UTF8);"),
            Whole => format!("{repetition} INT64 {name};"),
            Real => format!("{repetition} DOUBLE {name};"),
            Flag => format!("{repetition} BOOLEAN {name};"),
            Maybe(of) => of.words(name, "OPTIONAL"),
            List(of) => {
                let element = of.words("element", "REQUIRED");
                format!("{repetition} group {name} (LIST) {{ REPEATED group list {{ {element} }} }}")
            }
            Of(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, shape)| shape.words(name, "REQUIRED")).collect();
                format!("{repetition} group {name} {{ {} }}", fields.join(" "))
            }
        }
    }

    /// Adds the columns that it is stored in.
    fn add_columns(&self, (most_def, most_rep): (i16, i16), columns: &mut Vec<Column>) {
        let leaf = |values| Column { values, levels: Vec::new(), most_def, most_rep };
        match self {
            Text => columns.push(leaf(Values::Texts(vec![]))),
            Whole => columns.push(leaf(Values::Wholes(vec![]))),
            Real => columns.push(leaf(Values::Reals(vec![]))),
            Flag => columns.push(leaf(Values::Flags(vec![]))),
            Maybe(of) => of.add_columns((most_def + 1, most_rep), columns),
            List(of) => of.add_columns((most_def + 1, most_rep + 1), columns),
            Of(fields) => {
                fields.iter().for_each(|(_, shape)| shape.add_columns((most_def, most_rep), columns));
            }
        }
    }

    /// In how many columns it is stored.
    fn width(&self) -> usize {
        match self {
            Maybe(of) | List(of) => of.width(),
            Of(fields) => fields.iter().map(|(_, shape)| shape.width()).sum(),
            _ => 1,
        }
    }

    /// Takes a value apart into its columns; `depth` is how many lists it is in.
    fn put(&self, value: &Value, at: Levels, depth: i16, columns: &mut [Column]) -> Result<(), TableError> {
        let wrong = || TableError::Shape(format!("{} is not wanted here", kind_of(value)));
        match self {
            Maybe(_) if value.is_null() => columns.iter_mut().for_each(|column| column.levels.push(at)),
            Maybe(of) => return of.put(value, at.deeper(), depth, columns),
            List(of) => {
                let items = value.as_array().ok_or_else(wrong)?;
                if items.is_empty() {
                    columns.iter_mut().for_each(|column| column.levels.push(at));
                }
                for (number, item) in items.iter().enumerate() {
                    let repetition = if number == 0 { at.repetition } else { depth + 1 };
                    of.put(item, Levels { repetition, ..at.deeper() }, depth + 1, columns)?;
                }
            }
            Of(fields) => {
                let object = value.as_object().ok_or_else(wrong)?;
                if let Some(name) = object.keys().find(|name| fields.iter().all(|(known, _)| known != name)) {
                    return Err(TableError::Shape(format!("there is no column `{name}`")));
                }
                let mut rest = columns;
                for (name, shape) in fields {
                    let missing = || TableError::Shape(format!("`{name}` is missing"));
                    let (own, others) = rest.split_at_mut_checked(shape.width()).ok_or_else(missing)?;
                    shape.put(object.get(*name).ok_or_else(missing)?, at, depth, own)?;
                    rest = others;
                }
            }
            Text | Whole | Real | Flag => {
                let column = columns.first_mut().ok_or_else(wrong)?;
                match &mut column.values {
                    Values::Texts(texts) => texts.push(ByteArray::from(value.as_str().ok_or_else(wrong)?)),
                    Values::Wholes(wholes) => wholes.push(value.as_i64().ok_or_else(wrong)?),
                    Values::Reals(reals) => reals.push(value.as_f64().ok_or_else(wrong)?),
                    Values::Flags(flags) => flags.push(value.as_bool().ok_or_else(wrong)?),
                }
                column.levels.push(at);
            }
        }
        Ok(())
    }
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) | Value::Number(_) => "a number or a flag",
        Value::String(_) => "a text",
        Value::Array(_) | Value::Object(_) => "a list or an object",
    }
}

/// Where a value stands in what is nested: how many of the values around it that may be missing are there, and at which
/// list, counted from the outside, it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Levels {
    definition: i16,
    repetition: i16,
}

impl Levels {
    const fn deeper(self) -> Self {
        Self { definition: self.definition + 1, ..self }
    }
}

#[derive(Debug)]
enum Values {
    Texts(Vec<ByteArray>),
    Wholes(Vec<i64>),
    Reals(Vec<f64>),
    Flags(Vec<bool>),
}

/// The values of one column that are not written yet.
#[derive(Debug)]
struct Column {
    values: Values,
    levels: Vec<Levels>,
    most_def: i16,
    most_rep: i16,
}

impl Column {
    fn write(&mut self, writer: &mut ColumnWriter<'_>) -> Result<(), TableError> {
        let definitions: Vec<i16> = self.levels.iter().map(|at| at.definition).collect();
        let repetitions: Vec<i16> = self.levels.iter().map(|at| at.repetition).collect();
        let defs = (self.most_def > 0).then_some(definitions.as_slice());
        let reps = (self.most_rep > 0).then_some(repetitions.as_slice());
        match (&self.values, writer) {
            (Values::Texts(it), ColumnWriter::ByteArrayColumnWriter(to)) => to.write_batch(it, defs, reps)?,
            (Values::Wholes(it), ColumnWriter::Int64ColumnWriter(to)) => to.write_batch(it, defs, reps)?,
            (Values::Reals(it), ColumnWriter::DoubleColumnWriter(to)) => to.write_batch(it, defs, reps)?,
            (Values::Flags(it), ColumnWriter::BoolColumnWriter(to)) => to.write_batch(it, defs, reps)?,
            _ => return Err(TableError::Shape("a column is of another type".into())),
        };
        self.levels.clear();
        match &mut self.values {
            Values::Texts(texts) => texts.clear(),
            Values::Wholes(wholes) => wholes.clear(),
            Values::Reals(reals) => reals.clear(),
            Values::Flags(flags) => flags.clear(),
        }
        Ok(())
    }
}

/// A table on its way to the disk.
pub(super) struct Table<W: Write + Send> {
    shape: Shape,
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
    file: SerializedFileWriter<W>,
}

impl<W: Write + Send> Table<W> {
    /// A table of a format's rows.
    pub(super) fn new(format: Format, file: W) -> Result<Self, TableError> {
        let fields = shape(format);
        let words: Vec<String> = fields.iter().map(|(name, shape)| shape.words(name, "REQUIRED")).collect();
        let schema = parse_message_type(&format!("message samples {{ {} }}", words.join(" ")))?;
        let properties = WriterProperties::builder()
            .set_created_by(format!("assize {}", env!("CARGO_PKG_VERSION")))
            .set_compression(Compression::SNAPPY)
            // What readers choose row groups by; pages of code have nothing to choose.
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .build();
        let file = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
        let shape = Of(fields);
        let mut columns = Vec::new();
        shape.add_columns((0, 0), &mut columns);
        Ok(Self { shape, columns, rows: 0, bytes: 0, file })
    }

    /// Takes a row in, and writes those held back if they are many.
    pub(super) fn row(&mut self, row: &impl Serialize) -> Result<(), TableError> {
        let row = serde_json::to_value(row)?;
        self.bytes += size_of(&row);
        self.shape.put(&row, Levels { definition: 0, repetition: 0 }, 0, &mut self.columns)?;
        self.rows += 1;
        if self.rows >= ROWS || self.bytes >= BYTES { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), TableError> {
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            let Some(mut writer) = group.next_column()? else {
                return Err(TableError::Shape("a column is missing".into()));
            };
            column.write(writer.untyped())?;
            writer.close()?;
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    /// Writes the rest and the end; gives the file.
    pub(super) fn finish(mut self) -> Result<W, TableError> {
        if self.rows > 0 {
            self.write()?;
        }
        Ok(self.file.into_inner()?)
    }
}

impl<W: Write + Send> std::fmt::Debug for Table<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Table of {} rows", self.rows)
    }
}

/// About how many bytes a value takes.
fn size_of(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size_of).sum(),
        Value::Object(fields) => fields.values().map(size_of).sum(),
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::{Field, Row};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::dataset::batch::{Checked, PairRow, Provenance, RewardRow, RuleOf};

    fn written(format: Format, rows: &[Value]) -> Result<Vec<u8>, TableError> {
        let mut table = Table::new(format, Vec::new())?;
        rows.iter().try_for_each(|row| table.row(row))?;
        table.finish()
    }

    fn json_of(field: &Field) -> Value {
        match field {
            Field::Null => Value::Null,
            Field::Bool(flag) => json!(flag),
            Field::Long(number) => json!(number),
            Field::Double(number) => json!(number),
            Field::Str(text) => json!(text),
            Field::Group(row) => object_of(row),
            Field::ListInternal(list) => list.elements().iter().map(json_of).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn object_of(row: &Row) -> Value {
        Value::Object(row.get_column_iter().map(|(name, field)| (name.clone(), json_of(field))).collect())
    }

    fn opened(bytes: &[u8]) -> SerializedFileReader<std::fs::File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        SerializedFileReader::new(file).unwrap()
    }

    /// The rows of a file, as the crate's own reader has them.
    fn read(bytes: &[u8]) -> Vec<Value> {
        opened(bytes).get_row_iter(None).unwrap().map(|row| object_of(&row.unwrap())).collect()
    }

    fn provenance(rules: usize, reviewers: usize) -> Provenance {
        let rule = |number| RuleOf { tool: format!("t{number}"), rule: "r".into(), version: String::new() };
        Provenance {
            rules: (0..rules).map(rule).collect(),
            reviewers: (0..reviewers).map(|number| format!("r-{number}")).collect(),
            checks: vec![Checked { name: "parses".into(), result: "passed".into() }],
            ..Provenance::default()
        }
    }

    fn kto(number: usize) -> Value {
        let row = PairRow::Kto {
            id: format!("é{number}"),
            prompt: "p\n".repeat(number % 5),
            completion: String::new(),
            label: number.is_multiple_of(2),
            provenance: provenance(number % 4, number % 3),
        };
        serde_json::to_value(row).unwrap()
    }

    #[test]
    fn what_is_nested_missing_or_empty_is_read_back_as_it_was_written() {
        let rows: Vec<Value> = (0..60).map(kto).collect();
        assert_eq!(read(&written(Format::Kto, &rows).unwrap()), rows);
        let reward = |wanted: Option<bool>| {
            json!(RewardRow { wanted, provenance: provenance(1, 0), ..RewardRow::default() })
        };
        let rows = [reward(None), reward(Some(true)), reward(None), reward(Some(false))];
        assert_eq!(read(&written(Format::Reward, &rows).unwrap()), rows);
        assert_eq!(read(&written(Format::Labels, &[]).unwrap()), Vec::<Value>::new());
    }

    #[test]
    fn the_same_rows_are_the_same_bytes_and_more_of_them_than_are_held_back_are_all_there() {
        let rows: Vec<Value> = (0..ROWS * 2 + 7).map(kto).collect();
        let bytes = written(Format::Kto, &rows).unwrap();
        assert_eq!(bytes, written(Format::Kto, &rows).unwrap());
        let reader = opened(&bytes);
        let groups: Vec<i64> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
        assert_eq!(groups, [ROWS as i64, ROWS as i64, 7]);
        assert_eq!(read(&bytes).last(), rows.last());
    }

    #[test]
    fn rows_are_let_go_of_once_their_texts_are_many() {
        let mut table = Table::new(Format::Kto, Vec::new()).unwrap();
        let mut row = kto(1);
        row["completion"] = json!("x".repeat(BYTES / 4));
        for _ in 0..40 {
            table.row(&row).unwrap();
            assert!(table.bytes < BYTES && table.rows < 8, "{} in {} rows", table.bytes, table.rows);
        }
        assert_eq!(read(&table.finish().unwrap()).len(), 40);
    }

    #[test]
    fn a_row_that_is_otherwise_is_refused_and_says_where() {
        for (change, words) in [
            (("more", json!(1)), "there is no column `more`"),
            (("label", json!("yes")), "a text is not wanted here"),
            (("prompt", Value::Null), "null is not wanted here"),
        ] {
            let mut row = kto(1);
            row[change.0] = change.1;
            let refused = written(Format::Kto, &[row]).unwrap_err();
            assert!(matches!(&refused, TableError::Shape(why) if why == words), "{refused}");
        }
        let mut lacks = kto(1);
        lacks["provenance"].as_object_mut().unwrap().remove("by");
        let refused = written(Format::Kto, &[lacks]).unwrap_err();
        assert!(matches!(&refused, TableError::Shape(why) if why == "`by` is missing"), "{refused}");
    }

    proptest! {
        #[test]
        fn any_nesting_comes_back(rows in prop::collection::vec((0_usize..5, 0_usize..4, "\\PC{0,12}"), 0..40)) {
            let rows: Vec<Value> = rows
                .into_iter()
                .map(|(rules, reviewers, text)| {
                    let mut row = kto(0);
                    row["completion"] = json!(text);
                    row["provenance"] = serde_json::to_value(provenance(rules, reviewers)).unwrap();
                    row
                })
                .collect();
            prop_assert_eq!(read(&written(Format::Kto, &rows).unwrap()), rows);
        }
    }
}
