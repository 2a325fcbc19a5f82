//! Writing a remedy into a tree and taking it out, with the program killed at every step: the tree is the old one or the
//! new one, and the journal says which.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/applied.rs"]
mod applied;

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use applied::{FILES, Shop, names};
use assize::jobs::Desk;
use assize::store::{Workspace, Writer};

/// Names the workspace to a child of this test; and what it does there, and at which step it dies.
const FOLDER: &str = "APPLYING_FOLDER";
const DEED: &str = "APPLYING_DEED";
const STEP: &str = "APPLYING_STEP";

/// Does something in a child that dies at a step; whether it died.
fn dying(shop: &Shop, deed: &str, step: usize) -> bool {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(FOLDER, shop.folder.path())
        .env(DEED, deed)
        .env(STEP, step.to_string())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success() || status.signal() == Some(9), "{status}");
    !status.success()
}

/// Not a test of its own: what the others start and kill.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let (deed, step) = (std::env::var(DEED).unwrap(), std::env::var(STEP).unwrap().parse::<usize>().unwrap());
    let folder = PathBuf::from(folder);
    let mut desk = Desk::open(Workspace::at(&folder).unwrap()).unwrap();
    let writer = Writer::new("machine", "ann", "ann".parse().unwrap());
    let view = desk.remedies_of(None).unwrap().remove(0);
    let mut count = 0;
    let mut watch = |_| {
        if count == step {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).unwrap();
            std::thread::sleep(Duration::from_secs(60));
        }
        count += 1;
    };
    if deed == "apply" {
        desk.apply_remedy(&view.remedy, Some(&folder.join("tree")), false, &writer, &mut watch).unwrap();
    } else {
        desk.take_back_remedy(&view.remedy, &writer, &mut watch).unwrap();
    }
}

#[test]
fn killed_at_any_step_the_tree_is_the_old_one_or_the_new_one() {
    let mut outcomes = Vec::new();
    for step in 0.. {
        let shop = Shop::new();
        let died = dying(&shop, "apply", step);
        let is_in = shop.is_in(&format!("apply, step {step}"));
        if !died {
            assert!(is_in);
            break;
        }
        outcomes.push(is_in);
        // Whatever was left, it can be done and undone as if nothing had been.
        if !is_in {
            shop.run(&["remedy", "apply", &shop.id.to_string(), "--source", "tree"]);
        }
        assert!(shop.is_in("applied after all"));
        shop.run(&["remedy", "take-back", &shop.id.to_string()]);
        assert!(!shop.is_in("taken back"));
    }
    // Two files made and written, two put in place, all in place, the old ones removed.
    assert_eq!(outcomes, [false, false, false, false, true, true, true, true]);
}

#[test]
fn killed_at_any_step_of_taking_back_the_tree_is_the_new_one_or_the_old_one() {
    let mut outcomes = Vec::new();
    for step in 0.. {
        let shop = Shop::new();
        assert!(!dying(&shop, "apply", usize::MAX));
        assert!(shop.is_in("applied"));
        let died = dying(&shop, "take back", step);
        let is_in = shop.is_in(&format!("take back, step {step}"));
        if !died {
            assert!(!is_in);
            break;
        }
        outcomes.push(is_in);
    }
    assert_eq!(outcomes, [true, true, true, true, false, false, false, false]);
}

#[test]
fn killed_at_any_moment_the_tree_is_the_old_one_or_the_new_one() {
    let shop = Shop::new();
    let id = shop.id.to_string();
    // How long the whole takes here and now, so that the moments fall into all of it.
    let begun = Instant::now();
    shop.run(&["remedy", "apply", &id, "--source", "tree"]);
    let whole = begun.elapsed();
    let mut killed = 0;
    let mut seen = [0, 0];
    for round in 0..60_u32 {
        let was_in = shop.is_in("before");
        let mut child = if was_in {
            shop.assize(&["remedy", "take-back", &id]).spawn().unwrap()
        } else {
            shop.assize(&["remedy", "apply", &id, "--source", "tree"]).spawn().unwrap()
        };
        std::thread::sleep(whole * round / 50);
        let _ = child.kill();
        killed += u32::from(child.wait().unwrap().signal().is_some());
        seen[usize::from(shop.is_in(&format!("round {round}")) != was_in)] += 1;
    }
    // The first was killed before it could begin; one that nobody kills does what it is told.
    assert!(killed > 0 && seen[0] > 0, "{killed} were killed, {} of them in time", seen[0]);
    let was_in = shop.is_in("at the end");
    if was_in {
        shop.run(&["remedy", "take-back", &id]);
    } else {
        shop.run(&["remedy", "apply", &id, "--source", "tree"]);
    }
    assert_eq!(shop.is_in("undisturbed"), !was_in);
}

#[test]
fn what_somebody_changed_after_the_end_of_the_program_is_not_overwritten() {
    let shop = Shop::new();
    // Killed with the first file in place; then somebody edits the second.
    assert!(dying(&shop, "apply", 4));
    fs::write(shop.tree().join("src/sub/b.py"), "x = 9\n").unwrap();
    shop.run(&["remedy", "list"]);
    let text = |path: &str| fs::read_to_string(shop.tree().join(path)).unwrap();
    assert_eq!((text("src/a.py").as_str(), text("src/sub/b.py").as_str()), (FILES[0].1, "x = 9\n"));
    assert_eq!(names(&shop.tree()), ["src/a.py", "src/sub/b.py"]);
}

#[test]
fn a_disk_that_takes_no_more_leaves_the_tree_as_it_was() {
    // A limit on the size of a file stands for the disk's end: the new file is larger, the databases are not.
    let long = "# long\n".repeat(700_000);
    let (old, new) = (format!("a = 1\n{long}"), format!("a = 2\n{long}"));
    let shop = Shop::with([("src/a.py", &*old, &*new)]);
    let text = || fs::read_to_string(shop.tree().join("src/a.py")).unwrap();
    let program = env!("CARGO_BIN_EXE_assize");
    let limited =
        format!("trap '' XFSZ; ulimit -f 6000; exec '{program}' remedy apply {} --source tree", shop.id);
    let output = shop.within(Command::new("sh").args(["-c", &limited])).output().unwrap();
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{why}");
    assert!(why.contains("src/a.py"), "{why}");
    assert!(text() == old && names(&shop.tree()) == ["src/a.py"]);
    shop.run(&["remedy", "apply", &shop.id.to_string(), "--source", "tree"]);
    assert!(text() == new);
}
