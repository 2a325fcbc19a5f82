use proptest::prelude::*;

use super::*;

/// What becomes of the sink, in a word; `flagged` is a piece of the text before.
fn sink(path: &str, before: &str, flagged: &str, after: &str) -> &'static str {
    let start = before.find(flagged).unwrap();
    let exact = !flagged.contains('\n');
    match Beside::new(path, before, after).sink(&(start..start + flagged.trim_end().len()), exact) {
        Sink::Gone => "gone",
        Sink::Same(_) => "same",
        Sink::Hidden(_) => "hidden",
        Sink::Doubtful(_) => "doubtful",
    }
}

const SQL: &str =
    "def find(db, uid):\n    q = \"select * from users where id = '\" + uid + \"'\"\n    return db.run(q)\n";

#[test]
fn a_query_whose_data_is_handed_over_apart_no_longer_takes_it() {
    let fixed =
        "def find(db, uid):\n    q = \"select * from users where id = ?\"\n    return db.run(q, (uid,))\n";
    for flagged in [
        "db.run(q)",
        "return db.run(q)\n",
        "\"select * from users where id = '\" + uid + \"'\"",
        "q = \"select * from users where id = '\" + uid + \"'\"\n",
    ] {
        assert_eq!(sink("a.py", SQL, flagged, fixed), "gone", "{flagged}");
        assert_eq!(sink("a.py", SQL, flagged, SQL), "same", "{flagged}");
    }
}

#[test]
fn a_sink_is_known_again_whatever_its_variables_are_called_and_however_its_text_is_put_together() {
    for after in [
        "def find(db, uid):\n    q = \"select * from users where id = '\" + uid + \"'\"  # nosec\n    return db.run(q)  # nosem\n",
        "def find(db, user):\n    statement = \"select * from users where id = '\" + user + \"'\"\n    return db.run(statement)\n",
        "def find(db, uid):\n    return db.run(f\"select * from users where id = '{uid}'\")\n",
        "def find(db, uid):\n    q = \"select * from users where id = '%s'\" % uid\n    return db.run(q)\n",
        "def find(db, uid):\n    q = \"select * from users where id = '{}'\".format(uid)\n    return db.run(q)\n",
        "def find(db, uid):\n    q = ''.join([\"select * from users where id = '\", uid, \"'\"])\n    return db.run(q)\n",
        "def find(db, uid):\n    run = db.run\n    q = \"select * from users where id = '\" + str(uid)\n    return run(q)\n",
        "def find(db, uid):\n    if False:\n        return None\n    x = uid\n    return db.run(\"select * from users where id = '\" + x)\n",
        "def same(x):\n    return x\n\ndef find(db, uid):\n    return db.run(\"select * from users where id = '\" + same(uid))\n",
        "def seek(db, uid):\n    return db.run(\"select * from users where id = '\" + uid)\n",
        "def find(db, uid):\n    return None\n    return db.run(\"select * from users where id = '\" + uid)\n",
    ] {
        assert_eq!(sink("a.py", SQL, "db.run(q)", after), "same", "{after}");
    }
}

#[test]
fn data_that_is_made_safe_on_the_way_is_other_data_and_what_is_unknown_stays_open() {
    let before = "def ping(host):\n    os.system('ping ' + host)\n";
    for (after, wanted) in [
        ("def ping(host):\n    os.system('ping ' + shlex.quote(host))\n", "gone"),
        ("def ping(host):\n    os.system('ping ' + str(int(host)))\n", "gone"),
        ("def ping(host):\n    subprocess.run(['ping', host])\n", "gone"),
        ("def ping(host):\n    os.system('ping ' + wash(host))\n", "doubtful"),
        ("def ping(host):\n    os.system('ping ' + host.strip())\n", "same"),
        ("def quote(x):\n    return x\ndef ping(host):\n    os.system('ping ' + quote(host))\n", "same"),
        ("from os import system as s\ndef ping(host):\n    s('ping ' + host)\n", "same"),
        ("def ping(host):\n    getattr(os, 'sys' + 'tem')('ping ' + host)\n", "hidden"),
        ("def ping(host):\n    f = getattr(os, 'system')\n    f('ping ' + host)\n", "hidden"),
        ("def ping(host):\n    __import__('os').system('ping ' + host)\n", "same"),
        ("def ping(host):\n    eval('os.sys' + 'tem')(host)\n", "hidden"),
    ] {
        assert_eq!(sink("a.py", before, "os.system('ping ' + host)", after), wanted, "{after}");
    }
}

#[test]
fn only_a_function_that_was_seen_to_give_nothing_back_takes_the_data_away() {
    let before = "def ping(host):\n    os.system('ping ' + host)\n";
    let ends = |function: &str, given: &str| {
        let after = format!("{function}\ndef ping(host):\n    os.system('ping ' + {given})\n");
        (sink("a.py", before, "os.system('ping ' + host)", &after), after)
    };
    for (function, given, wanted) in [
        ("def none(x):\n    return 'none'\n", "none(host)", "gone"),
        ("def q(sep, text):\n    return sep\n", "q('', host)", "gone"),
        ("def q(sep, text):\n    return text\n", "q(text=host, sep='')", "same"),
        ("def q(sep, text):\n    return text\n", "q('', host)", "same"),
        ("def q(sep, text):\n    return text\n", "q(*['', host])", "doubtful"),
        ("def q(**all):\n    return all['text']\n", "q(text=host)", "doubtful"),
        ("def ident(*xs):\n    return xs[1]\n", "ident('', host)", "doubtful"),
        ("def ident(x):\n    yield x\n", "next(ident(host))", "doubtful"),
        ("def ident(x):\n    yield x\n    return ''\n", "next(ident(host))", "doubtful"),
        ("def ident(x):\n    global y\n    y = x\n", "ident(host)", "doubtful"),
        (
            "def ident(x):\n    def inner():\n        return x\n    return inner()\n",
            "ident(host)",
            "doubtful",
        ),
        ("def ident(x):\n    all = []\n    all.append(x)\n    return all[0]\n", "ident(host)", "doubtful"),
        ("def again(x):\n    return again(x)\n", "again(host)", "doubtful"),
        ("def none(x):\n    return 'none'\n", "other.none(host)", "doubtful"),
    ] {
        let (told, after) = ends(function, given);
        assert_eq!(told, wanted, "{after}");
    }
    let of = |body: &str| {
        format!(
            "class A:\n    def ident(self, x):\n        {body}\n\n    def ping(self, host):\n        os.system('ping ' + self.ident(host))\n"
        )
    };
    let method = "class A:\n    def ping(self, host):\n        os.system('ping ' + host)\n";
    for (body, wanted) in [("return x", "same"), ("return 'none'", "gone")] {
        assert_eq!(sink("a.py", method, "os.system('ping ' + host)", &of(body)), wanted, "{body}");
    }
    for (path, before, flagged, after, wanted) in [
        (
            "a.rb",
            "def ping(host)\n  system('ping ' + host)\nend\n",
            "system('ping ' + host)",
            "def ident(x)\n  return '' if x.nil?\n  x\nend\n\ndef ping(host)\n  system('ping ' + ident(host))\nend\n",
            "doubtful",
        ),
        (
            "a.cs",
            "class A { void P(string h) { Run(\"ping \" + h); } }\n",
            "Run(\"ping \" + h)",
            "class A { string I(string x) => x; void P(string h) { Run(\"ping \" + I(h)); } }\n",
            "doubtful",
        ),
        (
            "a.js",
            "function p(h) { run('ping ' + h); }\n",
            "run('ping ' + h)",
            "function i({ a, b }) { return b; }\nfunction p(h) { run('ping ' + i({ a: 1, b: h })); }\n",
            "doubtful",
        ),
        (
            "a.go",
            "package a\nfunc p(h string) { run(\"ping \" + h) }\n",
            "run(\"ping \" + h)",
            "package a\nfunc i(x string) (y string) {\n\tif x == \"\" {\n\t\treturn \"\"\n\t}\n\ty = x\n\treturn\n}\nfunc p(h string) { run(\"ping \" + i(h)) }\n",
            "doubtful",
        ),
    ] {
        assert_eq!(sink(path, before, flagged, after), wanted, "{after}");
    }
}

#[test]
fn what_is_fixed_about_a_call_belongs_to_the_sink() {
    let before = "def get(url):\n    return requests.get(url, verify=False)\n";
    for (after, wanted) in [
        ("def get(url):\n    return requests.get(url)\n", "gone"),
        ("def get(url):\n    return requests.get(url, verify=True)\n", "gone"),
        ("def get(url):\n    return requests.get(url, verify=False, timeout=5)\n", "same"),
        ("def get(url):\n    off = False\n    return requests.get(url, verify=off)\n", "same"),
        ("def get(url):\n    return requests.get(url, verify=not True)\n", "same"),
        ("def get(url):\n    return requests.get(url, verify=0)\n", "same"),
        ("def get(url):\n    return requests.get(url, **{'verify': False})\n", "same"),
    ] {
        assert_eq!(sink("a.py", before, "requests.get(url, verify=False)", after), wanted, "{after}");
    }
    let agent = "const agent = new https.Agent({ rejectUnauthorized: false });\n";
    for (after, wanted) in [
        ("const agent = new https.Agent({ rejectUnauthorized: true });\n", "gone"),
        ("const agent = new https.Agent({ rejectUnauthorized: 0 });\n", "same"),
        ("const agent = new https.Agent({ rejectUnauthorized: !true });\n", "same"),
        ("const agent = new https.Agent({ rejectUnauthorized: no });\n", "same"),
    ] {
        let flagged = "https.Agent({ rejectUnauthorized: false })";
        assert_eq!(sink("a.js", agent, flagged, after), wanted, "{after}");
    }
    let load = "def load(f):\n    return yaml.load(f)\n";
    let safe = "def load(f):\n    return yaml.load(f, Loader=yaml.SafeLoader)\n";
    assert_eq!(sink("a.py", load, "yaml.load(f)", safe), "gone");
}

#[test]
fn a_safe_option_beside_the_same_data_is_another_sink_and_an_object_is_known_again_however_it_is_written() {
    let call = "function f(u) {\n  return request({ url: 'https://' + u, rejectUnauthorized: false });\n}\n";
    let of = |body: &str| format!("function f(u) {{\n  {body}\n}}\n");
    for (body, wanted) in [
        ("return request({ url: 'https://' + u, rejectUnauthorized: true });", "gone"),
        ("return request({ url: 'https://' + u });", "gone"),
        ("return request({ rejectUnauthorized: false, 'url': `https://${u}` });", "same"),
        ("const o = { url: 'https://' + u, rejectUnauthorized: false };\n  return request(o);", "same"),
        ("const o = { url: 'https://' + u, rejectUnauthorized: true };\n  return request(o);", "gone"),
        ("return request({ url: 'https://' + u, rejectUnauthorized: !true });", "same"),
        ("return request({ url: 'https://' + u, rejectUnauthorized: off });", "same"),
        ("return request({ url: 'https://' + u, rejectUnauthorized: false, timeout: 5 });", "same"),
        ("return request({ ...base, url: 'https://' + u });", "same"),
        ("return request({ url: 'https://' + encodeURIComponent(u), rejectUnauthorized: false });", "gone"),
    ] {
        for flagged in [
            "request({ url: 'https://' + u, rejectUnauthorized: false })",
            "{ url: 'https://' + u, rejectUnauthorized: false }",
            "rejectUnauthorized: false",
        ] {
            let is_about_data = body.contains("encodeURIComponent");
            if is_about_data && flagged.starts_with("rej") {
                continue;
            }
            assert_eq!(sink("a.js", call, flagged, &of(body)), wanted, "{flagged} {body}");
        }
    }
    for (path, before, flagged, after, wanted) in [
        (
            "a.js",
            "function f(id) { db.query({ text: 'select ' + id }); }\n",
            "db.query({ text: 'select ' + id })",
            "function f(id) { db.query({ text: 'select $1', values: [id] }); }\n",
            "gone",
        ),
        (
            "a.js",
            "function f(h) { go({ host: h, tls: { rejectUnauthorized: false } }); }\n",
            "go({ host: h, tls: { rejectUnauthorized: false } })",
            "function f(h) { go({ host: h, tls: { rejectUnauthorized: true } }); }\n",
            "gone",
        ),
        (
            "a.js",
            "function f(h) { go({ host: h, tls: { rejectUnauthorized: false } }); }\n",
            "go({ host: h, tls: { rejectUnauthorized: false } })",
            "function f(x) { const tls = { rejectUnauthorized: false }; go({ tls: tls, host: x }); }\n",
            "same",
        ),
        (
            "a.py",
            "def f(u):\n    fetch({'url': u, 'verify': False})\n",
            "fetch({'url': u, 'verify': False})",
            "def f(u):\n    fetch({'url': u, 'verify': True})\n",
            "gone",
        ),
        (
            "a.py",
            "def f(u):\n    fetch({'url': u, 'verify': False})\n",
            "fetch({'url': u, 'verify': False})",
            "def f(it):\n    fetch({\"verify\": 0, \"url\": it})\n",
            "same",
        ),
        (
            "a.go",
            "package a\nfunc f(h string) { dial(Config{Host: h, InsecureSkipVerify: true}) }\n",
            "dial(Config{Host: h, InsecureSkipVerify: true})",
            "package a\nfunc f(h string) { dial(Config{Host: h, InsecureSkipVerify: false}) }\n",
            "gone",
        ),
        (
            "a.go",
            "package a\nfunc f(h string) { dial(Config{Host: h, InsecureSkipVerify: true}) }\n",
            "dial(Config{Host: h, InsecureSkipVerify: true})",
            "package a\nfunc f(x string) { dial(Config{InsecureSkipVerify: true, Host: x}) }\n",
            "same",
        ),
    ] {
        assert_eq!(sink(path, before, flagged, after), wanted, "{after}");
    }
}

#[test]
fn a_token_that_is_verified_is_read_by_the_same_call_and_is_no_evasion() {
    let before = "def who(request):\n    return jwt.decode(request.headers[\"t\"], KEY, verify=False)\n";
    for (call, wanted) in [
        ("jwt.decode(request.headers[\"t\"], KEY, verify=True)", "gone"),
        ("jwt.decode(str(request.headers[\"t\"]), KEY, verify=False)", "same"),
    ] {
        let after = format!("def who(request):\n    return {call}\n");
        let flagged = "jwt.decode(request.headers[\"t\"], KEY, verify=False)";
        assert_eq!(sink("a.py", before, flagged, &after), wanted, "{call}");
    }
}

#[test]
fn a_list_of_arguments_is_no_command_line_unless_a_shell_puts_it_together_again() {
    let before = "def ping(host):\n    subprocess.call(\"ping \" + host, shell=True)\n";
    for (body, wanted) in [
        ("subprocess.call([\"ping\", host])", "gone"),
        ("subprocess.call([\"ping\", host], shell=False)", "gone"),
        ("subprocess.call((\"ping\", host), check=True)", "gone"),
        ("subprocess.run([\"ping\", host], check=True)", "gone"),
        ("line = [\"ping\", host]\n    subprocess.call(line)", "gone"),
        ("subprocess.call([\"ping\", host], shell=True)", "same"),
        ("subprocess.call([\"sh\", \"-c\", \"ping \" + host])", "same"),
        ("subprocess.call([\"/bin/bash\", \"-lc\", f\"ping {host}\"])", "same"),
        ("subprocess.call((\"cmd\", \"/c\", \"ping \" + host), shell=False)", "same"),
        ("line = [\"sh\", \"-c\", \"ping \" + host]\n    subprocess.call(line)", "same"),
        ("subprocess.call([\"bash\", \"ping.sh\", host])", "gone"),
        ("subprocess.call([\"ping\", host], shell=1)", "same"),
        ("line = [\"ping\", host]\n    subprocess.call(line, shell=True)", "same"),
        ("subprocess.call([\"ping\", host], **{\"shell\": True})", "same"),
        ("subprocess.call([\"ping \" + host], shell=True)", "same"),
        ("subprocess.call(\"\".join([\"ping \", host]), shell=True)", "same"),
        ("line = [\"ping\", host]\n    subprocess.call(\" \".join(line), shell=True)", "same"),
        ("subprocess.call(f\"ping {host}\", shell=True)", "same"),
        ("subprocess.call((\"ping \" + host).strip(), shell=True)", "same"),
        ("it = host\n    subprocess.call(\"ping \" + it, shell=True)", "same"),
        ("call = subprocess.call\n    call(\"ping %s\" % host, shell=True)", "same"),
    ] {
        let after = format!("def ping(host):\n    {body}\n");
        let flagged = "subprocess.call(\"ping \" + host, shell=True)";
        assert_eq!(sink("a.py", before, flagged, &after), wanted, "{body}");
        assert_eq!(sink("a.py", before, &format!("{flagged}\n"), &after), wanted, "{body}");
        assert_eq!(sink("a.py", before, "\"ping \" + host", &after), wanted, "the text of {body}");
    }
    let shell = "def run(line):\n    subprocess.call(line, shell=True)\n\ndef ping(host):\n    run([\"ping\", host])\n";
    let none = "def run(line):\n    subprocess.call(line)\n\ndef ping(host):\n    run([\"ping\", host])\n";
    for flagged in ["subprocess.call(\"ping \" + host, shell=True)", "\"ping \" + host"] {
        assert_eq!(sink("a.py", before, flagged, shell), "same", "{flagged}");
        assert_eq!(sink("a.py", before, flagged, none), "gone", "{flagged}");
    }
    let java = "class A { void f(String h) { rt.exec(\"ping \" + h); } }\n";
    for (after, wanted) in [
        ("class A { void f(String h) { rt.exec(new String[] { \"ping\", h }); } }\n", "gone"),
        (
            "class A { void f(String h) { rt.exec(new String[] { \"sh\", \"-c\", \"ping \" + h }); } }\n",
            "same",
        ),
        ("class A { void f(String x) { String line = \"ping \" + x.trim(); rt.exec(line); } }\n", "same"),
    ] {
        assert_eq!(sink("A.java", java, "rt.exec(\"ping \" + h)", after), wanted, "{after}");
    }
    let page = "function show(name) {\n  el.innerHTML = '<b>' + name;\n}\n";
    for (body, wanted) in [("el.innerHTML = ['<b>', name];", "same"), ("el.textContent = name;", "gone")] {
        let after = format!("function show(name) {{\n  {body}\n}}\n");
        assert_eq!(sink("a.js", page, "el.innerHTML = '<b>' + name", &after), wanted, "{body}");
    }
    let node = "function show(name) { document.write('<b>' + name); }\n";
    let list = "function show(name) { document.write(['<b>', name]); }\n";
    assert_eq!(sink("a.js", node, "document.write('<b>' + name)", list), "same");
    let joined = "function run(x) { cp.exec(['ls ', x].join('')); }\n";
    let node = "function run(x) { cp.exec('ls ' + x); }\n";
    assert_eq!(sink("a.js", node, "cp.exec('ls ' + x)", joined), "same");
}

#[test]
fn a_literal_and_a_call_without_data_are_sinks_too() {
    let secret = "import os\nPASSWORD = \"hunter2\"\n";
    for (after, wanted) in [
        ("import os\nPASSWORD = os.environ[\"PASSWORD\"]\n", "gone"),
        ("import os\nP = \"hunter2\"\n", "same"),
        ("import os\nP = \"hun\" + \"ter2\"\n", "same"),
    ] {
        assert_eq!(sink("a.py", secret, "PASSWORD = \"hunter2\"\n", after), wanted, "{after}");
        assert_eq!(sink("a.py", secret, "\"hunter2\"", after), wanted, "{after}");
    }
    let hash = "import hashlib\ndef digest(b):\n    return hashlib.md5(b).hexdigest()\n";
    for (after, wanted) in [
        ("import hashlib\ndef digest(b):\n    return hashlib.sha256(b).hexdigest()\n", "gone"),
        ("from hashlib import md5\ndef digest(b):\n    return md5(b).hexdigest()\n", "same"),
        (
            "import hashlib\ndef digest(b):\n    return getattr(hashlib, 'm' + 'd5')(b).hexdigest()\n",
            "hidden",
        ),
    ] {
        assert_eq!(sink("a.py", hash, "hashlib.md5(b)", after), wanted, "{after}");
    }
    let import = "import pickle\nimport os\n";
    assert_eq!(sink("a.py", import, "import pickle\n", "import os\nimport pickle  # nosec\n"), "same");
    assert_eq!(sink("a.py", import, "import pickle\n", "import os\n"), "gone");
}

#[test]
fn a_twin_elsewhere_in_the_file_was_there_before() {
    let before = "def one(uid):\n    db.run(\"q \" + uid)\n\ndef other(uid):\n    db.run(\"q \" + uid)\n";
    let fixed = "def one(uid):\n    db.run(\"q ?\", uid)\n\ndef other(uid):\n    db.run(\"q \" + uid)\n";
    assert_eq!(sink("a.py", before, "db.run(\"q \" + uid)", fixed), "gone");
    assert_eq!(sink("a.py", before, "db.run(\"q \" + uid)\n\n", fixed), "gone");
}

#[test]
fn other_languages_are_held_beside_each_other_likewise() {
    for (path, before, flagged, same, gone) in [
        (
            "a.js",
            "function show(name) {\n  page.innerHTML = '<b>' + name;\n}\n",
            "page.innerHTML = '<b>' + name",
            "function show(n) {\n  const t = `<b>${n}`;\n  page.innerHTML = t;\n}\n",
            "function show(name) {\n  page.textContent = '<b>' + name;\n}\n",
        ),
        (
            "a.js",
            "const cp = require('child_process');\nfunction run(x) { cp.exec('ls ' + x); }\n",
            "cp.exec('ls ' + x)",
            "const { exec } = require('child_process');\nfunction run(y) { exec(`ls ${y}`); }\n",
            "const cp = require('child_process');\nfunction run(x) { cp.execFile('ls', [x]); }\n",
        ),
        (
            "A.java",
            "class A { void f(String id) { st.executeQuery(\"select \" + id); } }\n",
            "st.executeQuery(\"select \" + id)",
            "class A { void f(String x) { String q = \"select \".concat(x); st.executeQuery(q); } }\n",
            "class A { void f(String id) { st = c.prepareStatement(\"select ?\"); st.setString(1, id); st.executeQuery(); } }\n",
        ),
        (
            "a.c",
            "void f(char *s) { char b[8]; strcpy(b, s); }\n",
            "strcpy(b, s)",
            "void f(char *t) { char c[8]; strcpy(c, t); }\n",
            "void f(char *s) { char b[8]; strlcpy(b, s, sizeof b); }\n",
        ),
        (
            "a.go",
            "package a\nfunc f(id string) { db.Query(\"select \" + id) }\n",
            "db.Query(\"select \" + id)",
            "package a\nfunc f(x string) { q := fmt.Sprintf(\"select %s\", x); db.Query(q) }\n",
            "package a\nfunc f(id string) { db.Query(\"select ?\", id) }\n",
        ),
        (
            "a.php",
            "<?php function f($id) { mysqli_query($db, \"select \" . $id); }\n",
            "mysqli_query($db, \"select \" . $id)",
            "<?php function f($x) { $q = \"select $x\"; mysqli_query($db, $q); }\n",
            "<?php function f($id) { mysqli_query($db, \"select \" . intval($id)); }\n",
        ),
        (
            "a.rb",
            "def f(id)\n  db.execute(\"select #{id}\")\nend\n",
            "db.execute(\"select #{id}\")",
            "def f(x)\n  q = \"select \" + x\n  db.execute(q)\nend\n",
            "def f(id)\n  db.execute(\"select ?\", id)\nend\n",
        ),
        (
            "a.yaml",
            "debug: true\nport: 1\n",
            "debug: true\n",
            "port: 1\ndebug: true # fine\n",
            "debug: false\nport: 1\n",
        ),
    ] {
        assert_eq!(sink(path, before, flagged, same), "same", "{path}: {same}");
        assert_eq!(sink(path, before, flagged, gone), "gone", "{path}: {gone}");
    }
}

proptest! {
    #[test]
    fn any_two_texts_are_held_beside_each_other(
        before in "(def |f|\\(|\\)|x|y|=|, |\\.|\n|  |\"q \"|return |é|:|\\+|run){0,30}",
        after in "(def |f|\\(|\\)|x|y|=|, |\\.|\n|  |\"q \"|return |é|:|\\+|run){0,30}",
        start in 0_usize..60,
        length in 0_usize..30,
        exact: bool,
    ) {
        let start = before.floor_char_boundary(start.min(before.len()));
        let end = before.ceil_char_boundary((start + length).min(before.len()));
        Beside::new("a.py", &before, &after).sink(&(start..end), exact);
    }

    #[test]
    fn a_text_that_did_not_change_still_has_its_sink(name in "[a-z]{1,6}", call in "[a-z]{2,6}", text in "[a-z ]{3,12}") {
        prop_assume!(!["as", "if", "in", "is", "or", "def", "and", "not", "for", "del", "try", "from", "pass", "with", "else",
            "elif", "lambda", "return", "import", "global", "assert", "except", "raise", "while", "yield", "break", "class",
            "async", "await", "match", "case", "type", "print", "exec"].contains(&name.as_str()));
        let before = format!("def fetch({name}):\n    db.z{call}(\"{text} \" + {name})\n");
        let start = before.find("db.").unwrap();
        let beside = Beside::new("a.py", &before, &before);
        let sink = beside.sink(&(start..before.trim_end().len()), true);
        prop_assert!(matches!(sink, Sink::Same(_)), "{sink:?}");
    }
}
