use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use super::*;

struct Shop {
    folder: tempfile::TempDir,
    root: Root,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("shop/src")).unwrap();
        fs::write(folder.path().join("shop/src/a.py"), "a = 1\n").unwrap();
        fs::write(folder.path().join("shop/src/b.py"), "b = 1\n").unwrap();
        fs::write(folder.path().join("outside.py"), "a = 1\n").unwrap();
        let root = Root::open(&folder.path().join("shop")).unwrap();
        Self { folder, root }
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join("shop").join(path)
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn rewrite(&self, files: &[(&str, &str, &str)], watch: &mut Watch<'_>) -> Result<(), RewriteError> {
        let files: Vec<Rewrite> = files
            .iter()
            .map(|(path, before, after)| Rewrite {
                path: (*path).to_owned(),
                before: Digest::of(before.as_bytes()),
                after: after.as_bytes().to_vec(),
            })
            .collect();
        self.root.rewrite(&files, "t", watch)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path("src"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

const BOTH: [(&str, &str, &str); 2] =
    [("src/a.py", "a = 1\n", "a = 2\n"), ("src/b.py", "b = 1\n", "b = 2\n")];

#[test]
fn files_are_written_anew_and_stay_whose_they_are() {
    let shop = Shop::new();
    fs::set_permissions(shop.path("src/a.py"), fs::Permissions::from_mode(0o754)).unwrap();
    let before = fs::metadata(shop.path("src/a.py")).unwrap();
    shop.rewrite(&BOTH, &mut |_| {}).unwrap();
    let after = fs::metadata(shop.path("src/a.py")).unwrap();
    assert_eq!((shop.text("src/a.py"), shop.text("src/b.py")), ("a = 2\n".into(), "b = 2\n".into()));
    assert_eq!((after.mode(), after.uid(), after.gid()), (before.mode(), before.uid(), before.gid()));
    assert_eq!(shop.names(), ["a.py", "b.py"]);
}

#[test]
fn a_file_that_changed_keeps_all_others_as_they_were() {
    let shop = Shop::new();
    fs::write(shop.path("src/b.py"), "b = 3\n").unwrap();
    assert!(
        matches!(shop.rewrite(&BOTH, &mut |_| {}), Err(RewriteError::Changed(path)) if path == "src/b.py")
    );
    assert_eq!((shop.text("src/a.py"), shop.names()), ("a = 1\n".into(), vec!["a.py".into(), "b.py".into()]));
}

#[test]
fn what_is_written_meanwhile_is_not_lost() {
    // At each step somebody else writes into the second file.
    for at in [Step::Made(0), Step::Written(0), Step::Made(1), Step::Written(1), Step::Placed(0)] {
        let shop = Shop::new();
        let path = shop.path("src/b.py");
        let done = shop.rewrite(&BOTH, &mut |step| {
            if step == at {
                fs::write(&path, "b = 3\n").unwrap();
            }
        });
        assert!(matches!(done, Err(RewriteError::Changed(_))), "{at:?}: {done:?}");
        assert_eq!(
            (shop.text("src/a.py"), shop.text("src/b.py")),
            ("a = 1\n".into(), "b = 3\n".into()),
            "{at:?}"
        );
        assert_eq!(shop.names(), ["a.py", "b.py"], "{at:?}");
    }
}

#[test]
fn nothing_is_written_through_a_link() {
    let shop = Shop::new();
    symlink("../../outside.py", shop.path("src/link.py")).unwrap();
    symlink("../..", shop.path("up")).unwrap();
    symlink("src", shop.path("inner")).unwrap();
    fs::hard_link(shop.folder.path().join("outside.py"), shop.path("src/hard.py")).unwrap();
    for path in [
        "src/link.py",
        "up/outside.py",
        "inner/a.py",
        "../outside.py",
        "src/../../outside.py",
        "/etc/passwd",
        "",
    ] {
        let done = shop.rewrite(&[(path, "a = 1\n", "x\n")], &mut |_| {});
        assert!(matches!(done, Err(RewriteError::Link(_))), "{path}: {done:?}");
    }
    assert!(matches!(shop.rewrite(&[("src", "", "")], &mut |_| {}), Err(RewriteError::NotAFile(_))));
    assert!(matches!(shop.rewrite(&[("src/no.py", "", "")], &mut |_| {}), Err(RewriteError::Missing(_))));
    // A second name of a file outside goes on to be that file.
    shop.rewrite(&[("src/hard.py", "a = 1\n", "x\n")], &mut |_| {}).unwrap();
    assert_eq!(fs::read_to_string(shop.folder.path().join("outside.py")).unwrap(), "a = 1\n");
    assert_eq!(fs::read_dir(shop.folder.path()).unwrap().count(), 2);
}

#[test]
fn a_folder_exchanged_for_a_link_meanwhile_leads_nowhere() {
    let shop = Shop::new();
    let (src, away) = (shop.path("src"), shop.path("away"));
    let done = shop.rewrite(&BOTH, &mut |step| {
        if step == Step::Made(0) {
            fs::rename(&src, &away).unwrap();
            symlink(shop.folder.path(), &src).unwrap();
        }
    });
    assert!(done.is_err(), "{done:?}");
    assert_eq!(fs::read_to_string(away.join("a.py")).unwrap(), "a = 1\n");
    assert_eq!(fs::read_dir(shop.folder.path()).unwrap().count(), 2);
}

#[test]
fn what_a_broken_rewriting_left_is_swept_up() {
    let shop = Shop::new();
    fs::write(shop.path("src/.assize-t-0.part"), "").unwrap();
    fs::write(shop.path("src/.assize-other-0.part"), "").unwrap();
    shop.root.sweep(["src/a.py", "src/b.py", "gone/c.py"].into_iter(), "t").unwrap();
    assert_eq!(shop.names(), [".assize-other-0.part", "a.py", "b.py"]);
}
