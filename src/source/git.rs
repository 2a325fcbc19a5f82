//! Owns what a Git checkout says of itself: revision, branch, remote.
//!
//! Never runs Git, whose configuration in a hostile tree could name programs to run. It reads a few small files with
//! bounds; a `.git` file may point outside the tree, as worktrees do, and what is read there is believed only if it
//! has the form of a reference or a hash. A remote's address is given without user, password and query.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What a checkout says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkout {
    /// The commit that is checked out, 40 or 64 hexadecimal digits; none before the first commit.
    pub revision: Option<String>,
    /// The branch; none where the head is detached.
    pub branch: Option<String>,
    /// The address of `origin`, or of the first remote, without credentials.
    pub remote: Option<String>,
    /// The project's name: the last part of the remote's address, else the checkout's folder.
    pub name: Option<String>,
    /// The folder that is checked out; it may lie above the one that was asked for.
    pub root: PathBuf,
}

const MOST_PACKED: u64 = 32 << 20;
const MOST_CONFIG: u64 = 1 << 20;
const MOST_REF: u64 = 4096;

/// Reads the checkout that a folder lies in; `None` where there is none.
#[must_use]
pub fn read(folder: &Path) -> Option<Checkout> {
    let folder = folder.canonicalize().ok()?;
    let (root, git) = folder.ancestors().take(64).find_map(|above| {
        let entry = above.join(".git");
        let kind = std::fs::metadata(&entry).ok()?;
        let git = if kind.is_dir() {
            entry
        } else {
            above.join(bounded(&entry, MOST_REF)?.strip_prefix("gitdir:")?.trim())
        };
        // An empty `.git` is not Git's.
        git.join("HEAD").exists().then(|| (above.to_owned(), git))
    })?;
    let common = match bounded(&git.join("commondir"), MOST_REF) {
        Some(path) => git.join(path.trim()),
        None => git.clone(),
    };
    let head = bounded(&git.join("HEAD"), MOST_REF).unwrap_or_default();
    let reference = reference(&head);
    let remote = bounded(&common.join("config"), MOST_CONFIG).and_then(|config| remote(&config));
    let name = remote
        .as_deref()
        .and_then(name_of)
        .or_else(|| root.file_name().and_then(|name| name.to_str()).map(str::to_owned));
    Some(Checkout {
        revision: match reference {
            Some(reference) => resolve(&git, &common, reference),
            None => hash(&head),
        },
        branch: reference
            .and_then(|name| name.strip_prefix("refs/heads/"))
            .filter(|name| *name != ".invalid")
            .map(str::to_owned),
        remote,
        name,
        root,
    })
}

/// The commit that a reference names, by its own file or the packed ones; references to references are followed.
fn resolve(git: &Path, common: &Path, reference_name: &str) -> Option<String> {
    let mut name = reference_name.to_owned();
    for _ in 0..5 {
        let loose = bounded(&git.join(&name), MOST_REF).or_else(|| bounded(&common.join(&name), MOST_REF));
        match loose {
            Some(text) => match reference(&text) {
                Some(next) => name = next.to_owned(),
                None => return hash(&text),
            },
            None => {
                let packed = bounded(&common.join("packed-refs"), MOST_PACKED)?;
                let line = packed
                    .lines()
                    .find_map(|line| line.split_once(' ').filter(|(_, packed)| *packed == name))?;
                return hash(line.0);
            }
        }
    }
    None
}

/// The reference in `ref: refs/heads/main`; one that would climb out of the folder is none.
fn reference(text: &str) -> Option<&str> {
    let name = text.strip_prefix("ref:")?.trim();
    let good = name.starts_with("refs/")
        && !name.split('/').any(|part| part.is_empty() || part == "." || part == "..")
        && !name.contains(char::is_control);
    good.then_some(name)
}

fn hash(text: &str) -> Option<String> {
    let text = text.trim();
    (matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit()))
        .then(|| text.to_ascii_lowercase())
}

fn remote(config: &str) -> Option<String> {
    let (mut in_remote, mut in_origin, mut first) = (false, false, None);
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            in_remote = line.starts_with("[remote ");
            in_origin = line == "[remote \"origin\"]";
        } else if let Some((_, value)) =
            line.split_once('=').filter(|(key, _)| in_remote && key.trim() == "url")
        {
            let url = without_credentials(value.trim().trim_matches('"'));
            if in_origin {
                return Some(url);
            }
            first.get_or_insert(url);
        }
    }
    first
}

/// An address without user, password, query and fragment. `git@host:path` keeps its user, which is no secret.
#[must_use]
pub fn without_credentials(url: &str) -> String {
    if let Some((scheme, rest)) = url.split_once("://") {
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = authority.rsplit('@').next().unwrap_or_default();
        return format!("{scheme}://{host}{path}");
    }
    match url.rsplit_once('@') {
        Some((user, rest)) if user.contains(':') => rest.to_owned(),
        _ => url.to_owned(),
    }
}

fn name_of(url: &str) -> Option<String> {
    let last = url.trim_end_matches('/').rsplit(['/', ':', '\\']).next()?;
    let name = last.strip_suffix(".git").unwrap_or(last);
    (!name.is_empty()).then(|| name.to_owned())
}

/// A file's text, if it is a regular file no larger than `limit`; never waits on a FIFO.
fn bounded(path: &Path, limit: u64) -> Option<String> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    let file = OpenOptions::new().read(true).custom_flags(i32::try_from(flags).ok()?).open(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > limit {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).ok()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn checkout() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, "shop/.git/HEAD", "ref: refs/heads/fix/login\n");
        write(root, "shop/.git/refs/heads/fix/login", &format!("{A}\n"));
        let config = "[core]\n\tbare = false\n[remote \"fork\"]\n\turl = git@github.com:me/shop.git\n[remote \"origin\"]\n\turl = https://ci:t0ken@git.example.com:8443/acme/Shop.git?x=1\n";
        write(root, "shop/.git/config", config);
        write(root, "shop/src/a.py", "");
        folder
    }

    #[test]
    fn a_branch_has_its_revision_and_remote() {
        let folder = checkout();
        let found = read(&folder.path().join("shop/src")).unwrap();
        assert_eq!(found.revision.as_deref(), Some(A));
        assert_eq!(found.branch.as_deref(), Some("fix/login"));
        assert_eq!(found.remote.as_deref(), Some("https://git.example.com:8443/acme/Shop.git"));
        assert_eq!(found.name.as_deref(), Some("Shop"));
        assert!(found.root.ends_with("shop"));
    }

    #[test]
    fn packed_detached_and_unborn_heads_are_read() {
        let folder = checkout();
        let root = folder.path().join("shop");
        fs::remove_file(root.join(".git/refs/heads/fix/login")).unwrap();
        assert_eq!(read(&root).unwrap().revision, None);
        write(
            &root,
            ".git/packed-refs",
            &format!("# pack-refs\n{A} refs/heads/fix\n{B} refs/heads/fix/login\n^{A}\n"),
        );
        assert_eq!(read(&root).unwrap().revision.as_deref(), Some(B));
        write(&root, ".git/HEAD", &format!("{A}\n"));
        let detached = read(&root).unwrap();
        assert_eq!((detached.revision.as_deref(), detached.branch), (Some(A), None));
    }

    #[test]
    fn a_worktree_is_read_through_its_file() {
        let folder = checkout();
        let root = folder.path();
        write(root, "shop/.git/worktrees/w/HEAD", "ref: refs/heads/w\n");
        write(root, "shop/.git/worktrees/w/commondir", "../..\n");
        write(root, "shop/.git/refs/heads/w", B);
        write(root, "w/.git", "gitdir: ../shop/.git/worktrees/w\n");
        let found = read(&root.join("w")).unwrap();
        assert_eq!((found.revision.as_deref(), found.branch.as_deref()), (Some(B), Some("w")));
        assert_eq!(found.name.as_deref(), Some("Shop"));
    }

    #[test]
    fn a_hostile_checkout_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, "secret", B);
        for head in ["ref: refs/../../secret", "ref: ../secret", "ref: refs/heads/a\u{1b}[2J", "junk", ""] {
            write(root, "t/.git/HEAD", head);
            let found = read(&root.join("t")).unwrap();
            assert_eq!((found.revision, found.branch), (None, None), "{head}");
        }
        write(root, "t/.git/HEAD", "ref: refs/heads/loop");
        write(root, "t/.git/refs/heads/loop", "ref: refs/heads/loop");
        assert_eq!(read(&root.join("t")).unwrap().revision, None);
    }

    #[test]
    fn credentials_are_taken_off() {
        for (url, clean) in [
            ("https://user:pass@host/a.git", "https://host/a.git"),
            ("https://ghp_token@github.com/a/b", "https://github.com/a/b"),
            ("https://user:p@ss@host/a", "https://host/a"),
            ("https://host/a?private_token=x#y", "https://host/a"),
            ("ssh://git@host:22/a/b.git", "ssh://host:22/a/b.git"),
            ("git@github.com:a/b.git", "git@github.com:a/b.git"),
            ("user:pass@host:a/b", "host:a/b"),
            ("../shop", "../shop"),
        ] {
            assert_eq!(without_credentials(url), clean);
        }
        assert_eq!(name_of("git@github.com:a/b.git").as_deref(), Some("b"));
    }
}
