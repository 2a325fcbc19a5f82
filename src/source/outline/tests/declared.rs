//! Languages with declared types, Ruby and PHP.

use super::*;

#[test]
fn java() {
    let text = r#"package shop;
import java.sql.*;

@Service
public class Users extends Base {
    private static final String KEY = "x";

    @Override
    @GetMapping("/u")
    public List<User> find(String name) throws SQLException {
        String q = "select " + name;
        try (Statement s = c.createStatement()) {
            s.execute(q);
        } catch (SQLException e) {
            throw e;
        } finally { close(); }
        if (a) b(); else c();
        switch (a) {
            case 1:
                run(a);
                break;
            default: stop();
        }
        Runnable r = () -> { exec(name); };
        return items.stream().map(i -> i.id).toList();
    }

    Users() { this(1); }
}
"#;
    check(
        Language::Java,
        text,
        &[
            ("KEY", "Users", "private static final String KEY = \"x\";"),
            (
                "@GetMapping$",
                "Users.find",
                "@Override\n    @GetMapping(\"/u\")\n    public List<User> find(String name) throws SQLException",
            ),
            ("\"select \"", "Users.find", "String q = \"select \" + name;"),
            ("try (", "Users.find", "try (Statement s = c.createStatement())"),
            ("s.execute", "Users.find", "s.execute(q);"),
            ("} catch$", "Users.find", "catch (SQLException e)"),
            ("close()", "Users.find", "close();"),
            ("b();", "Users.find", "b();"),
            ("c();", "Users.find", "c();"),
            ("run(a)", "Users.find", "run(a);"),
            ("exec(name)", "Users.find.r", "exec(name);"),
            ("i.id", "Users.find", "return items.stream().map(i -> i.id).toList();"),
            ("this(1)", "Users.Users", "this(1);"),
        ],
    );
    let outline = Outline::of(Language::Java, text);
    let find = outline.scope_at(text.find("s.execute").map(|at| at..at).unwrap()).unwrap();
    assert_eq!(find.signature, "public List<User> find(String name) throws SQLException");
}

#[test]
fn go() {
    let text = r#"package main

import (
	"os"
)

const (
	key = "a"
	pass = "b"
)

type Users struct {
	db *sql.DB
}

func (u *Users) Find(w http.ResponseWriter, name string) error {
	q := fmt.Sprintf("select %s", name)
	if rows, err := u.db.Query(q); err != nil {
		return err
	} else if rows == nil {
		panic(q)
	}
	for _, x := range xs {
		exec.Command(x)
	}
	switch name {
	case "a":
		run(name)
	}
	defer func() { recover() }()
	http.HandleFunc("/x", func(w http.ResponseWriter, r *http.Request) {
		w.Write(r.Body)
	})
	go run(q)
	return nil
}
"#;
    check(
        Language::Go,
        text,
        &[
            ("pass = \"b\"", "", "pass = \"b\""),
            ("db *sql", "Users", "db *sql.DB"),
            ("func (u$", "Users.Find", "func (u *Users) Find(w http.ResponseWriter, name string) error"),
            ("Sprintf", "Users.Find", "q := fmt.Sprintf(\"select %s\", name)"),
            ("u.db.Query(q)", "Users.Find", "if rows, err := u.db.Query(q); err != nil"),
            ("return err", "Users.Find", "return err"),
            ("else if rows$", "Users.Find", "else if rows == nil"),
            ("panic(q)", "Users.Find", "panic(q)"),
            ("range xs", "Users.Find", "for _, x := range xs"),
            ("exec.Command", "Users.Find", "exec.Command(x)"),
            ("run(name)", "Users.Find", "run(name)"),
            ("w.Write", "Users.Find.<http.HandleFunc '/x'>", "w.Write(r.Body)"),
            (
                "HandleFunc$",
                "Users.Find",
                "http.HandleFunc(\"/x\", func(w http.ResponseWriter, r *http.Request)",
            ),
            ("go run", "Users.Find", "go run(q)"),
        ],
    );
    let outline = Outline::of(Language::Go, text);
    let names = outline.statement_names(outline.statement_at(text.find("q :=").map(|at| at..at).unwrap()));
    assert_eq!((names.defined.join(" "), names.used.join(" ")), ("q".into(), "fmt name".into()));
}

#[test]
fn c_and_cpp() {
    let text = r#"#include <stdio.h>
#define MAX 3

struct user { char name[8]; };

static char *copy(const char *src, int n)
{
    char buf[8];
    int i, len = n;
#ifdef SAFE
    strncpy(buf, src, n);
#else
    strcpy(buf, src);
#endif
    if (n > 3)
        gets(buf);
    else
        printf(src);
    for (i = 0; i < n; i++) {
        buf[i] = src[i];
    }
    switch (n) { case 1: system(src); break; }
    return buf;
}
"#;
    check(
        Language::C,
        text,
        &[
            ("#include", "", "#include <stdio.h>"),
            ("char name", "user", "char name[8];"),
            ("static char$", "copy", "static char *copy(const char *src, int n)"),
            ("char buf", "copy", "char buf[8];"),
            ("strncpy", "copy", "strncpy(buf, src, n);"),
            ("strcpy", "copy", "strcpy(buf, src);"),
            ("if (n > 3)$", "copy", "if (n > 3)"),
            ("gets(buf)", "copy", "gets(buf);"),
            ("printf", "copy", "printf(src);"),
            ("for (i$", "copy", "for (i = 0; i < n; i++)"),
            ("src[i]", "copy", "buf[i] = src[i];"),
            ("system(src)", "copy", "system(src);"),
        ],
    );
    let outline = Outline::of(Language::C, text);
    let names = |needle: &str| {
        let names =
            outline.statement_names(outline.statement_at(text.find(needle).map(|at| at..at).unwrap()));
        (names.defined.join(" "), names.used.join(" "))
    };
    assert_eq!(names("int i,"), ("i len".into(), "n".into()));
    assert_eq!(names("buf[i] ="), ("buf".into(), "i src".into()));
    let text = r#"namespace shop {
template <typename T>
class Users : public Base {
public:
    Users(int n) : n_(n) { init(n); }
    virtual T find(const std::string& q) const { return run(q); }
};
}
std::string shop::Users<int>::load(int n) {
    auto f = [&](int x) { return system(x); };
    try { go(); } catch (const std::exception& e) { log(e); }
    for (auto& x : xs) { use(x); }
    return f(n);
}
"#;
    check(
        Language::Cpp,
        text,
        &[
            ("init(n)", "Users.Users", "init(n);"),
            ("run(q)", "Users.find", "return run(q);"),
            ("system(x)", "shop.Users<int>.load.f", "return system(x);"),
            ("catch (", "shop.Users<int>.load", "catch (const std::exception& e)"),
            ("use(x)", "shop.Users<int>.load", "use(x);"),
        ],
    );
}

#[test]
fn csharp() {
    let text = r#"using System;
namespace Shop {
    [ApiController]
    public class Users : Base {
        private string key = "x";
        public string Name { get { return Run(); } set; }
        [HttpGet("u")]
        public async Task<int> Find(string name) {
            var q = "select " + name;
            using (var c = Open(q)) { c.Go(); }
            foreach (var x in xs) Run(x);
            if (a) { B(); } else if (c) { D(); }
            Func<int, int> f = x => { return Exec(x); };
            return await db.Query(q);
        }
        Users() : base(1) { Init(); }
    }
}
"#;
    check(
        Language::CSharp,
        text,
        &[
            ("key =", "Users", "private string key = \"x\";"),
            ("return Run()", "Users.Name", "return Run();"),
            ("[HttpGet", "Users.Find", "[HttpGet(\"u\")]\n        public async Task<int> Find(string name)"),
            ("\"select \"", "Users.Find", "var q = \"select \" + name;"),
            ("Open(q)", "Users.Find", "using (var c = Open(q))"),
            ("c.Go()", "Users.Find", "c.Go();"),
            ("Run(x)", "Users.Find", "Run(x);"),
            ("else if (c)", "Users.Find", "else if (c)"),
            ("D()", "Users.Find", "D();"),
            ("Exec(x)", "Users.Find.f", "return Exec(x);"),
            ("Init()", "Users.Users", "Init();"),
        ],
    );
    let outline = Outline::of(Language::CSharp, text);
    let find = outline.scope_at(text.find("c.Go").map(|at| at..at).unwrap()).unwrap();
    assert_eq!(find.signature, "public async Task<int> Find(string name)");
}

#[test]
fn ruby() {
    let text = r#"require 'json'

module Shop
  class Users < Base
    KEY = 'x'

    def self.find(name)
      q = "select #{name}"
      if name
        system(name)
      elsif q
        eval(q)
      else
        exec q
      end
      begin
        run(q)
      rescue Foo => e
        log(e)
      ensure
        close
      end
      rows.each do |row|
        puts row
      end
      sql = <<~SQL
        select * from #{name}
      SQL
      return q unless name
    end
  end
end

get '/users' do
  redirect params[:url]
end
"#;
    check(
        Language::Ruby,
        text,
        &[
            ("KEY", "Shop.Users", "KEY = 'x'"),
            ("def self.find$", "Shop.Users.find", "def self.find(name)"),
            ("select #{name}\"", "Shop.Users.find", "q = \"select #{name}\""),
            ("system(name)", "Shop.Users.find", "system(name)"),
            ("elsif q$", "Shop.Users.find", "elsif q"),
            ("exec q", "Shop.Users.find", "exec q"),
            ("run(q)", "Shop.Users.find", "run(q)"),
            ("rescue Foo", "Shop.Users.find", "rescue Foo => e"),
            ("log(e)", "Shop.Users.find", "log(e)"),
            ("rows.each$", "Shop.Users.find", "rows.each do |row|"),
            ("puts row", "Shop.Users.find", "puts row"),
            ("select * from", "Shop.Users.find", "sql = <<~SQL\n        select * from #{name}\n      SQL"),
            ("return q", "Shop.Users.find", "return q unless name"),
            ("redirect", "<get '/users'>", "redirect params[:url]"),
        ],
    );
}

#[test]
fn php() {
    let text = r#"<html><?php
namespace Shop;
use Foo\Bar;

class Users extends Base {
    private $key = 'x';

    public function find($name) {
        $q = "select " . $name;
        if ($name) {
            mysqli_query($this->db, $q);
        } elseif ($q) { system($q); }
        else { eval($q); }
        foreach ($rows as $row) { echo $row; }
        $f = function ($x) { return exec($x); };
        return $q;
    }
}

echo $_GET['x'];
Route::get('/u', function () { return view(); });
?>
<p>don't</p>
"#;
    check(
        Language::Php,
        text,
        &[
            ("$key", "Users", "private $key = 'x';"),
            ("public function$", "Users.find", "public function find($name)"),
            ("\"select \"", "Users.find", "$q = \"select \" . $name;"),
            ("mysqli_query", "Users.find", "mysqli_query($this->db, $q);"),
            ("elseif ($q)", "Users.find", "elseif ($q)"),
            ("system($q)", "Users.find", "system($q);"),
            ("echo $row", "Users.find", "echo $row;"),
            ("exec($x)", "Users.find.$f", "return exec($x);"),
            ("$_GET", "", "echo $_GET['x'];"),
            ("view()", "<Route::get '/u'>", "return view();"),
        ],
    );
    let outline = Outline::of(Language::Php, text);
    let names = outline.statement_names(outline.statement_at(text.find("$q = ").map(|at| at..at).unwrap()));
    assert_eq!((names.defined.join(" "), names.used.join(" ")), ("$q".into(), "$name".into()));
}
