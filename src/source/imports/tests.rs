use proptest::prelude::*;

use super::*;

fn told(language: Language, statement: &str) -> String {
    let of = |it: Import| {
        let dot = if it.name.is_empty() { "" } else { "." };
        format!("{}={}{dot}{}", it.bound, it.module, it.name)
    };
    imported(language, statement)
        .map_or_else(|| "none".to_owned(), |all| all.into_iter().map(of).collect::<Vec<_>>().join(" "))
}

#[test]
fn a_statement_says_what_it_brings_and_by_which_name() {
    use Language::{Go, Java, JavaScript, Python, TypeScript};
    for (language, statement, wanted) in [
        (Python, "import os", "os=os"),
        (Python, "import os.path, sys as s", "os.path=os.path s=sys"),
        (Python, "from a.b import (\n    c,  # why\n    d as e,\n)", "c=a.b.c e=a.b.d"),
        (Python, "from . import *", "*=..*"),
        (JavaScript, "import fs from 'node:fs';", "fs=fs"),
        (JavaScript, "import * as fs from \"fs\"", "fs=fs"),
        (JavaScript, "import a, { b, c as d } from './m';", "a=./m b=./m.b d=./m.c"),
        (TypeScript, "import type { A } from 'm'", "A=m.A"),
        (JavaScript, "import 'm';", "=m"),
        (
            JavaScript,
            "import {\n  // hashing, from 'm'\n  a, /* b, */\n  c,\n} from 'https://m'; // why",
            "a=https://m.a c=https://m.c",
        ),
        (JavaScript, "const { a /* it's */ } = require('m');", "a=m.a"),
        (JavaScript, "const fs = require('fs');", "fs=fs"),
        (JavaScript, "const {\n  a,\n  b: c,\n} = require('m');", "a=m.a c=m.b"),
        (JavaScript, "var a = require('a'), b = require('b');", "a=a b=b"),
        (JavaScript, "const a = require('m').b", "a=m.b"),
        (JavaScript, "const app = require('express')();", "none"),
        (JavaScript, "app.use(require('./routes'));", "none"),
        (Go, "import \"os\"", "os=os"),
        (
            Go,
            "import (\n\t\"crypto/md5\" // old\n\n\tf \"fmt\"\n\t_ \"embed\"\n)",
            "md5=crypto/md5 f=fmt _=embed",
        ),
        (
            Go,
            "import (\"os\"; \"math/rand/v2\"; \"gopkg.in/yaml.v3\")",
            "os=os rand=math/rand/v2 yaml=gopkg.in/yaml.v3",
        ),
        (Java, "import java.util.List;", "List=java.util.List"),
        (Java, "import static a.B.*;", "*=a.B.*"),
        (Language::Ruby, "require 'x'", "none"),
    ] {
        assert_eq!(told(language, statement), wanted, "{statement}");
    }
}

#[test]
fn a_package_that_nothing_uses_any_more_is_told() {
    let old = "package a\n\nimport (\n\t\"crypto/md5\"\n\tlog \"example.com/go-log\"\n\t_ \"embed\"\n\t\"example.com/go-thing\"\n)\n\nfunc f(b []byte) {\n\tlog.Info(md5.Sum(b))\n\tthing.Do()\n}\n";
    for (from, to, wanted) in [
        ("", "", ""),
        ("md5.Sum(b)", "b", "crypto/md5"),
        ("md5.Sum(b)", "it.md5.Sum(\"md5.Sum\") /* md5.Sum */", "crypto/md5"),
        ("md5.Sum(b)", "all(func(all ...md5.Hash) {})", ""),
        ("log.Info(md5.Sum(b))", "md5.Sum(b)", "example.com/go-log"),
        ("\tthing.Do()\n", "", ""),
        ("\"crypto/md5\"", "\"crypto/md5\"\n\t\"os\"", "os"),
        ("\"crypto/md5\"", "\"crypto/md5\"\n\t\"example.com/go-other\"", ""),
    ] {
        let new = old.replace(from, to);
        let unused: Vec<String> = unused_packages(old, &new).into_iter().map(|it| it.module).collect();
        assert_eq!(unused.join(" "), wanted, "{to}");
    }
}

#[test]
fn the_first_import_goes_behind_what_must_stand_before_it() {
    for (path, text, behind) in [
        ("a.py", "#!/usr/bin/python\n# -*- coding: utf-8 -*-\ndef f(): pass\n", "utf-8 -*-\n"),
        ("a.py", "\"\"\"What it is.\n\nMore.\n\"\"\"\ndef f(): pass\n", "\n\"\"\"\n"),
        ("a.py", "# licence\n\nr'''Doc \\''' of it.'''\n\n\ndef f(): pass\n", "of it.'''\n\n\n"),
        ("a.py", "'Doc.'\n# of f\ndef f(): pass\n", "'Doc.'\n"),
        ("a.py", "'a'.join(x)\n", ""),
        ("a.js", "/* licence\n   of it */\n\n'use strict';\nf();\n", "'use strict';\n"),
        ("A.java", "// licence\npackage a.b;\n\nclass A {}\n", "a.b;\n\n"),
        ("a.go", "// Package a is it.\npackage a\n\n// F does.\nfunc F() {}\n", "package a\n\n"),
        ("a.php", "<?php\ndeclare(strict_types=1);\nnamespace A;\nf();\n", "namespace A;\n"),
    ] {
        let language = Language::detect(path, text);
        let place = place(&Outline::of(language, text));
        assert!(text[..place].ends_with(behind), "{path}: {:?}", &text[..place]);
        assert!(!behind.is_empty() || place == 0, "{path}");
    }
}

#[test]
fn a_further_import_goes_behind_those_at_the_top_and_not_into_a_try_or_a_function() {
    for (path, text, behind) in [
        (
            "a.py",
            "import a\ntry:\n    import b\nexcept ImportError:\n    b = None\n\ndef f():\n    import c\n",
            "import a\n",
        ),
        ("a.py", "'Doc.'\ntry:\n    import b\nexcept ImportError:\n    b = None\n", "'Doc.'\n"),
        (
            "a.js",
            "const a = require('a');\nconst {\n  b\n} = require('b');\nconst app = a();\napp.use(require('./c'));\nfunction f() { const d = require('d'); }\n",
            "require('b');\n",
        ),
        ("a.js", "import a from 'a';\n\nexport function f() {}\n", "'a';\n"),
        ("A.java", "package a;\nimport b.C;\nimport b.D;\n\nclass A {}\n", "b.D;\n"),
    ] {
        let language = Language::detect(path, text);
        let place = place(&Outline::of(language, text));
        assert!(text[..place].ends_with(behind), "{path}: {:?}", &text[..place]);
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "(import|from|\\(|\\)|\"|'|\\{|\\}|,| |\n|require|=|const|as|é|\\*|/\\*|;){0,30}") {
        for language in [Language::Python, Language::JavaScript, Language::Go, Language::Java] {
            let _ = imported(language, &text);
            let outline = Outline::of(language, text.as_str());
            prop_assert!(text.is_char_boundary(place(&outline)));
            prop_assert!(unused_packages(&text, &text).is_empty());
        }
    }
}
