//! Package URLs, taken apart and put together.

use std::fmt;

/// A package URL (ECMA-427), its parts decoded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PackageUrl {
    /// The type: `npm`, `pypi`, `maven`…, in lower case.
    pub kind: String,
    /// Scope, group, vendor or host, its segments joined by `/`; empty where there is none.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The version; empty where there is none.
    pub version: String,
    /// Qualifiers by key, such as `arch` and `distro`.
    pub qualifiers: Vec<(String, String)>,
    /// A path inside the package; empty where there is none.
    pub subpath: String,
}

impl PackageUrl {
    /// Takes a package URL apart. `None` where it is none, or has no name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.trim();
        let rest = rest.get(..4).filter(|start| start.eq_ignore_ascii_case("pkg:")).and(rest.get(4..))?;
        let rest = rest.trim_start_matches('/');
        let (rest, subpath) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (kind, rest) = rest.split_once('/')?;
        // An unencoded scope (`pkg:npm/@babel/core`) is common, so a version's `@` stands behind the last slash.
        let (path, version) = match rest.rsplit_once('@') {
            // A version may hold a slash that someone forgot to encode; a scope has nothing before its `@`.
            Some((path, version)) if !(path.is_empty() || path.ends_with('/') && version.contains('/')) => {
                (path, version)
            }
            _ => (rest, ""),
        };
        let path = path.trim_matches('/');
        let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
        if kind.is_empty() || name.is_empty() {
            return None;
        }
        let namespace = namespace.split('/').filter(|part| !part.is_empty()).map(decoded).collect::<Vec<_>>();
        Some(Self {
            kind: kind.to_ascii_lowercase(),
            namespace: namespace.join("/"),
            name: decoded(name),
            version: decoded(version),
            qualifiers: query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .filter(|(_, value)| !value.is_empty())
                .map(|(key, value)| (key.to_ascii_lowercase(), decoded(value)))
                .collect(),
            subpath: decoded(subpath),
        })
    }

    /// The name as its ecosystem writes it, with group or scope: `org.slf4j:slf4j-api`, `@babel/core`. A
    /// distribution's vendor is no part of it.
    #[must_use]
    pub fn full_name(&self) -> String {
        if self.namespace.is_empty() || matches!(self.kind.as_str(), "deb" | "rpm" | "apk" | "alpm") {
            return self.name.clone();
        }
        let between = if self.kind == "maven" { ':' } else { '/' };
        format!("{}{between}{}", self.namespace, self.name)
    }

    /// The qualifier of a key.
    #[must_use]
    pub fn qualifier(&self, key: &str) -> Option<&str> {
        self.qualifiers.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for PackageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}", self.kind)?;
        for part in self.namespace.split('/').filter(|part| !part.is_empty()) {
            write!(f, "/{}", encoded(part))?;
        }
        write!(f, "/{}", encoded(&self.name))?;
        if !self.version.is_empty() {
            write!(f, "@{}", encoded(&self.version))?;
        }
        let mut qualifiers: Vec<_> = self.qualifiers.iter().collect();
        qualifiers.sort();
        for (index, (key, value)) in qualifiers.into_iter().enumerate() {
            write!(f, "{}{key}={}", if index == 0 { '?' } else { '&' }, encoded(value))?;
        }
        for (index, part) in self.subpath.split('/').filter(|part| !part.is_empty()).enumerate() {
            write!(f, "{}{}", if index == 0 { '#' } else { '/' }, encoded(part))?;
        }
        Ok(())
    }
}

/// What a package URL leaves as it is: letters, digits, `-._~` and the colon; all else becomes `%XX`.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 15] {
                out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
    out
}

/// Undoes [`encoded`]; what is no valid escape, or would not be UTF-8, is kept as it stands.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail
            .first_chunk::<2>()
            .filter(|pair| first == b'%' && pair.iter().all(u8::is_ascii_hexdigit))
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        bytes.push(hex.unwrap_or(first));
        rest = tail.get(if hex.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_url_comes_back_as_it_was_and_gives_the_ecosystems_name() {
        for (purl, name, version) in [
            ("pkg:npm/%40babel/core@7.0.0", "@babel/core", "7.0.0"),
            ("pkg:maven/org.slf4j/slf4j-api@1.7?type=jar", "org.slf4j:slf4j-api", "1.7"),
            ("pkg:golang/github.com/gin-gonic/gin@v1.6.0#binding", "github.com/gin-gonic/gin", "v1.6.0"),
            ("pkg:rpm/redhat/avahi-libs@0.7-20.el8?arch=x86_64&epoch=1", "avahi-libs", "0.7-20.el8"),
            ("pkg:pypi/django", "django", ""),
            ("pkg:generic/a%20b@1%2F2", "a b", "1/2"),
        ] {
            let parsed = PackageUrl::parse(purl).unwrap();
            assert_eq!(
                (parsed.to_string().as_str(), parsed.full_name().as_str(), parsed.version.as_str()),
                (purl, name, version)
            );
        }
    }

    #[test]
    fn package_urls_written_carelessly_are_understood() {
        for (purl, tidy) in [
            ("pkg:npm/@babel/core@7.0.0", "pkg:npm/%40babel/core@7.0.0"),
            ("pkg:npm/@babel/core", "pkg:npm/%40babel/core"),
            ("PKG://NPM/lodash@1", "pkg:npm/lodash@1"),
            ("pkg:deb/debian/x@1%3a2?arch=", "pkg:deb/debian/x@1:2"),
        ] {
            assert_eq!(PackageUrl::parse(purl).unwrap().to_string(), tidy, "{purl}");
        }
        for none in ["", "pkg:", "pkg:npm", "pkg:npm/", "npm/lodash", "pkg:/x", "pk\u{e9}:npm/x"] {
            assert_eq!(PackageUrl::parse(none), None, "{none}");
        }
    }
}
