use super::*;
use crate::remedy::testing::{USERS, subject, users};
use crate::remedy::{Edit, SourceFile};

fn patched(subject: &Subject, text: &str) -> Patched {
    let file = &subject.file;
    let edit = Edit::between(&file.path, file.digest, file.text(), text).unwrap();
    Patched::new(file.clone(), &edit).unwrap()
}

fn minimal_of(subject: &Subject, text: &str) -> Judged {
    minimal(subject, &[patched(subject, text)], &Policy::default())
}

#[test]
fn a_small_change_in_its_function_is_minimal() {
    let subject = users();
    let text = USERS
        .replace("f\"SELECT * FROM users WHERE id = {uid}\"", "\"SELECT * FROM users WHERE id = ?\", (uid,)");
    let (outcome, evidence) = minimal_of(&subject, &text);
    assert_eq!((outcome, evidence.words.as_str()), (Outcome::Held, "1 line, 5 tokens, 1 scope"));
}

#[test]
fn what_hides_or_goes_too_far_is_not_minimal() {
    let execute = "        cur.execute(f\"SELECT * FROM users WHERE id = {uid}\")\n";
    let many: String = (0..50).map(|n| format!("        a{n} = {n}\n")).collect();
    for (old, new, why) in [
        (execute, execute.replace(")\n", ")  # nosec\n"), "silences a scanner"),
        (execute, format!("        # nosemgrep: sql\n{execute}"), "silences a scanner"),
        (execute, format!("        # safe, uid is a number\n{execute}"), "comments or layout"),
        (execute, String::new(), "deletes code"),
        (execute, "        pass\n".to_owned(), "deletes code"),
        (execute, "        return None\n".to_owned(), "deletes code"),
        (execute, many, "50 lines; at most 40"),
        ("        return 1\n", "        return 2 + x\n".to_owned(), "outside of the function"),
        ("def find(self, uid)", "def find(self, uid, safe=True)".to_owned(), "how `Users.find` is called"),
        ("def find(self, uid)", "def fetch(self, uid)".to_owned(), "how `Users.find` is called"),
    ] {
        let text = USERS.replace(old, &new);
        let (outcome, evidence) = minimal_of(&users(), &text);
        assert_eq!(outcome, Outcome::Failed, "{new}");
        assert!(evidence.words.contains(why), "{new}: {}", evidence.words);
    }
}

#[test]
fn an_option_may_be_taken_away_and_what_a_call_does_may_not() {
    for (path, flagged, after, outcome) in [
        ("a.py", "get(url, verify=False)", "get(url)", Outcome::Held),
        ("a.py", "get(verify=False, url=url)", "get(url=url)", Outcome::Held),
        ("a.py", "get(url, verify=False, timeout=3)", "get(url, timeout=3)", Outcome::Held),
        ("a.py", "get(url, cert_reqs=ssl.CERT_NONE)", "get(url)", Outcome::Held),
        ("a.py", "Popen(cmd, stdout=PIPE, shell=True)", "Popen(cmd, stdout=PIPE)", Outcome::Held),
        (
            "a.py",
            "get(\n        url,\n        verify=False,\n    )",
            "get(\n        url,\n    )",
            Outcome::Held,
        ),
        ("a.js", "get(url, { rejectUnauthorized: false });", "get(url);", Outcome::Held),
        (
            "a.js",
            "get(url, { rejectUnauthorized: false, port: 1 });",
            "get(url, { port: 1 });",
            Outcome::Held,
        ),
        ("a.js", "get({ tls: { verify: false }, url });", "get({ url });", Outcome::Held),
        // What the call is about.
        ("a.py", "run(cmd, shell=True)", "run(shell=True)", Outcome::Failed),
        ("a.py", "run(cmd, shell=True)", "run()", Outcome::Failed),
        ("a.py", "run(args=cmd, shell=True)", "run(shell=True)", Outcome::Failed),
        ("a.py", "run(cmd=\"rm -r a\", shell=True)", "run(shell=True)", Outcome::Failed),
        ("a.py", "get(url, verify=False)", "get()", Outcome::Failed),
        ("a.py", "get(url, verify=False)", "", Outcome::Failed),
        ("a.py", "run([a, b])", "run([a])", Outcome::Failed),
        ("a.py", "run(f(a), x=g(b))", "run(f(a))", Outcome::Failed),
        ("a.js", "get(url, { body: text });", "get(url);", Outcome::Failed),
        ("a.js", "get(url, { body: text, tls: false });", "get(url, { tls: false });", Outcome::Failed),
    ] {
        let text = match path {
            "a.py" => format!("def f(url, cmd):\n    {flagged}\n    done()\n"),
            _ => format!("function f(url, text) {{\n    {flagged}\n    done();\n}}\n"),
        };
        let (told, evidence) = minimal_of(&subject(path, &text, flagged), &text.replace(flagged, after));
        assert_eq!(told, outcome, "{flagged} -> {after}: {}", evidence.words);
    }
}

#[test]
fn a_head_that_is_flagged_may_change() {
    let text = "def f(x, items=[]):\n    return items\n";
    let subject = subject("a.py", text, "def f(x, items=[]):");
    let (outcome, evidence) = minimal_of(&subject, "def f(x, items=None):\n    return items or []\n");
    assert_eq!(outcome, Outcome::Held, "{evidence:?}");
}

#[test]
fn new_syntax_errors_are_seen_and_old_ones_are_borne() {
    let good = subject("a.py", "def f(x):\n    eval(x)\n", "eval(x)");
    let (outcome, evidence) = parses(&[patched(&good, "def f(x):\n    ast.eval((x)\n")]);
    assert_eq!(outcome, Outcome::Failed, "{evidence:?}");
    let broken = subject("a.py", "def g(:\n    pass\n\ndef f(x):\n    eval(x)\n", "eval(x)");
    let (outcome, evidence) = parses(&[patched(&broken, "def g(:\n    pass\n\ndef f(x):\n    safe(x)\n")]);
    assert_eq!(outcome, Outcome::Held, "{evidence:?}");
    let none = subject("a.tf", "x = 1\n", "x = 1");
    assert_eq!(parses(&[patched(&none, "x = 2\n")]).0, Outcome::NotRun);
    for (path, old, new, outcome) in [
        ("package.json", "{\"a\": 1}", "{\"a\": 2}", Outcome::Held),
        ("package.json", "{\"a\": 1}", "{\"a\": 2", Outcome::Failed),
        ("Cargo.toml", "a = 1\n", "a = 2\n", Outcome::Held),
        ("Cargo.toml", "a = 1\n", "a = 2 3\n", Outcome::Failed),
        ("requirements.txt", "a==1.0\n", "a==2.0\n", Outcome::Held),
        ("deep/requirements-dev.txt", "a==1.0\n", "a=2.0\n", Outcome::Failed),
        ("constraints.txt", "a==\n", "a=2.0\n", Outcome::NotRun),
        ("notes.txt", "a==1.0\n", "a==2.0\n", Outcome::NotRun),
        ("go.mod", "module m\nrequire a.b/c v1.0.0\n", "module m\nrequire a.b/c v1.2.0\n", Outcome::Held),
        ("go.mod", "module m\nrequire a.b/c v1.0.0\n", "module m\nrequire a.b/c v2.0.0\n", Outcome::Failed),
        ("pom.xml", "<a>1</a>", "<a>2</a>", Outcome::Held),
        ("pom.xml", "<a>1</a>", "<a>2</b>", Outcome::Failed),
    ] {
        let file = subject(path, old, old);
        assert_eq!(parses(&[patched(&file, new)]).0, outcome, "{path} {new}");
    }
}

#[test]
fn what_go_imports_and_does_not_use_does_not_compile() {
    let old = "package a\n\nimport \"crypto/md5\"\n\nfunc f(b []byte) {\n\tmd5.Sum(b)\n}\n";
    let file = subject("a.go", old, "md5.Sum");
    let (outcome, evidence) = parses(&[patched(&file, &old.replace("md5.Sum(b)", "safe(b)"))]);
    assert_eq!(outcome, Outcome::Failed, "{evidence:?}");
    assert!(evidence.words.contains("`crypto/md5` is imported and not used"), "{evidence:?}");
    let whole = old.replace("crypto/md5", "crypto/sha256").replace("md5.Sum(b)", "sha256.Sum256(b)");
    assert_eq!(parses(&[patched(&file, &whole)]).0, Outcome::Held);
}

#[test]
fn layout_and_encoding_stay() {
    for (path, old, new, why) in [
        ("a.py", "def f():\n    a()\n", "def f():\n\ta()\n", "indented by tabs"),
        ("a.go", "func f() {\n\ta()\n}\n", "func f() {\n    b()\n}\n", "indented by spaces"),
        ("a.py", "a = 1\r\nb = 2\r\n", "a = 1\r\nb = 3\n", "line ends"),
        ("a.py", "a = 1\n", "a = 2", "line end at its end"),
        ("a.py", "a = 1\nb = 2\n", "a = 1\nb = '\u{202e}'\n", "U+202E"),
        ("a.py", "a = 1\nb = 2\n", "# coding: latin-1\nb = 2\n", ""),
    ] {
        let subject = subject(path, old, old.lines().next().unwrap());
        let (outcome, evidence) = kept(&[patched(&subject, new)]);
        let expected = if why.is_empty() { Outcome::Held } else { Outcome::Failed };
        assert_eq!(outcome, expected, "{new:?}: {evidence:?}");
        assert!(evidence.words.contains(why), "{new:?}: {}", evidence.words);
    }
    // A declaration that makes the rest read otherwise.
    let file = SourceFile::new("a.py", "#\nx = 'é'\n".into()).unwrap();
    let edit = Edit::between("a.py", file.digest, file.text(), "# coding: latin-1\nx = 'é'\n").unwrap();
    let (outcome, evidence) = kept(&[Patched::new(file, &edit).unwrap()]);
    assert_eq!(outcome, Outcome::Failed, "{evidence:?}");
}
