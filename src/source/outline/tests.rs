use proptest::prelude::*;

use super::*;

mod declared;

/// For each needle, the first line or text to look for: the scope it is in and the statement it means.
type Table = &'static [(&'static str, &'static str, &'static str)];

fn check(language: Language, text: &str, table: Table) {
    let outline = Outline::of(language, text);
    for (needle, scope, statement) in table {
        // A needle that ends in `$` stands for its whole line, as a tool without columns gives it.
        let (needle, whole) = needle.strip_suffix('$').map_or((*needle, false), |needle| (needle, true));
        let at = text.find(needle).unwrap_or_else(|| panic!("{language}: no {needle:?}"));
        let range = if whole {
            let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
            start..text[at..].find('\n').map_or(text.len(), |end| at + end)
        } else {
            at..at + needle.len()
        };
        let found = outline.scope_at(range.clone()).map(|scope| scope.qualified).unwrap_or_default();
        assert_eq!(found, *scope, "{language}: scope of {needle:?}");
        assert_eq!(&text[outline.statement_at(range)], *statement, "{language}: statement of {needle:?}");
    }
}

#[test]
fn python() {
    let text = r#"import os
from db import (
    connect,
    close,
)

KEY = "s3cret"

class Users(Base):
    """Docs."""

    @app.route("/u")
    @login_required
    def find(self, name):
        # look it up
        q = "SELECT " \
            + name
        cur.execute(
            q,
            (name,),
        )
        if name == "a": return 1
        if name > 3:
            os.system(name)
        elif name:
            pass
        else:
            eval(name)
        with open(name) as f, lock:
            f.read()
        try:
            x = [i for i in range(3)
                 if i]
        except (ValueError, KeyError) as e:
            log(e)
        for row in cur:
            def inner():
                return row
        key = lambda v: v.id
        return sorted(q, key=lambda v: v.name)
"#;
    check(
        Language::Python,
        text,
        &[
            ("s3cret", "", "KEY = \"s3cret\""),
            ("connect,$", "", "from db import (\n    connect,\n    close,\n)"),
            ("class Users", "Users", "class Users(Base):"),
            (
                "login_required$",
                "Users.find",
                "@app.route(\"/u\")\n    @login_required\n    def find(self, name):",
            ),
            ("def find$", "Users.find", "@app.route(\"/u\")\n    @login_required\n    def find(self, name):"),
            ("# look$", "Users.find", "# look it up"),
            ("+ name$", "Users.find", "q = \"SELECT \" \\\n            + name"),
            ("(name,),$", "Users.find", "cur.execute(\n            q,\n            (name,),\n        )"),
            ("return 1", "Users.find", "return 1"),
            ("return 1$", "Users.find", "if name == \"a\": return 1"),
            ("if name > 3:$", "Users.find", "if name > 3:"),
            ("os.system(name)", "Users.find", "os.system(name)"),
            ("elif name:$", "Users.find", "elif name:"),
            ("else:$", "Users.find", "else:"),
            ("open(name)", "Users.find", "with open(name) as f, lock:"),
            ("f.read", "Users.find", "f.read()"),
            ("if i]$", "Users.find", "x = [i for i in range(3)\n                 if i]"),
            ("except (", "Users.find", "except (ValueError, KeyError) as e:"),
            (
                "for row in cur:\n            def inner():",
                "Users.find",
                "for row in cur:\n            def inner():\n                return row",
            ),
            ("return row", "Users.find.inner", "return row"),
            ("v.id", "Users.find.key", "key = lambda v: v.id"),
            ("v.name", "Users.find", "return sorted(q, key=lambda v: v.name)"),
        ],
    );
    let outline = Outline::of(Language::Python, text);
    let find = outline.scope_at(text.find("q,").map(|at| at..at + 1).unwrap()).unwrap();
    assert_eq!((find.kind, find.name.as_str()), (ScopeKind::Method, "find"));
    assert_eq!(find.signature, "def find(self, name)");
    assert_eq!(find.lines, (12, 40));
    assert!(text[find.span].starts_with("@app.route"));
    assert_eq!(outline.imports().len(), 2);
    let names =
        outline.statement_names(outline.statement_at(text.find("q = ").map(|at| at..at + 1).unwrap()));
    assert_eq!((names.defined, names.used), (vec!["q".to_owned()], vec!["name".to_owned()]));
}

#[test]
fn javascript() {
    let text = r#"const db = require('db');
import fs from 'fs';

export function handler(req, res) {
  const { id } = req.query;
  if (id) {
    db.query("SELECT " + id);
  } else if (req.x) { // nosemgrep
    return eval(req.x);
  } else {
    res.send(`<b>${id}</b>`);
  }
  for (let i = 0; i < 3; i++) go(i);
  switch (id) {
    case 1:
      exec(id);
      break;
    default:
      throw new Error('x');
  }
  return db
    .select('*')
    .where(id)
    .then((rows) => {
      rows.map(r => r.id);
    });
}

app.get('/users', auth, async (req, res) => {
  res.redirect(req.query.url);
}, options);

const find = (id) => {
  return el.innerHTML = id;
};

class Shop extends Base {
  #x = 1;
  load = async () => { await this.go(); }
  static find(a, b) { return a; }
}

module.exports = {
  name: 'shop',
  methods: {
    render() { document.write(this.x); },
    go: function () { run(); },
  },
};
"#;
    check(
        Language::JavaScript,
        text,
        &[
            ("require", "", "const db = require('db');"),
            ("export function$", "handler", "export function handler(req, res)"),
            ("req.query;$", "handler", "const { id } = req.query;"),
            ("if (id) {$", "handler", "if (id)"),
            ("\"SELECT \"", "handler", "db.query(\"SELECT \" + id);"),
            ("else if (req.x)$", "handler", "else if (req.x)"),
            ("} else {$", "handler", "else"),
            ("<b>", "handler", "res.send(`<b>${id}</b>`);"),
            ("go(i)", "handler", "go(i);"),
            ("let i = 0", "handler", "for (let i = 0; i < 3; i++)"),
            ("switch (id)", "handler", "switch (id)"),
            ("exec(id)", "handler", "exec(id);"),
            ("throw new$", "handler", "throw new Error('x');"),
            (".where(id)$", "handler", "return db\n    .select('*')\n    .where(id)\n    .then((rows) =>"),
            ("r.id", "handler.<then>", "rows.map(r => r.id);"),
            ("app.get$", "", "app.get('/users', auth, async (req, res) =>"),
            ("req.query.url", "<app.get '/users'>", "res.redirect(req.query.url);"),
            ("}, options)$", "", ", options);"),
            ("innerHTML", "find", "return el.innerHTML = id;"),
            ("class Shop$", "Shop", "class Shop extends Base"),
            ("#x = 1", "Shop", "#x = 1"),
            ("this.go()", "Shop.load", "await this.go();"),
            ("return a", "Shop.find", "return a;"),
            ("document.write", "render", "document.write(this.x);"),
            ("run()", "go", "run();"),
        ],
    );
    let outline = Outline::of(Language::JavaScript, text);
    assert_eq!(outline.imports().len(), 2);
    let scopes: Vec<_> = outline.scopes().map(|scope| (scope.kind, scope.signature)).collect();
    assert!(scopes.contains(&(ScopeKind::Function, "find = (id)".into())), "{scopes:?}");
    assert!(scopes.contains(&(ScopeKind::Method, "static find(a, b)".into())), "{scopes:?}");
    let names = outline.statement_names(text.find("const { id").map(|at| at..at + 25).unwrap());
    assert_eq!((names.defined, names.used), (vec!["id".to_owned()], vec!["req".to_owned()]));
}

#[test]
fn typescript_and_tsx() {
    let text = r#"import { Router } from 'express';

namespace Shop {
  export abstract class Users<T> implements Store {
    constructor(private readonly db: Db) { super(); }

    @Get(':id')
    async find(@Param('id') id: string): Promise<T> {
      return this.db.query<T>(`select ${id}`);
    }
  }
}
interface Store { find(id: string): void; }
"#;
    check(
        Language::TypeScript,
        text,
        &[
            ("select ", "Users.find", "return this.db.query<T>(`select ${id}`);"),
            ("super()", "Users.constructor", "super();"),
            ("@Get", "Users", "@Get(':id')"),
            ("async find$", "Users.find", "async find(@Param('id') id: string): Promise<T>"),
        ],
    );
    let text = r#"export const Page = ({ html }) => {
  return (
    <div className="a">
      <p>{html}</p>
      <span dangerouslySetInnerHTML={{ __html: html }} />
    </div>
  );
};
"#;
    check(
        Language::Tsx,
        text,
        &[
            ("<span$", "Page", "<span dangerouslySetInnerHTML={{ __html: html }} />"),
            ("className", "Page", "<div className=\"a\">"),
            ("return ($", "Page", "return ("),
        ],
    );
}

#[test]
fn without_a_grammar() {
    let text = "use std::fs;\n\nimpl Store for Users {\n    pub async fn find(&self, a: &str) -> u8 {\n        self.db.query(\n            a,\n        );\n        if a { go() }\n    }\n}\n";
    check(
        Language::Other("rust"),
        text,
        &[
            ("a,$", "Users.find", "self.db.query(\n            a,\n        );"),
            ("go()", "Users.find", "if a { go() }"),
            ("use std", "", "use std::fs;"),
        ],
    );
    let text = "resource \"aws_s3_bucket\" \"logs\" {\n  acl = \"public-read\"\n}\n";
    check(
        Language::Other("terraform"),
        text,
        &[("acl", "resource.aws_s3_bucket.logs", "acl = \"public-read\"")],
    );
    let text = "FROM x\nRUN apt-get update && \\\n    curl x | sh\nUSER root\n";
    check(
        Language::Other("dockerfile"),
        text,
        &[("curl", "", "RUN apt-get update && \\\n    curl x | sh"), ("USER", "", "USER root")],
    );
    let text = "deploy() {\n  eval \"$1\"\n}\n";
    check(Language::Other("shell"), text, &[("eval", "deploy", "eval \"$1\"")]);
}

#[test]
fn a_lease_survives_another_layout_and_nothing_else() {
    let hash = |text: &str| {
        let outline = Outline::of(Language::Python, text);
        outline.statement_tokens(text.find("execute").map(|at| at..at + 7).unwrap())
    };
    let first = hash("def f(q):\n    cur.execute(q, 'a')\n");
    assert_eq!(
        first,
        hash("def g(q):\n    x = 1\n    cur.execute(\n        q,\n        \"a\",  # why\n    )\n")
    );
    assert_ne!(first, hash("def f(q):\n    cur.execute(q, 'b')\n"));
    let comment = |text: &str| Outline::of(Language::Python, text).statement_tokens(3..5);
    assert_ne!(comment("# password: a\n"), comment("# password: b\n"));
}

#[test]
fn deep_nesting_and_bad_syntax_have_an_outline() {
    let nest = || {
        for language in Language::PARSED {
            for piece in [
                "(",
                "{",
                "[",
                "if (a) {",
                "a.b(",
                "<",
                "\"",
                "f(function(){",
                "((((",
                "if a:\n",
                "x ? ",
                "${",
            ] {
                let text = piece.repeat(5_000);
                let outline = Outline::of(language, text.as_str());
                let _ = (
                    outline.statement_at(text.len() / 2..text.len() / 2 + 1),
                    outline.scope_at(3_000..3_001),
                );
            }
        }
    };
    // What calls itself once per level would need some 200 bytes of stack for each.
    std::thread::Builder::new().stack_size(256 << 10).spawn(nest).unwrap().join().unwrap();
}

#[test]
fn what_is_past_the_bounds_is_outlined_by_lines() {
    let large = "a = 1\n".repeat(LARGEST_PARSED / 6 + 1);
    let outline = Outline::of(Language::Python, large.as_str());
    assert!(!outline.is_parsed());
    assert_eq!(&large[outline.statement_at(8..9)], "a = 1");
    // Every line of this is ambiguous to the grammar.
    assert!(!Outline::of(Language::Ruby, "else if (a) b\n".repeat(20_000)).is_parsed());
}

fn language() -> impl Strategy<Value = Language> {
    prop::sample::select(
        [&Language::PARSED[..], &[Language::Other("rust"), Language::Other("yaml")]].concat(),
    )
}

proptest! {
    #[test]
    fn any_text_and_range_has_an_answer_inside_the_text(
        language in language(),
        text in r#"(def |class |function |if|else|for|func |\{|\}|\(|\)|:|;|=|=>|,|\.|x|é|😀|"|'|`|\n|    |\r|#|//|/\*|\*/|<\?php |do|end|\PC){0,60}"#,
        a in 0_usize..200, b in 0_usize..200,
    ) {
        let outline = Outline::of(language, text.as_str());
        let range = a..b;
        let statement = outline.statement_at(range.clone());
        prop_assert!(text.get(statement.clone()).is_some());
        let again = outline.statement_at(statement.clone());
        prop_assert!(text.get(again).is_some());
        if let Some(scope) = outline.scope_at(range.clone()) {
            prop_assert!(text.get(scope.span).is_some() && scope.lines.0 <= scope.lines.1);
        }
        prop_assert!(outline.imports().iter().all(|import| text.get(import.clone()).is_some()));
        let _ = (outline.statement_names(range.clone()), outline.statement_tokens(range), outline.scopes().count());
        let (s, e) = (a.min(text.len()), b.min(text.len()));
        if s < e && text.is_char_boundary(s) && text.is_char_boundary(e) && !text[s..e].trim().is_empty() && a < b {
            let lines = LineIndex::new(&text);
            prop_assert!(lines.line_of(statement.start) <= lines.line_of(e), "{statement:?}");
            prop_assert!(lines.line_of(s) <= lines.line_of(statement.end), "{statement:?}");
        }
    }
}
