use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn mended(text: &str) -> Repaired {
    repair(text).unwrap_or_else(|hopeless| panic!("{text}: {hopeless:?}"))
}

fn value(repaired: &Repaired) -> Value {
    serde_json::from_str(&repaired.json).unwrap_or_else(|error| panic!("{}: {error}", repaired.json))
}

#[test]
fn every_listed_slip_is_mended_and_named() {
    let finding = json!([{"title": "a \"b\"", "line": 3}, {"ok": true, "x": null}]);
    for (text, notes) in [
        (r#"[{"title":"a \"b\"","line":3,},{"ok":true,"x":null},]"#, vec![TRAILING_COMMA]),
        (r#"[{"title":"a \"b\"",,"line":3},,{"ok":true,"x":null}]"#, vec![REPEATED_COMMA]),
        (r#"[{'title':'a "b"','line':3},{'ok':true,'x':null}]"#, vec![SINGLE_QUOTES]),
        (r#"[{title:"a \"b\"",line:3},{ok:true,x:null}]"#, vec![BARE_KEY]),
        (
            "[{\"title\":\"a \\\"b\\\"\",\"line\":3}, // first\n{\"ok\":true,/*,*/\"x\":null} # last\n]",
            vec![COMMENTS],
        ),
        (r#"[{'title': 'a "b"', 'line': 3}, {'ok': True, 'x': None}]"#, vec![SINGLE_QUOTES, LITERALS]),
        ("[{“title”:“a \\\"b\\\"”,“line”:3},{“ok”:true,“x”:null}]", vec![SMART_QUOTES]),
        ("[{\"title\":\"a \\\"b\\\"\" \"line\":3}\n{\"ok\":true \"x\":null}]", vec![MISSING_COMMA]),
        (r#"[{"title":"a "b"","line":3},{"ok":true,"x":null}]"#, vec![QUOTE]),
        (r#"[{"title":"a \"b\"","line":3,{"ok":true,"x":null}]"#, vec![MISSING_BRACKET]),
        (r#"[{"title":"a \"b\"","line":3},{"ok":true,"x":null]"#, vec![MISSING_BRACKET]),
        (r#"[{"title":"a \"b\"","line":3}},{"ok":true,"x":null}]"#, vec![EXTRA_BRACKET]),
        (r#"[{"title"="a \"b\"","line"=>3},{"ok":true,"x":null}]"#, vec![COLON]),
        (r#"[{"title":"a \"b\"","line":3},{"ok":true,"x":}]"#, vec![NO_VALUE]),
        (r#"[{"title":"a \"b\"","line":3},{"ok":true,"x":undefined}, ...]"#, vec![LITERALS, ELISION]),
        ("[{`title`:`a \"b\"`,'line':3},{'ok':true,'x':null}]", vec![BACKTICKS, SINGLE_QUOTES]),
        (r#"[{"title":'''a "b"''',"line":3},{"ok":true,"x":null}]"#, vec![TRIPLE_QUOTES]),
        ("[{\"title\":\"a \\\"b\\\"\",\u{a0}\"line\":3},{\"ok\":true,\"x\":null}]", vec![WHITE_SPACE]),
    ] {
        let repaired = mended(text);
        assert_eq!(value(&repaired), finding, "{text} became {}", repaired.json);
        let mut all = repaired.all();
        all.retain(|note| !notes.contains(note));
        assert!(notes.iter().all(|note| repaired.all().contains(note)), "{text}: {:?}", repaired.all());
        assert!(all.is_empty() || all == [TRAILING_COMMA], "{text}: {all:?}");
        assert!(repaired.damages.is_empty(), "{text}");
    }
}

#[test]
fn strings_keep_their_words() {
    for (text, expected) in [
        ("{\"a\":\"one\ntwo\"}", "one\ntwo"),
        ("{\"a\":\"one\ttwo\"}", "one\ttwo"),
        (r#"{"a":"\d+\.py"}"#, "\\d+\\.py"),
        (r#"{"a":"it\'s"}"#, "it's"),
        (r#"{'a':'it\'s'}"#, "it's"),
        (r#"{'a':'it's here'}"#, "it's here"),
        (r#"{"a":"\x41"}"#, "A"),
        (r#"{"a":"print("hi")"}"#, "print(\"hi\")"),
        (r#"{"a":"if (x == "y") { return "z"; }"}"#, "if (x == \"y\") { return \"z\"; }"),
        (r#"{"a":"db.query("SELECT " + id, "x")"}"#, "db.query(\"SELECT \" + id, \"x\")"),
        ("{\"a\":'''one\n\"two\" 'x' '''}", "one\n\"two\" 'x' "),
        ("{“a”:“say ‘x’ to \"y\" and “z” too”}", "say ‘x’ to \"y\" and “z” too"),
        ("{a: high}", "high"),
        ("{a: 14-20, b: 1}", "14-20"),
        ("{a: 8.1/10}", "8.1/10"),
        ("{a: NaN}", "NaN"),
        ("{a: 0x1F}", "0x1F"),
        ("{a: 3 of 5 // or so\n}", "3 of 5"),
        ("{a: r\"x\"}", "x"),
        (r#"{"a":"C:\shop\db.py"}"#, "C:\\shop\\db.py"),
    ] {
        let repaired = mended(text);
        assert_eq!(value(&repaired)["a"], expected, "{text} became {}", repaired.json);
        assert!(!repaired.all().is_empty(), "{text}");
    }
}

#[test]
fn what_was_cut_is_told_and_not_completed() {
    for (text, expected, path, partial) in [
        (r#"[{"a":1},{"a":2}"#, json!([{"a":1},{"a":2}]), vec![], false),
        (r#"{"findings":[{"a":1}]"#, json!({"findings":[{"a":1}]}), vec![], false),
        (r#"[{"a":1},"#, json!([{"a":1}]), vec![], true),
        (r#"[{"a":1},{"b":2,"c"#, json!([{"a":1},{"b":2}]), vec![Step::Index(1)], true),
        (r#"[{"a":1},{"b":2,"c":"#, json!([{"a":1},{"b":2}]), vec![Step::Index(1)], true),
        (r#"[{"a":1},{"b":"tw"#, json!([{"a":1},{}]), vec![Step::Index(1)], true),
        (r#"[{"a":1},{"b":2"#, json!([{"a":1},{}]), vec![Step::Index(1)], true),
        (
            r#"{"r":{"x":[{"b":[1,2"#,
            json!({"r":{"x":[{"b":[1]}]}}),
            vec![Step::Key("r".into()), Step::Key("x".into()), Step::Index(0), Step::Key("b".into())],
            true,
        ),
    ] {
        let repaired = mended(text);
        assert_eq!(value(&repaired), expected, "{text}");
        assert_eq!(repaired.damages.len(), 1, "{text}");
        assert_eq!(repaired.damages[0].path, path, "{text}");
        assert_eq!(repaired.general, [if partial { CUT } else { MISSING_BRACKETS }], "{text}");
    }
}

#[test]
fn one_hopeless_element_does_not_take_the_others_with_it() {
    let text = r#"[{"a":1},{"b" 2, "c": 3},{"d":4}]"#;
    let repaired = mended(text);
    assert_eq!(value(&repaired), json!([{"a":1},null,{"d":4}]));
    assert_eq!(repaired.damages[0].path, [Step::Index(1)]);
    assert_eq!(&text[repaired.damages[0].range.clone()], r#"{"b" 2, "c": 3}"#);
    // A string without its end would swallow the members behind it.
    let repaired = mended(r#"[{"title":"a, "file":"x.py"},{"d":4}]"#);
    assert_eq!(value(&repaired), json!([null, {"d": 4}]));
}

#[test]
fn what_follows_the_value_is_left_alone() {
    let repaired = mended("{\"a\":1} and so on {");
    assert_eq!((repaired.end, value(&repaired)), (7, json!({"a":1})));
    for text in ["", "  ", "prose", "{prose about it}", "{\"a\" \"b\"}", "]"] {
        assert!(repair(text).is_err(), "{text}");
    }
    let repaired = mended("[{\"a\":1}\n\nLet me know if you need more.");
    assert_eq!(value(&repaired), json!([{"a":1}]));
    assert_eq!(repaired.general, [MISSING_BRACKETS]);
}

#[test]
fn depth_and_length_cost_neither_stack_nor_patience() {
    let deep = "[".repeat(100_000);
    assert_eq!(repair(&deep).unwrap_err().failure, Failure::TooLarge);
    for unit in
        ["\"", "{\"a\":\"", "[{", "\",\"", "}{", "\"a\": \"b\" ", "\\", "'", "[1,", "{a:b,", "},", "/*"]
    {
        let long = format!("[{{\"x\":\"{}", unit.repeat(200_000 / unit.len()));
        let _ = repair(&long);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1e6..1e6f64).prop_map(Value::from),
        "[a-z \"'\\\\,:{}\\[\\]\n\té“”`/#.]{0,12}".prop_map(Value::from),
        "\\PC{0,10}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map("[a-z_\"' ]{0,6}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Values as findings have them: words for keys, texts of several lines and with quotes for values.
fn finding_like() -> impl Strategy<Value = Value> {
    let text = "[A-Za-z][a-z (){};=+.]{0,20}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u16>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let finding = prop::collection::btree_map("[a-z_]{1,8}", leaf, 1..5)
        .prop_map(|map| Value::Object(map.into_iter().collect()));
    prop::collection::vec(finding, 1..4).prop_map(|list| json!({"findings": list}))
}

/// All texts and keys of a value.
fn texts(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) => all.push(text.clone()),
        Value::Number(number) => all.push(number.to_string()),
        Value::Array(list) => list.iter().for_each(|value| texts(value, all)),
        Value::Object(map) => {
            for (key, value) in map {
                all.push(key.clone());
                texts(value, all);
            }
        }
        _ => {}
    }
}

/// Takes the escapes out of a text, leaving what is no escape as it stands.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let hex = |length: usize| {
            tail.get(1..=length).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        let (plain, taken) = match tail.chars().next() {
            Some('n') => ("\n".to_owned(), 1),
            Some('t') => ("\t".to_owned(), 1),
            Some('r') => ("\r".to_owned(), 1),
            Some('b') => ("\u{8}".to_owned(), 1),
            Some('f') => ("\u{c}".to_owned(), 1),
            Some('\n') => (String::new(), 1),
            Some(c @ ('"' | '\\' | '/' | '\'' | '`')) => (c.to_string(), 1),
            Some('u') if hex(4).is_some() => {
                // A pair of surrogates is one character.
                let pair =
                    serde_json::from_str::<String>(&format!("\"{}\"", &rest[at..(at + 12).min(rest.len())]));
                match (u32::from_str_radix(hex(4).unwrap(), 16).ok().and_then(char::from_u32), pair) {
                    (Some(c), _) => (c.to_string(), 5),
                    (None, Ok(pair)) => (pair, 11),
                    _ => ("\u{fffd}".to_owned(), 5),
                }
            }
            Some('x') if hex(2).is_some() => {
                (char::from(u8::from_str_radix(hex(2).unwrap(), 16).unwrap()).to_string(), 3)
            }
            _ => ("\\".to_owned(), 0),
        };
        out.push_str(&plain);
        rest = &tail[taken..];
    }
    out.push_str(rest);
    out
}

proptest! {
    #[test]
    fn valid_json_comes_out_as_it_went_in(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.unwrap();
        let repaired = repair(&text).unwrap();
        prop_assert_eq!(&repaired.json, &text);
        prop_assert!(repaired.all().is_empty() && repaired.damages.is_empty());
        prop_assert_eq!(repaired.end, text.len());
    }

    #[test]
    fn a_slip_of_one_kind_is_undone(value in finding_like(), kind in 0..8usize, pick in any::<prop::sample::Index>()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let spots = |what: &str| text.match_indices(what).map(|(at, _)| at).collect::<Vec<_>>();
        let damaged = match kind {
            0 => {
                let spots = [spots("\n      }"), spots("\n    }")].concat();
                let at = spots[pick.index(spots.len())];
                format!("{},{}", &text[..at], &text[at..])
            }
            1 => {
                let spots = spots(",\n");
                if spots.is_empty() { return Ok(()); }
                let at = spots[pick.index(spots.len())];
                format!("{}{}", &text[..at], &text[at + 1..])
            }
            2 => text.replace('"', "'"),
            3 => text.replace("true", "True").replace("false", "False").replace(": null", ": None"),
            4 => {
                let spots = spots("\n");
                let at = spots[pick.index(spots.len())];
                format!("{} // \"so\", {{it}} is{}", &text[..at], &text[at..])
            }
            5 => {
                let cut = text.trim_end_matches(['}', ']', '\n', ' ']).len();
                let close = text[cut..].find('}').map_or(cut, |at| cut + at + 1);
                text[..close].to_owned()
            }
            6 => {
                let mut open = false;
                text.chars().map(|c| if c == '"' { open = !open; if open { '“' } else { '”' } } else { c }).collect()
            }
            _ => {
                let mut out = String::new();
                for line in text.lines() {
                    match line.trim_start().strip_prefix('"').and_then(|rest| rest.split_once("\":")) {
                        Some((key, rest)) => out.push_str(&format!("{key}:{rest}\n")),
                        None => out.push_str(&format!("{line}\n")),
                    }
                }
                out
            }
        };
        // A text that holds what the slip replaces is damaged twice.
        let inner = text.matches(['\'', '“']).count() > 0
            || (kind == 3 && ["True", "False", "None"].iter().any(|word| text.contains(word)))
            || (kind == 3 && ["true ", "false "].iter().any(|word| text.contains(word)));
        prop_assume!(!inner);
        if kind == 3 && text.contains('"') {
            let words = regex_free_words(&value);
            prop_assume!(!words);
        }
        let repaired = repair(&damaged).unwrap();
        let got: Value = serde_json::from_str(&repaired.json).unwrap();
        prop_assert_eq!(got, value, "{}", damaged);
        prop_assert!(!repaired.all().is_empty() || damaged == text);
    }

    #[test]
    fn nothing_is_invented_and_nothing_panics(
        value in any_json(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), "[\\PC\"'{}\\[\\],:\\\\\n0-9e.-]{0,2}"), 0..5),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut text: Vec<char> = serde_json::to_string(&value).unwrap().chars().collect();
        for (at, drop, new) in edits {
            let at = at.index(text.len().max(1)).min(text.len());
            let end = (at + usize::from(drop)).min(text.len());
            text.splice(at..end, new.chars());
        }
        if cut.index(3) == 0 {
            text.truncate(cut.index(text.len() + 1));
        }
        let text: String = text.into_iter().collect();
        if let Ok(repaired) = repair(&text) {
            prop_assert!(repaired.end <= text.len());
            let Ok(got) = serde_json::from_str::<Value>(&repaired.json) else {
                // Lone surrogates and huge numbers are syntax that serde's texts and numbers cannot hold.
                return Ok(());
            };
            let plain = unescaped(&text);
            let mut all = Vec::new();
            texts(&got, &mut all);
            for word in all {
                let number = word.parse::<f64>().is_ok();
                prop_assert!(plain.contains(&word) || text.contains(&word) || number, "{word:?} is not in {text:?}");
            }
        }
    }
}

/// Whether a text of a value would be changed by writing JSON's literals as Python's.
fn regex_free_words(value: &Value) -> bool {
    let mut all = Vec::new();
    texts(value, &mut all);
    all.iter().any(|text| ["true", "false", "null"].iter().any(|word| text.contains(word)))
}
