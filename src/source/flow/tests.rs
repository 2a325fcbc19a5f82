use proptest::prelude::*;

use super::*;

fn flow(path: &str, text: &str) -> Flow {
    Flow::of(Language::detect(path, text), text).unwrap()
}

fn call<'f>(flow: &'f Flow, beginning: &str) -> &'f Call {
    flow.calls.iter().find(|call| flow.slice(&call.span).starts_with(beginning)).unwrap()
}

/// Where the arguments of a call come from: `origin<call<call`.
fn fed(flow: &Flow, beginning: &str) -> Vec<String> {
    let arguments = &call(flow, beginning).arguments;
    let told = |argument: &Argument| {
        let value = flow.value(&argument.span);
        let origins = value.origins.iter().map(|origin| {
            let through = origin.through.iter().map(|callee| format!("<{}", callee.name));
            std::iter::once(origin.from.clone()).chain(through).collect::<String>()
        });
        origins.collect::<Vec<_>>().join(" ")
    };
    arguments.iter().map(told).collect()
}

#[test]
fn a_value_is_followed_through_variables_to_its_parameter() {
    for (path, text, beginning) in [
        ("a.py", "def find(uid):\n    q = 'select ' + uid\n    db.run(q)\n", "db.run"),
        ("a.py", "def find(user):\n    a = user\n    b = f'select {a}'\n    db.run(b)\n", "db.run"),
        ("a.js", "function find(uid) { const q = `select ${uid}`; db.run(q); }", "db.run"),
        (
            "a.ts",
            "function find(uid: string): void { let q: string = 'select ' + uid; db.run(q); }",
            "db.run",
        ),
        (
            "A.java",
            "class A { void find(String uid) { String q = \"select \" + uid; db.run(q); } }",
            "db.run",
        ),
        ("a.go", "package a\nfunc find(uid string) { q := \"select \" + uid; db.run(q) }", "db.run"),
        ("a.c", "void find(char *uid) { char *q = uid; run(q); }", "run"),
        ("a.cpp", "void find(const std::string& uid) { auto q = \"select \" + uid; run(q); }", "run"),
        ("a.cs", "class A { void find(string uid) { var q = \"select \" + uid; db.run(q); } }", "db.run"),
        ("a.php", "<?php function find($uid) { $q = \"select $uid\"; run($q); }", "run"),
        ("a.rb", "def find(uid)\n  q = \"select #{uid}\"\n  run(q)\nend\n", "run"),
    ] {
        assert_eq!(fed(&flow(path, text), beginning), ["parameter 0 of find"], "{path}: {text}");
    }
}

#[test]
fn the_calls_that_a_value_passes_through_are_told() {
    let text = "import shlex\ndef find(uid):\n    q = shlex.quote(uid.strip())\n    os.system('ls ' + q)\n";
    assert_eq!(fed(&flow("a.py", text), "os.system"), ["parameter 0 of find<strip<quote"]);
}

#[test]
fn a_function_of_the_same_file_is_looked_into() {
    let same = "def clean(x):\n    return x\ndef find(uid):\n    run(clean(uid))\n";
    assert_eq!(fed(&flow("a.py", same), "run"), ["parameter 0 of find"]);
    let other = "def clean(x):\n    return 'none'\ndef find(uid):\n    run(clean(uid))\n";
    assert_eq!(fed(&flow("a.py", other), "run"), [""]);
    let helper = "def helper(c):\n    run(c)\ndef find(uid):\n    helper(uid)\n";
    assert_eq!(fed(&flow("a.py", helper), "run"), ["parameter 0 of find parameter 0 of helper"]);
}

#[test]
fn what_is_set_again_on_every_way_is_forgotten_and_on_one_way_is_not() {
    let again = "def find(uid):\n    q = uid\n    q = 'x'\n    run(q)\n";
    assert_eq!(fed(&flow("a.py", again), "run"), [""]);
    let maybe = "def find(uid):\n    q = uid\n    if no:\n        q = 'x'\n    run(q)\n";
    assert_eq!(fed(&flow("a.py", maybe), "run"), ["parameter 0 of find"]);
    let more = "def find(uid):\n    q = 'x'\n    q += uid\n    run(q)\n";
    assert_eq!(fed(&flow("a.py", more), "run"), ["parameter 0 of find"]);
}

#[test]
fn a_call_without_data_is_where_data_comes_from() {
    let text = "from flask import request\ndef find():\n    uid = request.args.get('id')\n    run(uid, BASE, None)\n";
    assert_eq!(
        fed(&flow("a.py", text), "run"),
        [".request.args.get(\"id\")".replacen('.', "flask.", 1).as_str(), "", ""]
    );
}

#[test]
fn what_is_called_is_known_by_any_name() {
    let callee = |path: &str, text: &str, beginning: &str| {
        let flow = flow(path, text);
        let callee = flow.callee(call(&flow, beginning));
        (callee.owner, callee.name, callee.is_computed)
    };
    let system = (Some("os".to_owned()), "system".to_owned(), false);
    assert_eq!(callee("a.py", "import os\nos.system(x)\n", "os.system"), system);
    assert_eq!(callee("a.py", "from os import system as s\ns(x)\n", "s(x)"), system);
    assert_eq!(callee("a.py", "import os as o\nr = o.system\nr(x)\n", "r(x)"), system);
    let exec = (Some("child_process".to_owned()), "exec".to_owned(), false);
    assert_eq!(callee("a.js", "const { exec } = require('child_process'); exec(x)", "exec(x)"), exec);
    assert_eq!(callee("a.js", "const cp = require('node:child_process'); cp.exec(x)", "cp.exec"), exec);
    assert_eq!(callee("a.js", "import { exec as e } from 'child_process';\ne(x)", "e(x)"), exec);
    for (path, text, beginning) in [
        ("a.py", "getattr(os, 'sys' + 'tem')(x)\n", "getattr(os, 'sys' + 'tem')(x)"),
        ("a.py", "f = getattr(os, 'system')\nf(x)\n", "f(x)"),
        ("a.py", "globals()['x'](y)\n", "globals()['x'](y)"),
        ("a.js", "window['ev' + 'al'](x)", "window"),
    ] {
        assert!(callee(path, text, beginning).2, "{text}");
    }
    assert!(!callee("a.py", "def f(db):\n    db.cursor().execute(x)\n", "db.cursor().execute").2);
}

#[test]
fn a_write_to_a_member_is_a_call_of_it() {
    let flow = flow("a.js", "function show(name) { page.innerHTML = '<b>' + name; }");
    let write = flow.calls.iter().find(|call| call.is_write).unwrap();
    assert_eq!(flow.callee(write).name, "innerHTML=");
    assert_eq!(flow.value(&write.arguments[0].span).origins.len(), 1);
}

#[test]
fn a_shape_does_not_show_how_variables_are_called() {
    let shape = |text: &str| {
        let flow = flow("a.py", text);
        let at = text.find("    return").unwrap() + 4;
        flow.shape(&(at..text.trim_end().len()))
    };
    let one = shape("def f(a):\n    return a.run(a, other)\n");
    assert_eq!(one, shape("def f(b):\n    return b.run( b, other)\n"));
    assert_ne!(one, shape("def f(b):\n    return b.run(b, b)\n"));
}

#[test]
fn places_that_cannot_be_parsed_are_counted() {
    assert_eq!(flow("a.py", "x = 1\n").faults(), 0);
    assert!(flow("a.py", "def f(:\n    return (1\n").faults() > 0);
    assert!(Flow::of(Language::Other("text"), "x").is_none());
}

#[test]
fn code_that_calls_itself_comes_to_an_end() {
    let text = "def f(x):\n    x = g(x)\n    f(x)\n    run(x)\ndef g(y):\n    return f(y)\n";
    let _ = fed(&flow("a.py", text), "run");
    for text in [
        "def f(x):\n    return f(x)\n\ndef p(h):\n    run(\"a \" + f(h))\n",
        "def f(x):\n    return g(x)\n\ndef g(x):\n    return f(x)\n\ndef p(h):\n    run(\"a \" + f(h))\n",
        "def f(x):\n    return g(f(x))\n\ndef g(x):\n    return f(g(x))\n\ndef p(h):\n    run(\"a \" + g(f(h)))\n",
    ] {
        let told = fed(&flow("a.py", text), "run");
        assert!(told.concat().contains("parameter 0 of p<"), "{told:?} {text}");
    }
    let wide = format!("def f(x):\n    return {}\n\nrun(f(h()))\n", vec!["f(g(h()))"; 2000].join(" + "));
    let _ = fed(&flow("a.py", &wide), "run");
    let deep = format!("run({}x{})\n", "f(".repeat(3000), ")".repeat(3000));
    assert!(flow("a.py", &deep).calls().len() > 3000);
}

#[test]
fn what_is_put_together_of_itself_again_and_again_is_cut_and_says_so() {
    let mut text = String::from("def f(x0):\n");
    for step in 1..12 {
        let sum = vec![format!("x{}", step - 1); 8].join(" + ");
        text += &format!("    x{step} = {sum}\n");
    }
    text += "    run(x11)\n";
    let flow = flow("a.py", &text);
    assert!(flow.value(&call(&flow, "run").arguments[0].span).is_cut);
}

proptest! {
    #[test]
    fn any_text_is_read_in_any_language_and_every_range_lies_in_it(
        text in "(def |f|\\(|\\)|\\{|\\}|x|y|=|, |\\.|\n|  |\"|'|`|\\$|import |from |as |return |é|;|:|\\[|\\]|\\+|\u{0}){0,40}",
        language in 0_usize..11,
    ) {
        let flow = Flow::of(Language::PARSED[language], text.as_str()).unwrap();
        let at = |range: &Range<usize>| prop_assert_ok(text.get(range.clone()));
        for call in flow.calls() {
            at(&call.span)?;
            at(&call.callee)?;
            let _ = flow.callee(call);
            for argument in &call.arguments {
                at(&argument.span)?;
                let _ = flow.value(&argument.span);
                let _ = flow.constant(&argument.span);
            }
        }
        for (_, range) in flow.values() {
            at(&range)?;
        }
        let _ = flow.shape(&(0..text.len()));
    }
}

fn prop_assert_ok(piece: Option<&str>) -> Result<(), TestCaseError> {
    piece.map(|_| ()).ok_or_else(|| TestCaseError::fail("a range outside of the text"))
}
