//! Looking into a parsed JSON value whose shape nobody promises: every question has an answer, often an empty one.

use serde_json::Value;

/// No file has more lines, and no editor counts further.
pub const LAST_LINE: u32 = i32::MAX as u32;

/// Questions to a JSON value. A missing key, a null and a value of another type are all "not there".
pub trait Look {
    /// The value at a dotted path of keys, `null` where there is none.
    fn at(&self, path: &str) -> &Value;

    /// A text at a path; empty where there is none.
    fn text(&self, path: &str) -> &str {
        self.at(path).as_str().unwrap_or_default()
    }

    /// A text, a number or a truth value at a path, as text.
    fn words(&self, path: &str) -> String {
        match self.at(path) {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            _ => String::new(),
        }
    }

    /// A number at a path, also where it is written as text.
    fn number(&self, path: &str) -> Option<f64> {
        let value = self.at(path);
        value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite())
    }

    /// A line or column number at a path; 0 where there is none, or one that no file has.
    fn count(&self, path: &str) -> u32 {
        self.number(path)
            .filter(|number| (0.0..=f64::from(LAST_LINE)).contains(number))
            .map_or(0, |number| number as u32)
    }

    /// What stands at a path in a line's place and can be none: a number below zero or beyond all files.
    fn no_line(&self, path: &str) -> Option<String> {
        let number = self.number(path)?;
        let possible = (0.0..=f64::from(LAST_LINE)).contains(&number);
        (!possible).then(|| match self.at(path) {
            Value::Number(given) if given.is_f64() => format!("{number:.0}"),
            _ => self.words(path),
        })
    }

    /// The elements of an array at a path; none where there is no array.
    fn list(&self, path: &str) -> &[Value];

    /// The texts of an array at a path, or the one text that stands in its place.
    fn texts(&self, path: &str) -> Vec<String> {
        match self.at(path) {
            Value::String(text) => vec![text.clone()],
            Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }
}

static NOTHING: Value = Value::Null;

impl Look for Value {
    fn at(&self, path: &str) -> &Value {
        if path.is_empty() {
            return self;
        }
        path.split('.').try_fold(self, |value, key| value.get(key)).unwrap_or(&NOTHING)
    }

    fn list(&self, path: &str) -> &[Value] {
        self.at(path).as_array().map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_there_is_empty() {
        let value = json!({"a": {"b": "x", "n": "7", "huge": 1e99, "neg": -1, "far": 99_999_999_999_999_u64, "written": "-7"}, "l": ["p", 1, "q"], "s": "one"});
        assert_eq!(value.text("a.b"), "x");
        assert_eq!(value.text("a.c.d"), "");
        assert_eq!(value.count("a.n"), 7);
        assert_eq!((value.count("a.huge"), value.count("a.neg"), value.count("a.far")), (0, 0, 0));
        assert_eq!(value.no_line("a.far").as_deref(), Some("99999999999999"));
        assert_eq!(value.no_line("a.written").as_deref(), Some("-7"));
        assert_eq!(value.no_line("a.huge").map(|line| line.len()), Some(99));
        assert_eq!((value.no_line("a.n"), value.no_line("a.b"), value.no_line("a.c")), (None, None, None));
        assert_eq!(value.texts("l"), ["p", "q"]);
        assert_eq!(value.texts("s"), ["one"]);
        assert!(value.list("s").is_empty());
    }
}
