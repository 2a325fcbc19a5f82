//! Paths as scanners write them, made comparable: forward slashes, decoded, without `./`.
//!
//! Nothing here decides whether a path lies inside a project; that is `source`'s.

/// Tidies a path that is not a URI: backslashes, `./`, doubled slashes, Windows drives kept as `C:/…`.
///
/// `..` is resolved where it stays inside the path and kept in front otherwise, so that a climb stays visible.
#[must_use]
pub fn tidy(raw: &str) -> String {
    let raw = raw.trim();
    // Most paths are tidy already; a copy is all they need.
    let plain = !raw.contains('\\')
        && !raw.contains("//")
        && !raw.contains("./")
        && !raw.ends_with('.')
        && !raw.ends_with('/');
    if plain {
        return raw.to_owned();
    }
    // A backslash is a separator, beside slashes too: tools on Windows write both, and a file of Unix whose name has
    // one is rarer.
    let slashed = raw.replace('\\', "/");
    let absolute = slashed.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in slashed.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

/// Tidies a URI reference or a path: `file:///a/b.py`, `file:////srv/b.py`, `a%20b.py`, `src\a.py`, `C:\a.py`.
///
/// A URI of another scheme (`pkg:`, `https:`) is kept as it is.
#[must_use]
pub fn from_uri(raw: &str) -> String {
    let raw = raw.trim();
    let lower_file = raw.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("file:"));
    if lower_file {
        let rest = raw.get(5..).unwrap_or_default();
        let rest = match rest.strip_prefix("//") {
            // `file://localhost/a` names this machine; any other authority is kept as a leading folder.
            Some(authority) => {
                authority.strip_prefix("localhost").filter(|path| path.starts_with('/')).unwrap_or(authority)
            }
            None => rest,
        };
        let decoded = percent_decoded(rest);
        let path = tidy(&decoded);
        // `/C:/a.py` is a Windows path behind the URI's own slash.
        let mut letters = path.chars();
        if letters.next() == Some('/')
            && letters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && letters.next() == Some(':')
        {
            return path.get(1..).unwrap_or_default().to_owned();
        }
        return path;
    }
    let scheme = raw.split_once(':').filter(|(scheme, _)| {
        scheme.len() > 1
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    });
    if scheme.is_some_and(|(_, rest)| rest.starts_with("//")) || raw.starts_with("pkg:") {
        return raw.to_owned();
    }
    tidy(&percent_decoded(raw))
}

/// Replaces `%41` by `A`; what is no valid escape, or would not be UTF-8, is kept as it stands.
#[must_use]
pub fn percent_decoded(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains('%') {
        return text.into();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.first_chunk::<2>().and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.filter(|_| first == b'%').and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            // A decoded NUL or control character is no part of a real path; keep the escape, which shows.
            Some(byte) if byte >= 0x20 && byte != 0x7f => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    match String::from_utf8(bytes) {
        Ok(decoded) => decoded.into(),
        Err(_) => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_every_spelling_come_out_alike() {
        for (raw, tidied) in [
            ("src/db.py", "src/db.py"),
            ("./src/db.py", "src/db.py"),
            ("src\\api\\db.py", "src/api/db.py"),
            ("src/api\\db.py", "src/api/db.py"),
            ("src//db.py", "src/db.py"),
            ("src/x/../db.py", "src/db.py"),
            ("../../etc/passwd", "../../etc/passwd"),
            ("/../etc/passwd", "/etc/passwd"),
            ("C:\\shop\\db.py", "C:/shop/db.py"),
            (".", ""),
        ] {
            assert_eq!(tidy(raw), tidied, "{raw}");
        }
    }

    #[test]
    fn uris_become_paths() {
        for (raw, tidied) in [
            ("file:///srv/shop/db.py", "/srv/shop/db.py"),
            ("file:////srv/shop/db.py", "/srv/shop/db.py"),
            ("file://localhost/srv/db.py", "/srv/db.py"),
            ("FILE:///C:/shop/db.py", "C:/shop/db.py"),
            ("file:/srv/db.py", "/srv/db.py"),
            ("src/a%20b.py", "src/a b.py"),
            ("src/100%.py", "src/100%.py"),
            ("src/a%00b.py", "src/a%00b.py"),
            ("src/%ff.py", "src/%ff.py"),
            ("https://example.com/a%20b", "https://example.com/a%20b"),
            ("pkg:npm/%40babel/core@7.0.0", "pkg:npm/%40babel/core@7.0.0"),
        ] {
            assert_eq!(from_uri(raw), tidied, "{raw}");
        }
    }
}
