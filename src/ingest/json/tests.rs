use proptest::prelude::*;

use super::*;
use crate::ingest::reader::Failure;

/// A reader that gives a few bytes at a time, so that every boundary falls somewhere.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let take = self.1.min(self.0.len()).min(buffer.len());
        let (now, later) = self.0.split_at(take);
        buffer[..take].copy_from_slice(now);
        self.0 = later;
        Ok(take)
    }
}

#[test]
fn a_ready_object_is_taken_and_all_else_is_left() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Named<'a> {
        name: &'a str,
    }
    let text = br#"[ {"name":"a","more":[1,{}]} , ["b"], {"name":3}, {"name":"\ud800"}, 7 ]"#;
    for step in [1, 5, text.len()] {
        let mut json = Json::new(Box::new(Drip(text, step)));
        let mut seen = Vec::new();
        json.array(|json, _| {
            seen.push(match json.ready::<Named<'_>>() {
                Some((raw, named)) => {
                    assert_eq!(raw.bytes(), br#"{"name":"a","more":[1,{}]}"#);
                    assert_eq!((raw.byte, named.name), (2, "a"));
                    assert_eq!(json.last_raw(), br#"{"name":"a","more":[1,{}]}"#);
                    "taken".to_owned()
                }
                None => String::from_utf8(json.raw()?.unwrap().bytes().to_vec()).unwrap(),
            });
            Ok(())
        })
        .unwrap();
        json.finish().unwrap();
        let first = if step == text.len() { "taken" } else { r#"{"name":"a","more":[1,{}]}"# };
        assert_eq!(seen, [first, r#"["b"]"#, r#"{"name":3}"#, r#"{"name":"\ud800"}"#, "7"]);
    }
}

fn walk(text: &[u8], step: usize) -> Result<Vec<String>, ReadError> {
    let mut json = Json::new(Box::new(Drip(text, step)));
    let mut seen = Vec::new();
    json.object(|json, key| {
        if key == "skip" {
            return Ok(());
        }
        let key = key.to_owned();
        json.array(|json, index| {
            let raw = json.raw()?.unwrap();
            seen.push(format!("{key}[{index}]={}", String::from_utf8_lossy(raw.bytes())));
            Ok(())
        })?;
        Ok(())
    })?;
    json.finish()?;
    Ok(seen)
}

#[test]
fn a_walk_is_the_same_however_the_bytes_arrive() {
    let text = br#" {"skip":{"a":["}]\"",{}]}, "r\u00e9s":[ {"x":"\\"} ,2.5e3,"a,b]",null,[[]]],"n":null} "#;
    let whole = walk(text, 1 << 20).unwrap();
    assert_eq!(
        whole,
        ["rés[0]={\"x\":\"\\\\\"}", "rés[1]=2.5e3", "rés[2]=\"a,b]\"", "rés[3]=null", "rés[4]=[[]]"]
    );
    for step in 1..9 {
        assert_eq!(walk(text, step).unwrap(), whole, "in steps of {step}");
    }
}

#[test]
fn every_cut_is_told_as_truncated_or_malformed() {
    let text = br#"{"results":[{"a":"x"},{"b":[1,2]}],"z":1}"#;
    for cut in 1..text.len() {
        let error = walk(&text[..cut], 7).unwrap_err();
        assert!(matches!(error, ReadError::Truncated { .. } | ReadError::Malformed { .. }), "{cut}: {error}");
    }
}

#[test]
fn broken_syntax_is_told_with_its_line() {
    for (text, line) in
        [("{\n\"a\":[1}\n}", 2), ("{\"a\":[1]]", 1), ("{\"a\" 1}", 1), ("{}\n\nx", 3), ("{\"a\":[1,]}", 1)]
    {
        match walk(text.as_bytes(), 3).unwrap_err() {
            ReadError::Malformed { line: found, .. } => assert_eq!(found, line, "{text}"),
            other => panic!("{text}: {other}"),
        }
    }
}

#[test]
fn many_thousand_levels_neither_overflow_nor_parse() {
    let deep = |levels| format!("{{\"a\":[{}{}]}}", "[".repeat(levels), "]".repeat(levels));
    let endless = deep(100_000);
    let error = Json::new(Box::new(endless.as_bytes())).skip().unwrap_err();
    assert!(matches!(error, ReadError::TooDeep { limit: DEPTH_LIMIT, .. }), "{error}");
    let deep = deep(50_000);
    let mut json = Json::new(Box::new(deep.as_bytes()));
    json.object(|json, _| json.skip()).unwrap();
    json.finish().unwrap();
    let mut json = Json::new(Box::new(deep.as_bytes()));
    let odd = json.parse::<Value>().unwrap().unwrap_err();
    assert_eq!(odd.failure, Failure::TooLarge);
}

#[test]
fn odd_values_are_read_leniently_and_impossible_ones_named() {
    let parse = |text: &[u8]| Json::new(Box::new(text.to_vec().leak() as &[u8])).parse::<Value>();
    assert_eq!(parse(br#"{"a":1,"a":2}"#).unwrap().unwrap()["a"], 2);
    assert_eq!(
        parse(br#"["\ud800x","\ud83d\ude00","\\ud800"]"#).unwrap().unwrap(),
        serde_json::json!(["\u{fffd}x", "😀", "\\ud800"])
    );
    assert_eq!(parse(b"\"\xff\"").unwrap().unwrap(), "\u{fffd}");
    assert_eq!(parse(b"[1e999]").unwrap().unwrap_err().failure, Failure::WrongShape);
    assert!(matches!(parse(b"[tru]"), Err(ReadError::Malformed { .. })));
}

#[test]
fn bare_control_characters_in_texts_are_read_and_lines_still_counted() {
    let text = b"[\n{\"a\tb\":\"one\ntwo\\n\x01\"},\n{\"a\":\"x\ny\",\n\"b\":tru}]";
    for step in [1, 7, text.len()] {
        let mut json = Json::new(Box::new(Drip(text, step)));
        let mut seen = Vec::new();
        let error = json
            .array(|json, _| {
                seen.push(json.parse::<Value>()?.unwrap());
                Ok(())
            })
            .unwrap_err();
        assert_eq!(seen, [serde_json::json!({"a\tb": "one\ntwo\n\u{1}"})]);
        // Two of the line ends before the word that is none stand in texts.
        assert!(matches!(error, ReadError::Malformed { line: 6, .. }), "{error}");
    }
    assert!(has_bare_control(b"{\"a\":\"\\\"\t\"}") && !has_bare_control(b"{\t\"a\":\n\"\\t\"}"));
}

#[test]
fn nothing_is_left_of_a_value_that_was_not_taken() {
    let mut json = Json::new(Box::new(&b"[\"kept\", [1}, 2]"[..]));
    let mut seen = Vec::new();
    let _ = json.array(|json, _| {
        let taken = json.raw().is_ok();
        seen.push((taken, String::from_utf8(json.last_raw().to_vec()).unwrap()));
        if taken { Ok(()) } else { json.skip() }
    });
    assert_eq!(seen, [(true, "\"kept\"".to_owned()), (false, String::new())]);
}

#[test]
fn the_bytes_of_the_last_value_outlive_further_reading() {
    let text = br#"[ "one" , {"two":2} ]"#;
    let mut json = Json::new(Box::new(Drip(text, 2)));
    json.array(|json, index| {
        json.raw()?;
        let taken = json.last_raw().to_vec();
        let more = !json.at_end()?;
        // What was read on may have moved the bytes, or dropped them.
        assert!(more && (json.last_raw() == taken || json.last_raw().is_empty()), "value {index}");
        Ok(())
    })
    .unwrap();
}

#[test]
fn quotes_and_backslashes_are_told_wherever_a_block_ends() {
    let value = r#"{"a\\":"\\\"}]","b":["\\\\",{"é":"\"{"}]}"#;
    for lead in 0..BLOCK * 2 {
        let text = format!("{}[{value},\"{}\"]", " ".repeat(lead), "\\\\".repeat(lead));
        let mut json = Json::new(Box::new(text.as_bytes()));
        let mut seen = Vec::new();
        json.array(|json, _| {
            seen.push(String::from_utf8(json.raw()?.unwrap().bytes().to_vec()).unwrap());
            Ok(())
        })
        .unwrap();
        json.finish().unwrap();
        assert_eq!(seen[0], value);
        let mut json = Json::new(Box::new(text.as_bytes()));
        json.skip().unwrap();
        json.finish().unwrap();
    }
}

#[test]
fn what_is_borrowed_reads_as_what_is_owned() {
    #[derive(Deserialize, Debug, PartialEq)]
    struct Pair<'a> {
        #[serde(borrow)]
        a: std::borrow::Cow<'a, str>,
    }
    for (text, expected) in [
        (&br#"{"a":"x"}"#[..], Ok("x")),
        (br#"{"a":"x","a":"y"}"#, Ok("y")),
        (br#"{"a":"\ud800"}"#, Ok("\u{fffd}")),
        (b"{\"a\":\"\xff\"}", Ok("\u{fffd}")),
        (br#"{"a":7}"#, Err(Failure::WrongShape)),
    ] {
        let mut json = Json::new(Box::new(text));
        let raw = json.raw().unwrap().unwrap();
        let mut again = Vec::new();
        let read = raw.parse_borrowed::<Pair<'_>>(&mut again).unwrap();
        assert_eq!(read.as_ref().map(|pair| &*pair.a).map_err(|odd| odd.failure), expected);
    }
    let mut json = Json::new(Box::new(&b"{\"a\":tru}"[..]));
    assert!(json.raw().unwrap().unwrap().parse_borrowed::<Pair<'_>>(&mut Vec::new()).is_err());
}

#[test]
fn a_value_over_the_limit_is_passed_over_and_the_walk_goes_on() {
    struct Long(usize);
    impl Read for Long {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let take = self.0.min(buffer.len());
            buffer[..take].fill(b'x');
            self.0 -= take;
            Ok(take)
        }
    }
    let input = (&b"[\""[..]).chain(Long(VALUE_LIMIT * 2)).chain(&b"\",7]"[..]);
    let mut json = Json::new(Box::new(input));
    let mut seen = Vec::new();
    json.array(|json, _| {
        seen.push(json.raw()?.map(|raw| raw.bytes().len()));
        assert_eq!(json.last_raw().len(), seen.last().copied().flatten().unwrap_or(0));
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, [None, Some(1)]);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), step in 1_usize..20) {
        let _ = walk(&bytes, step);
    }

    #[test]
    fn what_serde_reads_it_walks(value in any_json()) {
        let text = serde_json::to_vec(&value).unwrap();
        let mut json = Json::new(Box::new(Drip(&text, 5)));
        prop_assert_eq!(json.parse::<Value>().unwrap().unwrap(), value);
        json.finish().unwrap();
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::hash_map(".*", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
