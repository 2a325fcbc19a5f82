use super::manifest::{Change, plan};

/// A file as the plan for it changes it.
fn changed(name: &str, text: &str, package: &str, from: &str, to: &str) -> Option<String> {
    let write = plan(name)?.files.into_iter().find(|(file, ..)| *file == name)?.1;
    let mut parts = write(text, &Change { name: package, from, to }).unwrap_or_default();
    if parts.is_empty() {
        return None;
    }
    parts.sort_by_key(|(range, _)| range.start);
    let mut text = text.to_owned();
    for (range, new) in parts.into_iter().rev() {
        text.replace_range(range, &new);
    }
    Some(text)
}

#[test]
fn a_version_is_changed_where_it_stands_and_nowhere_else() {
    let pom = "<dependency><groupId>a.b</groupId><artifactId>c</artifactId><version>${c.version}</version></dependency>\n<properties><c.version>1.0</c.version></properties>";
    for (name, text, package, from, after) in [
        (
            "requirements.txt",
            "Flask==1.0\nJinja2[i18n]==2.10 ; x # ==2.10\n",
            "jinja2",
            "2.10",
            Some("Flask==1.0\nJinja2[i18n]==9.9 ; x # ==2.10\n"),
        ),
        ("requirements.txt", "jinja2-time==2.10\n", "jinja2", "2.10", None),
        ("requirements.txt", "jinja2>=2.10\n", "jinja2", "2.10", Some("jinja2>=9.9\n")),
        (
            "requirements.txt",
            "jinja2 >= 2.10, < 10 ; x\n",
            "jinja2",
            "2.10",
            Some("jinja2 >= 9.9, < 10 ; x\n"),
        ),
        ("requirements.txt", "Jinja2[i18n]\n", "jinja2", "2.10", Some("Jinja2[i18n]>=9.9\n")),
        ("requirements.txt", "jinja2>=2.10,<3\n", "jinja2", "2.10", None),
        ("requirements.txt", "# jinja2==2.10\n-r jinja2.txt\n", "jinja2", "2.10", None),
        ("requirements.txt", "jinja2==2.10 \\\n  --hash=sha256:1\n", "jinja2", "2.10", None),
        (
            "package.json",
            "{\n \"version\": \"1.0.0\",\n \"a\": \"^1.0.0\",\n \"b\": \"1.0.0\"\n}",
            "a",
            "1.0.0",
            Some("{\n \"version\": \"1.0.0\",\n \"a\": \"^9.9\",\n \"b\": \"1.0.0\"\n}"),
        ),
        ("package.json", "{\n \"a\": \">=1 <2\"\n}", "a", "1.0.0", None),
        (
            "pom.xml",
            "<dependency>\n<groupId>a.b</groupId>\n<artifactId>c</artifactId>\n<version>1.0</version>\n</dependency>",
            "a.b:c",
            "1.0",
            Some(
                "<dependency>\n<groupId>a.b</groupId>\n<artifactId>c</artifactId>\n<version>9.9</version>\n</dependency>",
            ),
        ),
        ("pom.xml", pom, "a.b:c", "1.0", Some(&*pom.replace(">1.0<", ">9.9<"))),
        ("pom.xml", pom, "a.b:d", "1.0", None),
        (
            "go.mod",
            "module m\n\nrequire (\n\tx.y/z v1.0.0 // indirect\n)\n",
            "x.y/z",
            "1.0.0",
            Some("module m\n\nrequire (\n\tx.y/z v9.9 // indirect\n)\n"),
        ),
        ("go.mod", "require x.y/z/v2 v1.0.0\n", "x.y/z", "1.0.0", None),
        (
            "Cargo.toml",
            "[package]\nversion = \"1.0\"\n[dependencies]\ntime = { version = \"0.1.4\", features = [\"a\"] }\n",
            "time",
            "0.1.40",
            Some(
                "[package]\nversion = \"1.0\"\n[dependencies]\ntime = { version = \"9.9\", features = [\"a\"] }\n",
            ),
        ),
        (
            "Cargo.toml",
            "[dependencies.time]\nversion = \"=0.1.4\"\n",
            "time",
            "0.1.40",
            Some("[dependencies.time]\nversion = \"=9.9\"\n"),
        ),
        ("Cargo.toml", "[dependencies]\ntime = { path = \"../time\" }\n", "time", "0.1.40", None),
    ] {
        assert_eq!(changed(name, text, package, from, "9.9").as_deref(), after, "{name}: {text}");
    }
}

#[test]
fn a_lock_file_of_npm_goes_along_without_what_belongs_to_the_old_version() {
    let lock = r#"{
  "packages": {
    "": {
      "dependencies": {
        "a": "1.0.0"
      }
    },
    "node_modules/a": {
      "version": "1.0.0",
      "resolved": "https://registry/a-1.0.0.tgz",
      "integrity": "sha512-x",
      "license": "MIT"
    },
    "node_modules/b": {
      "version": "1.0.0",
      "integrity": "sha512-y",
      "dependencies": {
        "a": "~1.0.0"
      }
    }
  }
}
"#;
    let after = changed("package-lock.json", lock, "a", "1.0.0", "1.0.9").unwrap();
    assert_eq!(
        after,
        lock.replace("        \"a\": \"1.0.0\"\n", "        \"a\": \"1.0.9\"\n")
            .replace("a\": {\n      \"version\": \"1.0.0\"", "a\": {\n      \"version\": \"1.0.9\"")
            .replace(
                "      \"resolved\": \"https://registry/a-1.0.0.tgz\",\n      \"integrity\": \"sha512-x\",\n",
                ""
            )
    );
    assert_eq!(changed("package-lock.json", lock, "c", "1.0.0", "1.0.9"), None);
}

#[test]
fn what_cannot_be_changed_is_left_with_why() {
    for (name, text, package, why) in [
        ("requirements.txt", "jinja2==2.10 \\\n  --hash=sha256:1\n", "jinja2", "pins it by hashes"),
        ("requirements.txt", "jinja2>=2.10,<3\n", "jinja2", "leaves 9.9 out"),
        ("package.json", "{\n \"a\": \">=1 <2\"\n}", "a", "leaves 9.9 out"),
        ("package.json", "{\n \"a\": \"github:a/b\"\n}", "a", "another's"),
        (
            "pom.xml",
            "<dependency><groupId>a.b</groupId><artifactId>c</artifactId><version>[1.0,2.0)</version></dependency>",
            "a.b:c",
            "a range",
        ),
    ] {
        let write = plan(name).unwrap().files.into_iter().find(|(file, ..)| *file == name).unwrap().1;
        let refused = write(text, &Change { name: package, from: "2.10", to: "9.9" }).unwrap_err();
        assert!(refused.contains(why), "{name}: {refused}");
    }
}
