use std::fs;
use std::os::unix::fs::symlink;

use super::*;

/// A tree `shop` in a folder that also holds a secret beside it.
fn tree() -> (tempfile::TempDir, Tree) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("shop");
    for (path, text) in [
        ("setup.py", "setup"),
        ("src/db.py", "db"),
        ("src/api/users.py", "users"),
        ("lib/api/users.py", "other users"),
        ("web/app/main.js", "main"),
        ("tests/conftest.py", "1"),
        ("src/conftest.py", "2"),
        ("node_modules/x/index.js", "x"),
        (".git/config", "c"),
    ] {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), text).unwrap();
    }
    fs::write(folder.path().join("secret"), "s").unwrap();
    let tree = Tree::open(&root).unwrap();
    (folder, tree)
}

fn found(tree: &Tree, claimed: &str) -> Option<(String, Found)> {
    tree.resolve(claimed).ok().map(|resolved| (resolved.path, resolved.found))
}

#[test]
fn paths_from_other_places_find_their_file() {
    let (_folder, tree) = tree();
    let own = format!("{}/src/db.py", tree.root().display());
    for (claimed, expected) in [
        ("src/db.py", Some(("src/db.py", Found::Exact))),
        ("src/./x/../db.py", Some(("src/db.py", Found::Exact))),
        (own.as_str(), Some(("src/db.py", Found::Exact))),
        ("/home/ci/build/shop/src/db.py", Some(("src/db.py", Found::Stripped))),
        ("C:/agent/1/s/src/db.py", Some(("src/db.py", Found::Stripped))),
        ("app/src/db.py", Some(("src/db.py", Found::Stripped))),
        ("/src/db.py", Some(("src/db.py", Found::Stripped))),
        // Run from inside `web`.
        ("app/main.js", Some(("web/app/main.js", Found::Completed))),
        ("main.js", Some(("web/app/main.js", Found::Completed))),
        // Two files end so.
        ("api/users.py", None),
        ("users.py", None),
        ("conftest.py", None),
        // A folder that is not there is no reason to take a file of the same name.
        ("other/users.py", None),
        ("src/main.js", None),
        // A bare name in a longer path: the root's name stands before it, or no other file has it.
        ("/builds/shop/setup.py", Some(("setup.py", Found::Stripped))),
        ("/builds/42/setup.py", Some(("setup.py", Found::Stripped))),
        ("node_modules/x/index.js", Some(("node_modules/x/index.js", Found::Exact))),
        ("index.js", None),
        ("", None),
        ("/", None),
        ("https://x/src/db.py", None),
        ("src/db.py\0", None),
    ] {
        let expected = expected.map(|(path, found)| (path.to_owned(), found));
        assert_eq!(found(&tree, claimed), expected, "{claimed}");
    }
    assert_eq!(tree.read(&tree.resolve("src/db.py").unwrap()).unwrap(), b"db");
}

#[test]
fn nothing_leads_out_of_the_root() {
    let (folder, tree) = tree();
    let root = tree.root().to_owned();
    symlink("../secret", root.join("up")).unwrap();
    symlink(folder.path().join("secret"), root.join("absolute")).unwrap();
    symlink("../..", root.join("src/above")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("src/../src/db.py", root.join("inside")).unwrap();
    symlink("src", root.join("source")).unwrap();
    let own = format!("{}/../secret", root.display());
    for claimed in
        ["../secret", "src/../../secret", "/../secret", "up", "absolute", "src/above/secret", "loop", &own]
    {
        assert_eq!(
            tree.resolve(claimed).map_err(|r| matches!(r, Refusal::Outside(_))),
            Err(true),
            "{claimed}"
        );
        assert!(tree.read_path(claimed.trim_start_matches('/'), 100).is_err(), "{claimed}");
    }
    assert_eq!(tree.read_path("inside", 100).unwrap(), b"db");
    assert_eq!(tree.read_path("source/db.py", 100).unwrap(), b"db");
    assert!(!tree.walk().any(|path| path.contains("above") || path == "inside"));
}

#[test]
fn both_ways_of_opening_agree() {
    let (_folder, tree) = tree();
    let root = tree.root().to_owned();
    symlink("../secret", root.join("up")).unwrap();
    symlink("/etc/passwd", root.join("absolute")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("../src/api/../db.py", root.join("web/link")).unwrap();
    symlink("../../..", root.join("src/api/above")).unwrap();
    for path in [
        "src/db.py",
        "src",
        "nope",
        "src/db.py/x",
        "up",
        "absolute",
        "loop",
        "web/link",
        "src/api/above/secret",
    ] {
        let parts = normal_parts(path).unwrap();
        let by_kernel = beneath::stat(&tree.folder, &parts).map(|stat| stat.st_ino);
        let by_steps = beneath::steps(&tree.folder, &parts).and_then(|place| {
            rustix::fs::statat(
                place.folder(&tree.folder),
                place.name(),
                rustix::fs::AtFlags::SYMLINK_NOFOLLOW,
            )
        });
        assert_eq!(by_kernel, by_steps.map(|stat| stat.st_ino), "{path}");
    }
}

#[test]
fn what_is_no_file_is_refused_without_waiting() {
    let (_folder, tree) = tree();
    let fifo = tree.root().join("src/pipe.py");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(tree.root().join("src/socket")).unwrap();
    for path in ["src/pipe.py", "src/socket", "src"] {
        assert_eq!(tree.resolve(path), Err(Refusal::NotAFile(path.to_owned())));
        assert_eq!(tree.read_path(path, 10), Err(Refusal::NotAFile(path.to_owned())));
    }
    assert!(!tree.walk().any(|path| path.contains("pipe")));
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let (_folder, tree) = tree();
    fs::File::create(tree.root().join("big.c")).unwrap().set_len(LARGEST_FILE + 1).unwrap();
    let refusal = Refusal::TooLarge { path: "big.c".into(), size: LARGEST_FILE + 1 };
    assert_eq!(tree.resolve("big.c"), Err(refusal));
    assert!(matches!(tree.read_path("src/db.py", 1), Err(Refusal::TooLarge { size: 2, .. })));
}

#[test]
fn a_walk_lists_what_is_the_projects_own() {
    let (_folder, tree) = tree();
    let files: Vec<_> = tree.walk().collect();
    assert_eq!(
        files,
        [
            "lib/api/users.py",
            "setup.py",
            "src/api/users.py",
            "src/conftest.py",
            "src/db.py",
            "tests/conftest.py",
            "web/app/main.js"
        ]
    );
    assert!(!tree.walk_is_cut());
}

#[test]
fn a_folder_that_is_not_there_is_no_tree() {
    assert!(matches!(Tree::open("/nowhere/at/all"), Err(Refusal::Unreadable { .. })));
}
