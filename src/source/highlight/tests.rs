mod laws;

use std::cell::Cell;

use syntect::parsing::syntax_definition::Pattern;
use syntect::parsing::{Regex, Region};

use super::Class::*;
use super::*;

const NEVER: &dyn Fn() -> bool = &|| false;

fn highlighter(path: &str, text: &str) -> Highlighter {
    Highlighter::new(path, text.into())
}

fn all(path: &str, text: &str) -> Vec<Vec<Span>> {
    highlighter(path, text).exact(1..u32::MAX, NEVER).unwrap()
}

/// The class of every byte of a text, line breaks aside.
fn bytes(text: &str, lines: &[Vec<Span>]) -> Vec<Option<Class>> {
    let mut classes = vec![None; text.len()];
    let index = LineIndex::new(text);
    for (number, spans) in (1..).zip(lines) {
        let mut at = index.range(number).unwrap().start;
        let start = at;
        for span in spans {
            classes[at..start + span.end as usize].fill(Some(span.class));
            at = start + span.end as usize;
        }
    }
    classes
}

/// Parts of a text, each where it stands first.
type Parts = &'static [(Class, &'static [&'static str])];

#[test]
fn the_parts_of_a_source_have_their_classes() {
    let cases: &[(&str, &str, Parts)] = &[
        (
            "a.py",
            "@app.route('/x')\nclass User(Base):\n    '''Doc 'if' it.'''\n    def find(self, name: str = None): # why\n        \
             return f\"SELECT {name} \\n\" if 0x1F > 1 and not run(name) else MAX_SIZE\n",
            &[
                (Attribute, &["@"]),
                (Text, &["'/x'", "SELECT "]),
                (Keyword, &["class", "def", "and", "not"]),
                (Type, &["User", "Base", "str"]),
                (Comment, &["Doc 'if' it", "# why"]),
                (Function, &["find", "run"]),
                (Punctuation, &["("]),
                (Constant, &["None", "MAX_SIZE"]),
                (Escape, &["\\n"]),
                (Number, &["0x1F"]),
                (Operator, &[">"]),
            ],
        ),
        (
            "a.ts",
            "export class A<T> implements B {\n  private x: number = 1.5; // why\n  find(q: string) { return typeof this.y !== `a ${q} b`; }\n}\n",
            &[
                (Keyword, &["export", "private", "typeof"]),
                (Type, &["A", "number"]),
                (Number, &["1.5"]),
                (Comment, &["// why"]),
                (Function, &["find"]),
                (Operator, &["!=="]),
                (Text, &["`a ", " b`"]),
                (Escape, &["${"]),
            ],
        ),
        (
            "a.tsx",
            "const f = (a: number) => <div className=\"c\" onClick={() => g(true)}>text &amp; more</div>;\n",
            &[
                (Keyword, &["const"]),
                (Operator, &["=>"]),
                (Tag, &["div"]),
                (Attribute, &["className"]),
                (Text, &["\"c\""]),
                (Function, &["g"]),
                (Constant, &["true"]),
                (Plain, &["text "]),
                (Escape, &["&amp;"]),
            ],
        ),
        (
            "a.js",
            "var f = <b c='d'>e</b>; // why",
            &[(Keyword, &["var"]), (Tag, &["b"]), (Comment, &["// why"])],
        ),
        (
            "A.java",
            "package a.b;\n/** Doc {@link List} <b>x</b> */\n@Override public int find(final String q) {\n  return new A(\"x\\n\" + 'c') == null ? 0xFFL : this.run(q);\n}\n",
            &[
                (Keyword, &["package", "new"]),
                (Punctuation, &[";"]),
                (Comment, &["@link", "<b>"]),
                (Attribute, &["@Override"]),
                (Type, &["int", "String"]),
                (Function, &["find", "run"]),
                (Escape, &["\\n"]),
                (Constant, &["null"]),
                (Number, &["0xFFL"]),
            ],
        ),
        (
            "a.go",
            "package main\ntype User struct { Name string `json:\"n\"` }\nfunc (u *User) Find(n int) error { go run(nil, \"%s\\t\") }\n",
            &[
                (Keyword, &["package", "type", "struct", "func"]),
                (Type, &["User", "string"]),
                (Text, &["`json:\"n\"`"]),
                (Function, &["Find"]),
                (Constant, &["nil"]),
                (Escape, &["%s\\t"]),
            ],
        ),
        (
            "a.c",
            "#include <stdio.h>\nstatic int find(const char *name) { return sizeof(name) + strcpy(b, \"a %s\"); /* why */ }\n",
            &[
                (Keyword, &["#include", "static", "sizeof"]),
                (Text, &["<stdio.h>"]),
                (Type, &["int", "char"]),
                (Function, &["find", "strcpy"]),
                (Escape, &["%s"]),
                (Comment, &["/* why */"]),
            ],
        ),
        (
            "A.cs",
            "namespace A.B {\n  [HttpGet(\"x\")] public async Task<int> Find(string q) { return $\"a {q}\" as object ?? null; }\n}\n",
            &[
                (Keyword, &["namespace", "public", "as"]),
                (Attribute, &["HttpGet"]),
                (Type, &["Task", "int"]),
                (Function, &["Find"]),
                (Text, &["\"a "]),
                (Constant, &["null"]),
            ],
        ),
        (
            "a.rb",
            "class User < Base\n  def find(name)\n    @x = { a: 1, 'b' => :sym } unless nil # why\n    puts \"a #{name}\"\n  end\nend\n",
            &[
                (Keyword, &["class", "unless", "end"]),
                (Type, &["User"]),
                (Function, &["find", "puts"]),
                (Variable, &["@x"]),
                (Constant, &[":sym"]),
                (Comment, &["# why"]),
                (Text, &["\"a "]),
                (Escape, &["#{"]),
            ],
        ),
        (
            "a.php",
            "<b>t</b>\n<?php\nclass User { function find(string $q): ?int { return mysqli_query(\"SELECT $q\\n\"); // why\n} }\n?>\n<hr>\n",
            &[
                (Tag, &["b", "hr"]),
                (Keyword, &["<?php", "class", "return", "?>"]),
                (Function, &["find", "mysqli_query"]),
                (Variable, &["$q"]),
                (Escape, &["\\n"]),
                (Comment, &["// why"]),
            ],
        ),
        (
            "a.rs",
            "//! doc\nimpl<'a> User<'a> { pub fn seek(&self) -> Option<u8> { for i in 0..10 { println!(\"{}\\n\", i as u8); } None } }\n",
            &[
                (Comment, &["//! doc"]),
                (Keyword, &["impl", "fn", "in", "as"]),
                (Type, &["User"]),
                (Function, &["seek", "println!"]),
                (Punctuation, &["->"]),
                (Number, &["10"]),
                (Escape, &["{}\\n"]),
            ],
        ),
        (
            "a.yml",
            "# why\nkey: &x 1\n\"b\": 'str'\nlist:\n  - true\n  - some text\nblock: |\n  more\n",
            &[
                (Comment, &["# why"]),
                (Tag, &["key"]),
                (Punctuation, &[":"]),
                (Number, &["1"]),
                (Text, &["'str'", "some text", "more"]),
                (Constant, &["true"]),
            ],
        ),
        (
            "Dockerfile.prod",
            "# why\nFROM node:18 AS build\nRUN apt-get -y install curl && echo \"$X\"\nCMD [\"node\"]\n",
            &[
                (Comment, &["# why"]),
                (Keyword, &["FROM", "RUN", "CMD"]),
                (Function, &["apt-get"]),
                (Operator, &["&&"]),
                (Variable, &["X"]),
                (Text, &["\"node\""]),
            ],
        ),
        (
            "a.toml",
            "# why\n[package]\nname = \"a\\n\"\nedition = 2024\npublish = true\n",
            &[
                (Comment, &["# why"]),
                (Type, &["package"]),
                (Tag, &["name"]),
                (Text, &["\"a"]),
                (Escape, &["\\n"]),
                (Number, &["2024"]),
                (Constant, &["true"]),
            ],
        ),
        (
            "a.json",
            "{\"key\": [\"text\", null]}",
            &[(Tag, &["\"key\""]), (Text, &["\"text\""]), (Constant, &["null"])],
        ),
        ("a.cpp", "class A : public B { int x = f<A>(); };", &[(Keyword, &["class"]), (Type, &["A", "int"])]),
    ];
    let mut wrong = Vec::new();
    for (path, text, expected) in cases {
        let classes = bytes(text, &all(path, text));
        for (class, part) in
            expected.iter().flat_map(|(class, parts)| parts.iter().map(move |part| (class, part)))
        {
            let at = text.find(part).unwrap();
            let found = &classes[at..at + part.len()];
            if !found.iter().all(|found| *found == Some(*class)) {
                wrong.push(format!("{path}: {part} is {found:?}, not {class:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn code_inside_a_string_is_code() {
    let text = "x = f\"a {name + 1} b\"\n";
    let classes = bytes(text, &all("a.py", text));
    let class = |part: &str| classes[text.find(part).unwrap()];
    assert_eq!(class("{"), Some(Escape));
    assert_eq!(class("name"), Some(Plain));
    assert_eq!(class("1"), Some(Number));
    assert_eq!(class(" b"), Some(Text));
}

#[test]
fn the_language_is_told_by_name_ending_text_or_first_line() {
    for (path, text, grammar) in [
        ("a.h", "int f(void);", Some("C")),
        ("a.h", "namespace a {}", Some("C++")),
        ("bin/run", "#!/usr/bin/env python3\n", Some("Python")),
        ("a/list.scss", "", Some("SCSS")),
        ("a.html.j2", "", Some("HTML (Jinja2)")),
        ("CMakeLists.txt", "", Some("CMake")),
        (".env.mine", "", Some("DotENV")),
        ("run.ksh", "", Some("Bourne Again Shell (bash)")),
        ("a.csproj", "", Some("XML")),
        ("a.sarif", "", Some("JSON")),
        ("main.zig", "", Some("Zig")),
        ("data", "<?xml version=\"1.0\"?>", Some("XML")),
        ("a.ls", "", None),
        ("a.txt", "if it is text", None),
        ("LICENSE", "MIT", None),
        ("", "", None),
    ] {
        let found = Syntax::find(path, text).map(|syntax| syntax.main.name.as_str());
        assert_eq!(found, grammar, "{path} {text}");
    }
}

#[test]
fn an_unknown_language_is_plain() {
    let mut highlighter = highlighter("a.unknown", "if (x) { return \"y\"; }\n\n# z");
    let plain = |end| vec![Span { end, class: Plain }];
    let lines = vec![plain(22), vec![], plain(3)];
    assert_eq!(highlighter.exact(1..9, NEVER), Some(lines.clone()));
    assert_eq!(highlighter.guess(1..9, NEVER), Some(Guess { lines, exact: true }));
    assert_eq!(highlighter.exact(3..4, NEVER), Some(vec![plain(3)]));
    assert_eq!(highlighter.exact(9..12, NEVER), Some(vec![]));
}

/// A file whose beginning opens a string that holds what looks like code.
fn long_string() -> String {
    format!("query = '''\n{}'''\nx = 1\n", "def f():\n".repeat(700))
}

#[test]
fn a_string_over_many_lines_is_known_exactly_where_a_guess_errs() {
    let mut highlighter = highlighter("a.py", &long_string());
    let text = vec![vec![Span { end: 8, class: Text }]];
    let guess = highlighter.guess(650..651, NEVER).unwrap();
    assert!(!guess.exact);
    assert_eq!(guess.lines[0][0], Span { end: 3, class: Keyword });
    assert_eq!(highlighter.exact(650..651, NEVER), Some(text.clone()));
    // From now on a state near it is known.
    assert_eq!(highlighter.guess(520..521, NEVER), Some(Guess { lines: text, exact: true }));
    assert_eq!(highlighter.exact(703..704, NEVER).unwrap()[0].last(), Some(&Span { end: 5, class: Number }));
}

#[test]
fn a_guess_near_the_beginning_is_exact() {
    let text = long_string();
    let guess = highlighter("a.py", &text).guess(60..95, NEVER).unwrap();
    assert!(guess.exact);
    assert_eq!(Some(guess.lines), highlighter("a.py", &text).exact(60..95, NEVER));
}

#[test]
fn a_guess_deep_in_a_php_file_knows_whether_it_is_in_code() {
    let code = "        if ($a) { return 1; }\n".repeat(400);
    let mut highlighter =
        highlighter("a.php", &format!("<p>\n<?php\n{code}?>\n{}", "<p>if</p>\n".repeat(400)));
    let guess = highlighter.guess(350..351, NEVER).unwrap();
    assert!(!guess.exact);
    assert_eq!(guess.lines[0][1], Span { end: 10, class: Keyword });
    let guess = highlighter.guess(790..791, NEVER).unwrap();
    assert!(!guess.exact);
    assert_eq!(guess.lines[0][1], Span { end: 2, class: Tag });
}

#[test]
fn a_cancelled_parse_goes_on_where_it_stopped() {
    let mut highlighter = highlighter("a.py", &"x = 1\n".repeat(2_000));
    let asked = Cell::new(0);
    let after = |limit| {
        let asked = &asked;
        move || {
            asked.set(asked.get() + 1);
            asked.get() > limit
        }
    };
    assert_eq!(highlighter.exact(1_990..1_991, &after(1_000)), None);
    assert_eq!(asked.replace(0), 1_001);
    assert!(highlighter.exact(1_990..1_991, &after(5_000)).is_some());
    assert_eq!(asked.replace(0), 1_990 - 3 * STEP);
    assert_eq!(highlighter.guess(1_990..1_991, &after(0)), None);
}

#[test]
fn kept_states_are_bounded() {
    let lines = (STEP * MOST_KEPT * 3 / 2) as u32;
    let mut highlighter = highlighter("a.json", &"1\n".repeat(lines as usize));
    assert!(highlighter.exact(lines..lines + 1, NEVER).is_some());
    assert_eq!(highlighter.step, 2 * STEP);
    assert_eq!(highlighter.kept.len(), MOST_KEPT * 3 / 4);
    assert_eq!(highlighter.exact(lines..lines + 1, NEVER).unwrap(), [[Span { end: 1, class: Number }]]);
}

#[test]
fn a_very_long_line_is_plain_in_its_rest_and_changes_nothing_after_it() {
    let long = format!("var a = [{}", "f(\"x\"), ".repeat(700_000));
    for path in ["a.js", "a.css", "a.unknown"] {
        let lines = all(path, &format!("{long}\nvar b;"));
        let last = Span { end: long.len() as u32, class: Plain };
        assert_eq!(lines[0].last(), Some(&last), "{path}");
        assert!(lines[0].len() < LONGEST, "{path}");
    }
    let lines = all("a.js", &format!("{long}\nvar b;"));
    assert_eq!(lines[0][0], Span { end: 3, class: Keyword });
    assert_eq!(lines[1], all("a.js", "var b;")[0]);
}

#[test]
fn a_guess_parses_no_more_than_its_budget() {
    let line = format!("x = '{}'\n", "a".repeat(LONGEST - 100));
    let mut highlighter = highlighter("a.py", &line.repeat(500));
    let guess = highlighter.guess(400..500, NEVER).unwrap();
    assert!(!guess.exact);
    assert!(guess.lines[0].len() > 1);
    assert_eq!(guess.lines[99].len(), 1);
    assert!(highlighter.exact(499..500, NEVER).unwrap()[0].len() > 1);
}

#[test]
fn line_breaks_of_every_kind_give_the_same_spans() {
    let text = "x = '''a\n\n  b''' # c\nif x:\n  pass";
    let lines = all("a.py", text);
    for end in ["\r\n", "\r"] {
        assert_eq!(all("a.py", &text.replace('\n', end)), lines);
    }
    // With a break at the end there is one more line, as editors show it.
    assert_eq!(all("a.py", &format!("{text}\n")), [lines, vec![vec![]]].concat());
}

/// A grammar whose expression does not compile panics when it is first met.
#[test]
fn every_expression_of_every_grammar_compiles() {
    let (letters, mut groups) = ("abcdefghi", Region::new());
    assert!(Regex::new("(a)(b)(c)(d)(e)(f)(g)(h)(i)".into()).search(letters, 0, 9, Some(&mut groups)));
    let mut count = 0;
    for syntax in syntax::set().clone().into_builder().syntaxes() {
        for pattern in syntax.contexts.values().flat_map(|context| &context.patterns) {
            let Pattern::Match(pattern) = pattern else { continue };
            let expression = if pattern.has_captures {
                pattern.regex_with_refs(&groups, letters).regex_str().to_owned()
            } else {
                pattern.regex().regex_str().to_owned()
            };
            if let Some(error) = Regex::try_compile(&expression) {
                panic!("{}: {error}: {expression}", syntax.name);
            }
            count += 1;
        }
    }
    assert!(count > 20_000, "{count}");
    assert!(syntax::set().find_unlinked_contexts().is_empty());
}

#[test]
fn every_grammar_begins() {
    for syntax in syntax::set().syntaxes() {
        let mut state = State::new(syntax);
        assert!(state.parse.parse_line("if (a) { b: \"c\" }\n", syntax::set()).is_ok(), "{}", syntax.name);
    }
}
