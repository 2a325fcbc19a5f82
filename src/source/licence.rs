//! Owns under which licence a file's code stands, where that is said: by the tag in its own head, by the manifest of the
//! package it belongs to, or by the licence's text beside that.
//!
//! Never guesses: a text that is not one of the well-known ones, an expression that is none, and a folder whose licence
//! cannot be told are unknown, and the folders above are not asked then.

use std::collections::HashMap;

use super::{Tree, decode};

/// Lines at the head of a file in which its tag is looked for.
const HEAD: usize = 40;
/// An expression longer than this is none.
const LONGEST: usize = 200;
/// A licence's text or a manifest larger than this is not read.
const LARGEST: u64 = 1 << 20;

const TAG: &str = "SPDX-License-Identifier:";

/// Files that hold a licence's text. That of the lesser licence stands beside the one that it adds to.
const TEXTS: [&str; 11] = [
    "COPYING.LESSER",
    "LICENSE",
    "LICENSE.txt",
    "LICENSE.md",
    "LICENCE",
    "LICENCE.txt",
    "LICENCE.md",
    "COPYING",
    "COPYING.txt",
    "COPYING.md",
    "UNLICENSE",
];

/// Licences by a heading among the first lines of their text, with words that are in it as well.
const HEADINGS: [(&str, &str, &str); 19] = [
    ("Apache License", "Version 2.0, January 2004", "Apache-2.0"),
    ("GNU AFFERO GENERAL PUBLIC LICENSE", "Version 3, 19 November 2007", "AGPL-3.0"),
    ("GNU LESSER GENERAL PUBLIC LICENSE", "Version 3, 29 June 2007", "LGPL-3.0"),
    ("GNU LESSER GENERAL PUBLIC LICENSE", "Version 2.1, February 1999", "LGPL-2.1"),
    ("GNU GENERAL PUBLIC LICENSE", "Version 3, 29 June 2007", "GPL-3.0"),
    ("GNU GENERAL PUBLIC LICENSE", "Version 2, June 1991", "GPL-2.0"),
    ("Mozilla Public License Version 2.0", "", "MPL-2.0"),
    ("Mozilla Public License, version 2.0", "", "MPL-2.0"),
    ("Eclipse Public License - v 2.0", "", "EPL-2.0"),
    ("Boost Software License - Version 1.0", "", "BSL-1.0"),
    ("This is free and unencumbered software released into the public domain", "", "Unlicense"),
    ("CC0 1.0 Universal", "", "CC0-1.0"),
    ("EUROPEAN UNION PUBLIC LICENCE v. 1.2", "", "EUPL-1.2"),
    ("MIT License", "Permission is hereby granted, free of charge", "MIT"),
    ("The MIT License", "Permission is hereby granted, free of charge", "MIT"),
    ("ISC License", "Permission to use, copy, modify, and", "ISC"),
    ("BSD 2-Clause License", "Redistribution and use in source and binary forms", "BSD-2-Clause"),
    ("BSD 3-Clause License", "Neither the name of", "BSD-3-Clause"),
    ("Zlib License", "This software is provided", "Zlib"),
];

/// Words that take back something of a licence that they are added to, or change it into another one.
const CHANGES: [&str; 3] = ["Good, not Evil", "Commons Clause", "limitations in the disclaimer"];

/// Licences that a manifest's words are taken for, beside those above.
const KNOWN: [&str; 24] = [
    "0BSD",
    "AFL-3.0",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Artistic-2.0",
    "BlueOak-1.0.0",
    "BSD-3-Clause-Clear",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "EPL-1.0",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT-0",
    "MPL-1.1",
    "PostgreSQL",
    "Python-2.0",
    "Unicode-3.0",
    "WTFPL",
];

/// The licence that a file says in its own head to stand under.
#[must_use]
pub fn licence_in_head(text: &str) -> Option<String> {
    let mut tags = text.lines().take(HEAD).filter_map(|line| line.split_once(TAG)).map(|(_, after)| after);
    // Several tags are several licences, of which nobody says how they go together.
    let (tag, None) = (tags.next()?, tags.next()) else { return None };
    let ends = ["*/", "-->", "#}", "--}}", "*)", "\"\"\"", "'''"];
    let cut = ends.iter().filter_map(|end| tag.find(end)).min().unwrap_or(tag.len());
    expression(tag.get(..cut)?)
}

/// The licence whose text this is.
#[must_use]
pub fn licence_of_text(text: &str) -> Option<&'static str> {
    // In whatever lines it is set.
    let words =
        |lines: usize| text.lines().take(lines).flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    let (head, whole) = (words(12), words(400));
    if CHANGES.iter().any(|it| whole.contains(it)) {
        return None;
    }
    let is = |(heading, also, _): &&(&str, &str, &str)| head.contains(heading) && whole.contains(also);
    let mut found = HEADINGS.iter().filter(is).map(|(.., id)| *id);
    // Most of those who use it leave its heading out.
    let mit = || {
        let begins =
            "Permission is hereby granted, free of charge, to any person obtaining a copy of this software";
        (head.contains(begins) && whole.contains("THE SOFTWARE IS PROVIDED \"AS IS\"")).then_some("MIT")
    };
    let bsd = || {
        let begins =
            head.contains("Redistribution and use in source and binary forms, with or without modification");
        let third = whole.contains("Neither the name of") || whole.contains("The name of the author may not");
        let advertises = whole.contains("All advertising materials");
        (begins && !advertises).then_some(if third { "BSD-3-Clause" } else { "BSD-2-Clause" })
    };
    let first = found.next().or_else(mit).or_else(bsd)?;
    // A file with several of them is none of them.
    found.all(|other| other == first).then_some(first)
}

/// An SPDX expression, written with single blanks; `None` where it is none.
fn expression(words: &str) -> Option<String> {
    let spaced = words.replace('(', " ( ").replace(')', " ) ");
    let (mut depth, mut wants_name, mut written) = (0_u32, true, String::new());
    for word in spaced.split_whitespace() {
        let is_operator = matches!(word, "AND" | "OR" | "WITH");
        match word {
            "(" if wants_name => depth += 1,
            ")" if !wants_name => depth = depth.checked_sub(1)?,
            _ if is_operator && !wants_name => wants_name = true,
            _ if !is_operator && wants_name && is_name(word) => wants_name = false,
            _ => return None,
        }
        if !written.is_empty() && !written.ends_with('(') && word != ")" {
            written.push(' ');
        }
        written.push_str(word);
    }
    (depth == 0 && !wants_name && written.len() <= LONGEST).then_some(written)
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | ':'))
}

/// An expression all of whose licences are known: a manifest may say anything.
fn known(words: &str) -> Option<String> {
    let told = expression(words)?;
    let mut is_exception = false;
    let all = told.replace(['(', ')'], " ").split_whitespace().all(|word| {
        let bare = word.trim_end_matches('+');
        let is_known = is_exception
            || matches!(word, "AND" | "OR" | "WITH")
            || KNOWN.contains(&bare)
            || HEADINGS.iter().any(|(.., id)| *id == bare);
        is_exception = word == "WITH";
        is_known
    });
    all.then_some(told)
}

/// The licence that a manifest names; `None` inside where it names one that cannot be told.
fn in_manifest(file: &str, text: &str) -> Option<Option<String>> {
    let told: Option<String> = match file {
        "package.json" | "composer.json" => {
            let value: serde_json::Value = serde_json::from_str(text).ok()?;
            match value.get("license")? {
                serde_json::Value::String(words) => Some(words.clone()),
                // Composer lists those of which one may be chosen.
                serde_json::Value::Array(several) => {
                    let names: Option<Vec<&str>> = several.iter().map(serde_json::Value::as_str).collect();
                    Some(names?.join(" OR "))
                }
                _ => None,
            }
        }
        "Cargo.toml" | "pyproject.toml" => {
            let table: toml::Table = text.parse().ok()?;
            let poetry = || table.get("tool")?.get("poetry");
            let project = table.get("project").or_else(|| table.get("package")).or_else(poetry)?;
            let licence = project.get("license")?;
            let words = licence.as_str().or_else(|| licence.get("text")?.as_str())?;
            // As older manifests of Cargo write a choice.
            Some(words.replace('/', " OR "))
        }
        _ => None,
    };
    told.map(|words| known(&words))
}

/// Finds the licences of a tree's packages, each folder once.
#[derive(Debug)]
pub struct Licences<'t> {
    tree: &'t Tree,
    /// Of each folder: what it says. Inside, `None` is that it says something that cannot be told.
    by_folder: HashMap<String, Option<Option<String>>>,
}

impl<'t> Licences<'t> {
    /// For a tree.
    #[must_use]
    pub fn of(tree: &'t Tree) -> Self {
        Self { tree, by_folder: HashMap::new() }
    }

    /// The licence of the package that a file of the tree belongs to: what the nearest folder says that says anything.
    pub fn of_file(&mut self, path: &str) -> Option<String> {
        let mut folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        loop {
            if !self.by_folder.contains_key(folder) {
                let said = self.in_folder(folder);
                self.by_folder.insert(folder.to_owned(), said);
            }
            if let Some(Some(said)) = self.by_folder.get(folder) {
                return said.clone();
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }

    fn in_folder(&self, folder: &str) -> Option<Option<String>> {
        let read = |name: &str| {
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            if !self.tree.has_file(&path) {
                return None;
            }
            let bytes = self.tree.read_path(&path, LARGEST).unwrap_or_default();
            Some(decode(&bytes).map(|decoded| decoded.text).unwrap_or_default())
        };
        let manifests = ["package.json", "pyproject.toml", "Cargo.toml", "composer.json"];
        let named = manifests.iter().find_map(|name| in_manifest(name, &read(name)?));
        if matches!(named, Some(Some(_))) {
            return named;
        }
        let of = |text: String| licence_in_head(&text).or_else(|| licence_of_text(&text).map(str::to_owned));
        let texts = TEXTS.iter().filter_map(|name| Some((*name, of(read(name)?))));
        let mut texts: Vec<(&str, Option<String>)> = texts.collect();
        if texts.first().is_some_and(|(name, _)| *name == "COPYING.LESSER") {
            texts.retain(|(name, _)| !name.starts_with("COPYING") || *name == "COPYING.LESSER");
        }
        let Some((_, first)) = texts.first() else { return named };
        // Nobody says how several go together.
        let is_one = texts.iter().all(|(_, told)| told == first);
        Some(first.clone().filter(|_| is_one))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tag_in_the_head_is_read_whatever_comment_it_stands_in_and_nothing_else_is() {
        for (text, told) in [
            ("// SPDX-License-Identifier: MIT\nfn main() {}\n", Some("MIT")),
            (
                "#!/bin/sh\n# SPDX-License-Identifier: GPL-2.0-only WITH Classpath-exception-2.0\n",
                Some("GPL-2.0-only WITH Classpath-exception-2.0"),
            ),
            ("/* SPDX-License-Identifier: (MIT OR Apache-2.0) */ int a;\n", Some("(MIT OR Apache-2.0)")),
            ("<!-- SPDX-License-Identifier:  ISC  -->\n", Some("ISC")),
            ("# SPDX-License-Identifier: LicenseRef-Acme-1\n", Some("LicenseRef-Acme-1")),
            ("# SPDX-License-Identifier: see the file\n", None),
            ("# SPDX-License-Identifier: MIT OR\n", None),
            ("# SPDX-License-Identifier: (MIT\n", None),
            ("# SPDX-License-Identifier: MIT\n# SPDX-License-Identifier: ISC\n", None),
            ("# SPDX-License-Identifier:\n", None),
            ("print('MIT')\n", None),
        ] {
            assert_eq!(licence_in_head(text).as_deref(), told, "{text}");
        }
        let deep = format!("{}# SPDX-License-Identifier: MIT\n", "a = 1\n".repeat(HEAD));
        assert_eq!(licence_in_head(&deep), None, "a quotation deep in a file is not its head");
    }

    const MIT: &str = "Copyright (c) 2020 Acme\n\nPermission is hereby granted, free of charge, to any person obtaining a\n\
        copy of this software and associated documentation files\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT\n";
    const BSD: &str = "Copyright (c) 2020, Acme\n\nRedistribution and use in source and binary forms, with or without\n\
        modification, are permitted\n";
    const GPL: &str =
        "                    GNU GENERAL PUBLIC LICENSE\n                       Version 3, 29 June 2007\n";

    #[test]
    fn a_well_known_text_is_told_by_its_first_lines_and_any_other_is_unknown() {
        let bsd3 = format!("{BSD}\n3. Neither the name of the copyright holder nor\n");
        let bsd4 = format!("{BSD}\nAll advertising materials mentioning features\nNeither the name of\n");
        let both = format!("MIT License\n\n{MIT}\nApache License\nVersion 2.0, January 2004\n");
        for (text, told) in [
            (MIT, Some("MIT")),
            (
                "MIT License\n\nCopyright\n\nPermission is hereby granted, free of charge, to any\n",
                Some("MIT"),
            ),
            (GPL, Some("GPL-3.0")),
            ("GNU LESSER GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007\n", Some("LGPL-3.0")),
            (
                "Apache License\nVersion 2.0, January 2004\nhttp://www.apache.org/licenses/\n",
                Some("Apache-2.0"),
            ),
            (BSD, Some("BSD-2-Clause")),
            (&bsd3, Some("BSD-3-Clause")),
            (&bsd4, None),
            (&format!("{MIT}\nThe Software shall be used for Good, not Evil.\n"), None),
            (&format!("\"Commons Clause\" License Condition v1.0\n\nMIT License\n\n{MIT}"), None),
            (&format!("{bsd3}\n(subject to the limitations in the disclaimer below)\n"), None),
            (&both, None),
            ("MIT License\n\nAll rights reserved.\n", None),
            ("Acme Commercial License\n", None),
            ("", None),
        ] {
            assert_eq!(licence_of_text(text), told, "{text}");
        }
    }

    #[test]
    fn a_file_stands_under_what_the_nearest_package_says() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for (path, text) in [
            ("LICENSE", MIT),
            ("a.py", ""),
            ("web/package.json", "{\"name\": \"web\", \"license\": \"Apache-2.0\"}"),
            ("web/src/deep/b.js", ""),
            ("crate/Cargo.toml", "[package]\nname = \"c\"\nlicense = \"MIT/Apache-2.0\"\n"),
            ("crate/COPYING", GPL),
            ("crate/src/lib.rs", ""),
            ("vendor/LICENSE", "Acme Commercial License\n"),
            ("vendor/c.c", ""),
            ("own/package.json", "{\"license\": \"UNLICENSED\"}"),
            ("own/d.js", ""),
            ("php/composer.json", "{\"license\": [\"MIT\", \"GPL-3.0-or-later\"]}"),
            ("php/e.php", ""),
            ("py/pyproject.toml", "[project]\nname = \"p\"\nlicense = {text = \"BSD-3-Clause\"}\n"),
            ("py/f.py", ""),
            ("lesser/COPYING", GPL),
            ("lesser/COPYING.LESSER", "GNU LESSER GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007\n"),
            ("lesser/g.c", ""),
            ("two/LICENSE", MIT),
            ("two/COPYING", GPL),
            ("two/h.c", ""),
            ("twice/LICENSE", MIT),
            ("twice/LICENSE.md", MIT),
            ("twice/i.c", ""),
        ] {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let tree = Tree::open(root).unwrap();
        let mut licences = Licences::of(&tree);
        for (path, told) in [
            ("a.py", Some("MIT")),
            ("web/src/deep/b.js", Some("Apache-2.0")),
            ("crate/src/lib.rs", Some("MIT OR Apache-2.0")),
            ("vendor/c.c", None),
            ("own/d.js", None),
            ("php/e.php", Some("MIT OR GPL-3.0-or-later")),
            ("py/f.py", Some("BSD-3-Clause")),
            ("lesser/g.c", Some("LGPL-3.0")),
            ("two/h.c", None),
            ("twice/i.c", Some("MIT")),
        ] {
            assert_eq!(licences.of_file(path).as_deref(), told, "{path}");
        }
    }

    proptest! {
        #[test]
        fn an_expression_is_read_as_it_is_written(words in "[ A-Za-z0-9.()+-]{0,60}", whole in "\\PC{0,200}") {
            if let Some(told) = expression(&words) {
                prop_assert_eq!(expression(&told), Some(told));
            }
            let _ = licence_in_head(&whole);
            let _ = licence_of_text(&whole);
        }
    }
}
