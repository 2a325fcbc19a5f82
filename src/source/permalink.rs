//! Owns the address at which a forge shows lines of a file as they were in a revision.
//!
//! Pure: nothing is asked of any host. What a remote's address says beside host and path (user, password, query) never
//! comes into a link; a path's bytes are percent-encoded, so that no file's name changes what an address means.

use std::fmt::Write as _;

use super::git::without_credentials;

/// Why there is no link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoLink {
    /// The checkout has no remote.
    #[error("the source has no git remote, so there is no link to it")]
    NoRemote,
    /// The remote is a folder, or its address has no host and no project.
    #[error("the git remote is no address on the web, so there is no link to it")]
    NotOnTheWeb,
    /// The scan does not tell its revision.
    #[error("the revision that was scanned is not known: import with `--revision` or from a git checkout")]
    NoRevision,
    /// The case is in no file.
    #[error("the case names no file")]
    NoFile,
}

/// How a forge writes its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forge {
    GitHub,
    GitLab,
    Bitbucket,
    Gitea,
    Azure,
    Sourcehut,
}

/// A remote's host, with its port, and path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    scheme: &'static str,
    host: String,
    port: Option<u16>,
    /// The parts of the path, percent-encoded; the last without `.git`.
    path: Vec<String>,
}

/// The address of lines of a file: `first` 0 is the whole file, `last` at most `first` is one line.
///
/// # Errors
/// When the remote, the revision or the path gives none.
pub fn permalink(
    remote: &str,
    revision: &str,
    path: &str,
    (first, last): (u32, u32),
) -> Result<String, NoLink> {
    if remote.trim().is_empty() {
        return Err(NoLink::NoRemote);
    }
    let address = Address::of(remote).ok_or(NoLink::NotOnTheWeb)?;
    let revision = encoded(revision.trim(), b"");
    if revision.is_empty() {
        return Err(NoLink::NoRevision);
    }
    let parts: Vec<String> =
        path.split('/').filter(|part| !matches!(*part, "" | ".")).map(|part| encoded(part, b"")).collect();
    if parts.is_empty() {
        return Err(NoLink::NoFile);
    }
    let path = parts.join("/");
    address.link(&revision, &path, first, last.max(first)).ok_or(NoLink::NotOnTheWeb)
}

impl Address {
    /// Reads `https://host/path`, `ssh://user@host:port/path` and `user@host:path`.
    fn of(remote: &str) -> Option<Self> {
        let clean = without_credentials(remote.trim());
        let (scheme, authority, path) = match clean.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_once('/')?;
                (scheme.to_ascii_lowercase(), authority.to_owned(), path.to_owned())
            }
            None => {
                let (authority, path) = clean.split_once(':')?;
                // `C:/shop` and `/srv/a:b` are folders.
                if authority.len() < 2 || authority.contains(['/', '\\']) {
                    return None;
                }
                ("ssh".to_owned(), authority.to_owned(), path.to_owned())
            }
        };
        let host = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = match host.rsplit_once(':') {
            // The colons of an address in brackets are its own.
            Some((host, port)) if !port.contains(']') => (host, Some(port.parse::<u16>().ok()?)),
            _ => (host, None),
        };
        let good = |letter: char| {
            letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_' | '[' | ']' | ':')
        };
        if host.is_empty() || !host.chars().all(good) {
            return None;
        }
        // A port of ssh, or of git's own protocol, is not that of the web pages.
        let (scheme, port) = match scheme.as_str() {
            "https" => ("https", port),
            "http" => ("http", port),
            "ssh" | "git" | "git+ssh" | "ssh+git" => ("https", None),
            _ => return None,
        };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut parts: Vec<String> =
            path.split('/').filter(|part| !part.is_empty()).map(|part| encoded(part, b"~%")).collect();
        let last = parts.last_mut()?;
        if let Some(name) = last.strip_suffix(".git").filter(|name| !name.is_empty()) {
            *last = name.to_owned();
        }
        if parts.iter().any(|part| part == "." || part == "..") {
            return None;
        }
        Some(Self { scheme, host: host.to_ascii_lowercase(), port, path: parts })
    }

    /// By the host's name, since nothing is asked of it; what is nobody's is taken for a GitLab if its projects are
    /// nested, else for a Gitea, whose form is the most copied.
    fn forge(&self) -> Forge {
        let labels: Vec<&str> = self.host.split(['.', '-']).collect();
        let has = |word: &str| labels.contains(&word);
        match self.host.as_str() {
            "ssh.dev.azure.com" | "dev.azure.com" | "vs-ssh.visualstudio.com" => Forge::Azure,
            host if host.ends_with(".visualstudio.com") => Forge::Azure,
            "git.sr.ht" => Forge::Sourcehut,
            _ if has("github") => Forge::GitHub,
            _ if has("gitlab") => Forge::GitLab,
            _ if has("bitbucket") => Forge::Bitbucket,
            _ if has("gitea") || has("forgejo") || has("codeberg") => Forge::Gitea,
            _ if self.path.len() > 2 => Forge::GitLab,
            _ => Forge::Gitea,
        }
    }

    fn link(&self, revision: &str, path: &str, first: u32, last: u32) -> Option<String> {
        let forge = self.forge();
        if forge == Forge::Azure {
            return self.azure(revision, path, first, last);
        }
        let fewest = if forge == Forge::GitLab || forge == Forge::GitHub { 2 } else { 1 };
        if self.path.len() < fewest {
            return None;
        }
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let project = format!("{}://{}{port}/{}", self.scheme, self.host, self.path.join("/"));
        let mut link = match forge {
            Forge::GitHub => format!("{project}/blob/{revision}/{path}"),
            Forge::GitLab => format!("{project}/-/blob/{revision}/{path}"),
            Forge::Bitbucket => format!("{project}/src/{revision}/{path}"),
            Forge::Gitea => format!("{project}/src/commit/{revision}/{path}"),
            Forge::Sourcehut => format!("{project}/tree/{revision}/item/{path}"),
            Forge::Azure => return None,
        };
        // Writing to a string cannot fail.
        let _ = match (forge, first, last) {
            (_, 0, _) => Ok(()),
            (Forge::Bitbucket, first, last) if first == last => write!(link, "#lines-{first}"),
            (Forge::Bitbucket, first, last) => write!(link, "#lines-{first}:{last}"),
            (_, first, last) if first == last => write!(link, "#L{first}"),
            (Forge::GitLab | Forge::Sourcehut, first, last) => write!(link, "#L{first}-{last}"),
            (_, first, last) => write!(link, "#L{first}-L{last}"),
        };
        Some(link)
    }

    /// `https://dev.azure.com/organisation/project/_git/repository`, and the same by ssh, where `v3` comes first.
    fn azure(&self, revision: &str, path: &str, first: u32, last: u32) -> Option<String> {
        let parts: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let subdomain = self.host.strip_suffix(".visualstudio.com").filter(|name| *name != "vs-ssh");
        let (organisation, project, repository) = match (subdomain, parts.as_slice()) {
            (_, ["v3", organisation, project, repository]) => (*organisation, *project, *repository),
            (
                Some(organisation),
                ["DefaultCollection", project, "_git", repository] | [project, "_git", repository],
            ) => (organisation, *project, *repository),
            // A repository that is called as its project is.
            (Some(organisation), ["_git", repository]) => (organisation, *repository, *repository),
            (None, [organisation, project, "_git", repository]) => (*organisation, *project, *repository),
            (None, [organisation, "_git", repository]) => (*organisation, *repository, *repository),
            _ => return None,
        };
        let mut link = format!(
            "https://dev.azure.com/{organisation}/{project}/_git/{repository}?path=/{path}&version=GC{revision}"
        );
        if first > 0 {
            let end = last.saturating_add(1);
            let _ =
                write!(link, "&line={first}&lineEnd={end}&lineStartColumn=1&lineEndColumn=1&lineStyle=plain");
        }
        Some(link)
    }
}

/// A part of a path, with all but letters, digits and `-._` as percent signs and digits; `kept` are others that stay.
fn encoded(part: &str, kept: &[u8]) -> String {
    let mut out = String::with_capacity(part.len());
    for &byte in part.as_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const R: &str = "3f2a91c0";

    #[test]
    fn each_forge_has_its_own_form() {
        for (remote, lines, link) in [
            (
                "https://github.com/acme/shop.git",
                (14, 14),
                "https://github.com/acme/shop/blob/3f2a91c0/src/db.py#L14",
            ),
            (
                "git@github.com:acme/shop.git",
                (14, 16),
                "https://github.com/acme/shop/blob/3f2a91c0/src/db.py#L14-L16",
            ),
            (
                "ssh://git@github.com:22/acme/shop",
                (0, 0),
                "https://github.com/acme/shop/blob/3f2a91c0/src/db.py",
            ),
            (
                "https://ghe.github.acme.io/a/b",
                (1, 0),
                "https://ghe.github.acme.io/a/b/blob/3f2a91c0/src/db.py#L1",
            ),
            (
                "https://gitlab.com/acme/shop.git",
                (14, 14),
                "https://gitlab.com/acme/shop/-/blob/3f2a91c0/src/db.py#L14",
            ),
            (
                "git@gitlab.example.com:acme/web/shops/shop.git",
                (14, 16),
                "https://gitlab.example.com/acme/web/shops/shop/-/blob/3f2a91c0/src/db.py#L14-16",
            ),
            (
                "https://gitlab.example.com:8443/acme/shop.git",
                (14, 14),
                "https://gitlab.example.com:8443/acme/shop/-/blob/3f2a91c0/src/db.py#L14",
            ),
            (
                "https://bitbucket.org/acme/shop",
                (14, 14),
                "https://bitbucket.org/acme/shop/src/3f2a91c0/src/db.py#lines-14",
            ),
            (
                "git@bitbucket.org:acme/shop.git",
                (14, 16),
                "https://bitbucket.org/acme/shop/src/3f2a91c0/src/db.py#lines-14:16",
            ),
            (
                "https://codeberg.org/acme/shop",
                (14, 14),
                "https://codeberg.org/acme/shop/src/commit/3f2a91c0/src/db.py#L14",
            ),
            (
                "http://gitea.local:3000/acme/shop.git",
                (14, 16),
                "http://gitea.local:3000/acme/shop/src/commit/3f2a91c0/src/db.py#L14-L16",
            ),
            (
                "git@git.sr.ht:~ann/shop",
                (14, 16),
                "https://git.sr.ht/~ann/shop/tree/3f2a91c0/item/src/db.py#L14-16",
            ),
            (
                "https://acme@dev.azure.com/acme/web%20shop/_git/shop",
                (14, 16),
                "https://dev.azure.com/acme/web%20shop/_git/shop?path=/src/db.py&version=GC3f2a91c0&line=14&lineEnd=17&lineStartColumn=1&lineEndColumn=1&lineStyle=plain",
            ),
            (
                "git@ssh.dev.azure.com:v3/acme/web/shop",
                (0, 0),
                "https://dev.azure.com/acme/web/_git/shop?path=/src/db.py&version=GC3f2a91c0",
            ),
            (
                "https://acme.visualstudio.com/DefaultCollection/web/_git/shop",
                (0, 0),
                "https://dev.azure.com/acme/web/_git/shop?path=/src/db.py&version=GC3f2a91c0",
            ),
            (
                "https://git.acme.io/web/shop.git",
                (2, 2),
                "https://git.acme.io/web/shop/src/commit/3f2a91c0/src/db.py#L2",
            ),
            (
                "ssh://git@git.acme.io:2222/a/b/shop.git",
                (2, 2),
                "https://git.acme.io/a/b/shop/-/blob/3f2a91c0/src/db.py#L2",
            ),
        ] {
            assert_eq!(permalink(remote, R, "src/db.py", lines).as_deref(), Ok(link), "{remote}");
        }
    }

    #[test]
    fn what_has_no_page_has_no_link_and_says_why() {
        for (remote, revision, path, why) in [
            ("", R, "a", NoLink::NoRemote),
            ("../shop", R, "a", NoLink::NotOnTheWeb),
            ("/srv/git/shop.git", R, "a", NoLink::NotOnTheWeb),
            ("file:///srv/git/shop.git", R, "a", NoLink::NotOnTheWeb),
            ("C:/git/shop", R, "a", NoLink::NotOnTheWeb),
            ("https://github.com/acme", R, "a", NoLink::NotOnTheWeb),
            ("https://github.com", R, "a", NoLink::NotOnTheWeb),
            ("https://dev.azure.com/acme", R, "a", NoLink::NotOnTheWeb),
            ("https://a b/c/d", R, "a", NoLink::NotOnTheWeb),
            ("https://github.com/acme/shop", " ", "a", NoLink::NoRevision),
            ("https://github.com/acme/shop", R, "./", NoLink::NoFile),
        ] {
            assert_eq!(permalink(remote, revision, path, (1, 1)), Err(why), "{remote}");
        }
    }

    #[test]
    fn a_files_name_cannot_change_what_the_address_means() {
        let link = permalink("https://github.com/a/b", R, "src/a b#1?x=%2f/é\u{202e}.py", (1, 1)).unwrap();
        assert_eq!(
            link,
            "https://github.com/a/b/blob/3f2a91c0/src/a%20b%231%3Fx%3D%252f/%C3%A9%E2%80%AE.py#L1"
        );
    }

    proptest! {
        #[test]
        fn no_link_has_a_secret_or_an_odd_character(
            user in "[a-z]{1,8}", secret in "[A-Z0-9_@]{6,12}", host in "(github\\.com|gitlab\\.com|git\\.example\\.org|dev\\.azure\\.com)",
            path in "\\PC{1,20}", remote in any::<String>(), revision in "[0-9a-f]{7,40}",
        ) {
            let with = format!("https://{user}:{secret}@{host}/acme/x/_git/shop.git?token={secret}#{secret}");
            for remote in [&with, &remote] {
                if let Ok(link) = permalink(remote, &revision, &path, (3, 4)) {
                    prop_assert!(link.is_ascii() && !link.contains(|c: char| c.is_control() || c == ' '), "{link}");
                    prop_assert!(remote != &with || !link.contains(&secret), "{link}");
                    prop_assert!(link.starts_with("http"), "{link}");
                }
            }
        }
    }
}
