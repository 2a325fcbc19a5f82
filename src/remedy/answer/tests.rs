use proptest::prelude::*;

use super::*;
use crate::remedy::testing::{USERS, subject, users};

const GOOD: &str = "        cur.execute(\"SELECT * FROM users WHERE id = ?\", (uid,))\n";
const BAD: &str = "        cur.execute(f\"SELECT * FROM users WHERE id = {uid}\")\n";

fn after(subject: &Subject, answer: &str) -> Result<String, Unusable> {
    edits(subject, answer, None).map(|edits| edits[0].apply(subject.file.text()).unwrap())
}

fn fixed() -> String {
    USERS.replace(BAD, GOOD)
}

/// Answers that all mean the same.
const SAME: [&str; 9] = [
    // A search and its replacement.
    "src/db.py\n<<<<<<< SEARCH\n        cur.execute(f\"SELECT * FROM users WHERE id = {uid}\")\n=======\n        cur.execute(\"SELECT * FROM users WHERE id = ?\", (uid,))\n>>>>>>> REPLACE\n",
    // Indented otherwise.
    "```\n<<<<<<< SEARCH\ncur = self.db.cursor()\ncur.execute(f\"SELECT * FROM users WHERE id = {uid}\")\n=======\ncur = self.db.cursor()\ncur.execute(\"SELECT * FROM users WHERE id = ?\", (uid,))\n>>>>>>> REPLACE\n```\n",
    // A diff whose lines are counted wrongly.
    "Here it is:\n```diff\n--- a/src/db.py\n+++ b/src/db.py\n@@ -70,9 +71,2 @@\n         cur = self.db.cursor()\n-        cur.execute(f\"SELECT * FROM users WHERE id = {uid}\")\n+        cur.execute(\"SELECT * FROM users WHERE id = ?\", (uid,))\n         return cur.fetchone()\n```\n",
    // The whole function, out of its class and without its decorator.
    "```python\ndef find(self, uid):\n    cur = self.db.cursor()\n    cur.execute(\"SELECT * FROM users WHERE id = ?\", (uid,))\n    return cur.fetchone()\n```",
    // The whole function as it stands, with its decorator.
    "```py\n    @cached\n    def find(self, uid):\n        cur = self.db.cursor()\n        cur.execute(\"SELECT * FROM users WHERE id = ?\", (uid,))\n        return cur.fetchone()\n```",
    // The class with the function in it.
    "```python\nclass Users:\n    def find(self, uid):\n        cur = self.db.cursor()\n        cur.execute(\"SELECT * FROM users WHERE id = ?\", (uid,))\n        return cur.fetchone()\n```",
    // The statement.
    "Use parameters:\n\n```python\ncur.execute(\"SELECT * FROM users WHERE id = ?\", (uid,))\n```\n",
    // No fence at all, and line ends of another system.
    "def find(self, uid):\r\n    cur = self.db.cursor()\r\n    cur.execute(\"SELECT * FROM users WHERE id = ?\", (uid,))\r\n    return cur.fetchone()\r\n",
    // The old code quoted, then the new; thoughts before both.
    "<think>hm, ```</think>Instead of\n```python\n        cur.execute(f\"SELECT * FROM users WHERE id = {uid}\")\n```\nwrite\n```python\n        cur.execute(\"SELECT * FROM users WHERE id = ?\", (uid,))\n```\n",
];

#[test]
fn an_answer_of_any_form_becomes_the_same_edit() {
    for answer in SAME {
        assert_eq!(after(&users(), answer), Ok(fixed()), "{answer}");
    }
}

#[test]
fn an_answer_that_is_of_no_use_is_told_with_its_kind() {
    let swap = |path: &str, old: &str, new: &str| {
        format!("{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n")
    };
    let execute = BAD.trim();
    let cases = [
        (Fault::Empty, String::new()),
        (Fault::Empty, "<think>nothing</think> \n".to_owned()),
        (Fault::Endless, "<think>so, first".to_owned()),
        (Fault::Endless, "```python\ndef find(self, uid):\n".to_owned()),
        (Fault::Endless, format!("<<<<<<< SEARCH\n{execute}\n=======\nx")),
        (Fault::Endless, "x = 1\n".repeat(100_000)),
        (Fault::NoCode, "You should use a parameterised query here.".to_owned()),
        (Fault::NoCode, "```python\na = 1\n```\n```python\nb = 2\n```".to_owned()),
        (Fault::Language, "```java\ncur.execute(\"SELECT\", uid);\n```".to_owned()),
        (Fault::OtherFile, swap("src/app.py", execute, "pass")),
        (Fault::OtherFile, "--- a/src/db.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-import os\n".to_owned()),
        (Fault::OtherFile, format!("--- a/web/app.py\n+++ b/web/app.py\n@@ -9 +9 @@\n-{execute}\n+pass\n")),
        (Fault::Outside, swap("../../etc/db.py", execute, "pass")),
        (Fault::Outside, "```src/../../db.py\npass\n```".to_owned()),
        (Fault::Control, swap("src/db.py", execute, "cur.execute(\u{202e}x)")),
        (Fault::Control, swap("src/db.py", execute, "cur.execute(\u{1b}[2Jx)")),
        (Fault::NoPlace, swap("src/db.py", "cur.execute(other)", "pass")),
        (Fault::NoPlace, swap("src/db.py", "", "pass")),
        (Fault::NoPlace, "```python\nsubprocess.run(command, check=True)\n```".to_owned()),
        (Fault::Elsewhere, swap("src/db.py", "        return 1", "        return 2")),
        (Fault::Elsewhere, swap("src/db.py", "class Users:", "class People:")),
        (Fault::Unchanged, format!("```python\n{BAD}```")),
        (Fault::Unchanged, swap("src/db.py", execute, execute)),
    ];
    for (fault, answer) in cases {
        let shown: String = answer.chars().take(200).collect();
        match edits(&users(), &answer, None) {
            Err((found, why)) => assert_eq!(found, fault, "{shown}: {why}"),
            Ok(edits) => panic!("{shown}: {edits:?}"),
        }
    }
    assert_eq!(edits(&users(), SAME[0], Some("at 9 tokens")).unwrap_err().0, Fault::Endless);
}

#[test]
fn what_stands_in_several_places_is_meant_where_it_is_flagged() {
    let text = "def f(a):\n    run(a)\n    log(a)\n    run(a)\n    log(b)\n";
    let mut subject = subject("a.py", text, "log(b)");
    let answer = "<<<<<<< SEARCH\n    run(a)\n=======\n    safe(a)\n>>>>>>> REPLACE\n";
    assert_eq!(edits(&subject, answer, None).unwrap_err().0, Fault::NoPlace);
    let second = text.rfind("run(a)").unwrap();
    subject.flagged = second..second + 6;
    assert_eq!(
        after(&subject, answer).unwrap(),
        "def f(a):\n    run(a)\n    log(a)\n    safe(a)\n    log(b)\n"
    );
    let hunk = "@@ -2 +2 @@\n-    run(a)\n+    safe(a)\n";
    subject.flagged = text.len() - 7..text.len() - 1;
    assert_eq!(
        after(&subject, hunk).unwrap(),
        "def f(a):\n    safe(a)\n    log(a)\n    run(a)\n    log(b)\n"
    );
}

#[test]
fn imports_that_are_missing_are_added_behind_the_others() {
    let answer =
        "```python\nimport os\nimport shlex\n\ndef find(self, uid):\n    return shlex.quote(uid)\n```";
    let text = after(&users(), answer).unwrap();
    assert!(text.starts_with("import os\nimport sqlite3\nimport shlex\n\n\nclass"), "{text}");
    assert!(
        text.contains(
            "    @cached\n    def find(self, uid):\n        return shlex.quote(uid)\n\n    def other"
        ),
        "{text}"
    );
    let bare = subject("a.py", "#!/usr/bin/python\n\ndef f(x):\n    eval(x)\n", "eval(x)");
    let answer = "```\nimport ast\ndef f(x):\n    ast.literal_eval(x)\n```";
    assert_eq!(
        after(&bare, answer).unwrap(),
        "#!/usr/bin/python\n\nimport ast\ndef f(x):\n    ast.literal_eval(x)\n"
    );
}

#[test]
fn an_import_that_is_there_in_any_form_is_not_added_again_and_a_new_one_goes_where_imports_stand() {
    let python = |head: &str| format!("{head}def f(x):\n    run(x)\n");
    let script = |head: &str| format!("{head}function f(x) {{\n  run(x);\n}}\n");
    let go = |head: &str| format!("package a\n\n{head}func f(x string) {{\n\trun(x)\n}}\n");
    let java = |head: &str| {
        format!("package a;\n\n{head}class A {{\n  void f(String x) {{\n    run(x);\n  }}\n}}\n")
    };
    for (path, of, head, import, wanted) in [
        (
            "a.py",
            &python as &dyn Fn(&str) -> String,
            "import os\nimport shlex\n\n",
            "import shlex",
            "import os\nimport shlex\n\n",
        ),
        ("a.py", &python, "import os, shlex\n\n", "import shlex", "import os, shlex\n\n"),
        ("a.py", &python, "import shlex as s\n\n", "import shlex as s", "import shlex as s\n\n"),
        ("a.py", &python, "import shlex as s\n\n", "import shlex", "import shlex as s\nimport shlex\n\n"),
        (
            "a.py",
            &python,
            "from x import (\n    a,\n    b,\n)\n\n",
            "from x import b",
            "from x import (\n    a,\n    b,\n)\n\n",
        ),
        (
            "a.py",
            &python,
            "from x import (\n    a,\n    b,\n)\n\n",
            "from x import b, c as d",
            "from x import (\n    a,\n    b,\n)\nfrom x import c as d\n\n",
        ),
        ("a.py", &python, "from x import *\n\n", "from x import b", "from x import *\n\n"),
        ("a.py", &python, "\"\"\"What it\nis.\"\"\"\n", "import os", "\"\"\"What it\nis.\"\"\"\nimport os\n"),
        (
            "a.py",
            &python,
            "\"\"\"It.\"\"\"\nfrom __future__ import annotations\n\n",
            "import os",
            "\"\"\"It.\"\"\"\nfrom __future__ import annotations\nimport os\n\n",
        ),
        (
            "a.py",
            &python,
            "import os\n\n",
            "from __future__ import annotations\nimport re",
            "from __future__ import annotations\nimport os\nimport re\n\n",
        ),
        (
            "a.py",
            &python,
            "try:\n    import b\nexcept ImportError:\n    b = None\n\n",
            "import os",
            "import os\ntry:\n    import b\nexcept ImportError:\n    b = None\n\n",
        ),
        (
            "a.js",
            &script,
            "const { a, exec } = require('child_process');\n\n",
            "const { exec } = require('node:child_process');",
            "const { a, exec } = require('child_process');\n\n",
        ),
        (
            "a.js",
            &script,
            "import { a } from 'm';\n\n",
            "import { a, b } from 'm';",
            "import { a } from 'm';\nimport { b } from 'm';\n\n",
        ),
        (
            "a.js",
            &script,
            "import fs from 'fs';\n\n",
            "import fs from 'node:fs';",
            "import fs from 'fs';\n\n",
        ),
        (
            "a.js",
            &script,
            "'use strict';\n\n",
            "const fs = require('fs');",
            "'use strict';\n\nconst fs = require('fs');\n",
        ),
        (
            "a.js",
            &script,
            "const a = require('a');\n\n",
            "const fs = require('fs');",
            "const a = require('a');\nconst fs = require('fs');\n\n",
        ),
        ("a.go", &go, "import \"os\"\n\n", "import \"os\"", "import \"os\"\n\n"),
        ("a.go", &go, "import \"os\"\n\n", "import \"fmt\"", "import \"os\"\nimport \"fmt\"\n\n"),
        ("a.go", &go, "", "import \"fmt\"", "import \"fmt\"\n\n"),
        (
            "a.go",
            &go,
            "import (\n\t\"fmt\"\n\t\"os\"\n\n\t\"example.com/a\"\n)\n\n",
            "import (\n\t\"net\"\n\t\"os\"\n)",
            "import (\n\t\"fmt\"\n\t\"net\"\n\t\"os\"\n\n\t\"example.com/a\"\n)\n\n",
        ),
        (
            "a.go",
            &go,
            "import (\n\t\"fmt\"\n\n\t\"example.com/a\"\n)\n\n",
            "import (\n\t\"os\"\n\tc \"example.com/b\"\n)",
            "import (\n\t\"fmt\"\n\t\"os\"\n\n\t\"example.com/a\"\n\tc \"example.com/b\"\n)\n\n",
        ),
        ("A.java", &java, "import java.util.*;\n\n", "import java.util.List;", "import java.util.*;\n\n"),
        (
            "A.java",
            &java,
            "import b.C;\n\n",
            "import java.lang.String;\nimport b.D;",
            "import b.C;\nimport b.D;\n\n",
        ),
        ("A.java", &java, "", "import b.D;", "import b.D;\n"),
    ] {
        let (text, wanted) = (of(head), of(wanted).replace("run(x)", "safe(x)"));
        let subject = subject(path, &text, "run(x)");
        let added: String = import.lines().map(|line| format!("+{line}\n")).collect();
        let line = text[..text.find("run(x)").unwrap()].matches('\n').count() + 1;
        let answer = format!("edit\n@{line}\n-run(x)\n+safe(x)\n#\n{added}");
        let made = after(&subject, &answer).unwrap_or_else(|why| panic!("{import}: {why:?}"));
        assert_eq!(made, wanted, "{import} into {head}");
    }
}

#[test]
fn an_import_that_takes_the_name_of_another_is_refused() {
    let python = |import: &str| format!("{import}\n\ndef f(x):\n    run(x)\n");
    let go = |import: &str| format!("package a\n\n{import}\n\nfunc f(x string) {{\n\trun(x)\n}}\n");
    let script = |import: &str| format!("{import}\nfunction f(x) {{\n  run(x);\n}}\n");
    for (path, text, import, is_refused) in [
        ("a.py", python("from urllib.parse import quote"), "from shlex import quote", true),
        ("a.py", python("from urllib.parse import quote"), "from shlex import quote as q", false),
        ("a.py", python("import datetime"), "from datetime import datetime", true),
        ("a.py", python("import os.path"), "import os", false),
        ("a.py", python("import a.b as b"), "from a import b", false),
        ("a.go", go("import \"math/rand\""), "import \"crypto/rand\"", true),
        ("a.go", go("import \"math/rand\""), "import crand \"crypto/rand\"", false),
        ("a.go", go("import _ \"embed\""), "import _ \"crypto/md5\"", false),
        ("a.js", script("const { escape } = require('a');"), "const { escape } = require('b');", true),
        ("a.js", script("import 'a';"), "import 'b';", false),
    ] {
        let subject = subject(path, &text, "run(x)");
        let line = text[..text.find("run(x)").unwrap()].matches('\n').count() + 1;
        let answer = format!("edit\n@{line}\n-run(x)\n+safe(x)\n#\n+{import}\n");
        let told = after(&subject, &answer);
        let refused = matches!(&told, Err((Fault::Elsewhere, _)));
        assert_eq!(refused, is_refused, "{import}: {told:?}");
    }
}

#[test]
fn a_safe_module_takes_the_place_of_the_one_that_it_is_made_for() {
    for (there, import, is_taken) in [
        ("import xml.etree.ElementTree as ET", "import defusedxml.ElementTree as ET", true),
        ("from xml.dom import minidom", "from defusedxml import minidom", true),
        ("from random import choice", "from secrets import choice", true),
        ("import xml.etree.ElementTree as ET", "import defusedxml.minidom as ET", false),
        ("import xml.etree.ElementTree as ET", "import unsafexml.ElementTree as ET", false),
        ("from random import choice, seed", "from secrets import choice", false),
        ("from random import seed", "from secrets import token_hex as seed", false),
    ] {
        let text = format!("{there}\n\ndef f(x):\n    run(x)\n");
        let subject = subject("a.py", &text, "run(x)");
        let told = after(&subject, &format!("edit\n@4\n-run(x)\n+safe(x)\n#\n+{import}\n"));
        let wanted = text.replace(there, import).replace("run(x)", "safe(x)");
        assert_eq!(told.is_ok(), is_taken, "{there} {import}: {told:?}");
        assert!(told.is_err() || told == Ok(wanted), "{there} {import}");
    }
}

#[test]
fn an_import_of_go_that_a_fix_leaves_idle_goes_with_it() {
    let text = "package a\n\nimport (\n\t\"crypto/md5\"\n\t\"fmt\"\n)\n\nfunc f(b []byte) {\n\tfmt.Println(md5.Sum(b))\n}\n";
    let fixed = "package a\n\nimport (\n\t\"crypto/sha256\"\n\t\"fmt\"\n)\n\nfunc f(b []byte) {\n\tfmt.Println(sha256.Sum256(b))\n}\n";
    let of = subject("a.go", text, "md5.Sum");
    let answer = "edit\n@9\n-md5.Sum(b)\n+sha256.Sum256(b)\n#\n+import \"crypto/sha256\"\n";
    assert_eq!(after(&of, answer).unwrap(), fixed);
    let block = "<<<<<<< SEARCH\n\tfmt.Println(md5.Sum(b))\n=======\n\tfmt.Println(b)\n>>>>>>> REPLACE\n";
    assert!(!after(&of, block).unwrap().contains("md5"));
    let one = "package a\n\nimport \"crypto/md5\"\n\nfunc f(b []byte) {\n\tmd5.Sum(b)\n}\n";
    let of = subject("a.go", one, "md5.Sum");
    let answer = "edit\n@6\n-md5.Sum(b)\n+safe(b)\n";
    assert_eq!(after(&of, answer).unwrap(), "package a\n\n\nfunc f(b []byte) {\n\tsafe(b)\n}\n");
}

#[test]
fn line_ends_stay_as_the_file_has_them() {
    let text = USERS.replace('\n', "\r\n");
    let subject = subject("src/db.py", &text, "cur.execute(");
    for answer in SAME {
        assert_eq!(after(&subject, answer), Ok(fixed().replace('\n', "\r\n")), "{answer}");
    }
}

proptest! {
    #[test]
    fn an_edit_from_any_answer_lies_in_the_function_or_the_imports(
        which in 0..SAME.len(), cut in 0_usize..400, drop in 0_usize..40, put in "(\\PC|\n|```|=======\n|@@ -1 +1 @@\n){0,6}"
    ) {
        let mut answer: Vec<char> = SAME[which].chars().collect();
        let at = cut.min(answer.len());
        let end = (at + drop).min(answer.len());
        answer.splice(at..end, put.chars());
        let answer: String = answer.into_iter().collect();
        let subject = users();
        if let Ok(edits) = edits(&subject, &answer, None) {
            for edit in edits {
                for change in &edit.changes {
                    prop_assert!(subject.may_change(&change.span()), "{:?}", change);
                }
                let text = edit.apply(subject.file.text()).unwrap();
                let back = Edit { changes: edit.back(), ..edit };
                prop_assert_eq!(back.apply(&text).unwrap(), subject.file.text());
            }
        }
    }
}
