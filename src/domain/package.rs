//! Packages and the advisories about them: package URLs, the ecosystems' many names, names made comparable.
//!
//! Never reads a registry: a name is taken for what it says.

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

/// An ecosystem by its package URL type, with the namespace that its packages have by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ecosystem {
    /// The type in a package URL.
    pub kind: &'static str,
    /// The vendor of a distribution's packages; empty for a language's.
    pub vendor: &'static str,
}

/// What tools call an ecosystem (in lower case, without what stands behind a colon), by package URL type.
const WORDS: &[(&str, &[&str])] = &[
    ("npm", &["npm", "yarn", "pnpm", "bun", "node", "node-pkg", "nodejs", "javascript", "js"]),
    (
        "pypi",
        &[
            "pypi",
            "pip",
            "pipenv",
            "poetry",
            "uv",
            "pdm",
            "pylock",
            "python",
            "python-pkg",
            "wheel",
            "setuptools",
        ],
    ),
    ("maven", &["maven", "gradle", "sbt", "jar", "pom", "java", "java-archive", "scala", "coursier"]),
    (
        "golang",
        &[
            "golang",
            "go",
            "gomod",
            "gomodules",
            "go_modules",
            "go-module",
            "gobinary",
            "golangdep",
            "govendor",
            "dep",
        ],
    ),
    ("cargo", &["cargo", "rust", "rustbinary", "rust-crate", "rust-binary", "crates.io", "crates"]),
    ("gem", &["gem", "rubygems", "gemspec", "bundler", "ruby"]),
    ("composer", &["composer", "packagist", "php", "php-composer", "composer-vendor"]),
    ("nuget", &["nuget", "dotnet", "dotnet-core", "dotnet-deps", "packages-props", "paket", "c#", ".net"]),
    ("cocoapods", &["cocoapods", "pod", "pods"]),
    ("swift", &["swift", "swifturl", "swiftpm", "spm"]),
    ("hex", &["hex", "mix", "mix-lock", "erlang", "elixir"]),
    ("pub", &["pub", "dart", "dart-pub"]),
    ("conan", &["conan", "conancenter"]),
    ("conda", &["conda", "conda-pkg", "conda-environment"]),
    ("cran", &["cran", "r", "r-package", "renv"]),
    ("hackage", &["hackage", "haskell", "stack", "ghc"]),
    ("cpan", &["cpan", "perl"]),
    ("julia", &["julia"]),
    ("bitnami", &["bitnami"]),
    ("githubactions", &["githubactions", "github actions", "github-actions", "github-action", "actions"]),
    ("alpm", &["alpm", "arch", "archlinux"]),
    ("generic", &["generic", "binary", "unmanaged", "cpp", "c++", "c/c++"]),
    ("deb", &["deb", "dpkg", "apt"]),
    ("apk", &["apk"]),
    ("rpm", &["rpm", "linux"]),
    ("docker", &["docker"]),
    ("oci", &["oci"]),
];

/// Distributions: what tools call them, the package URL type, the vendor.
const DISTRIBUTIONS: &[(&str, &str, &str)] = &[
    ("debian", "deb", "debian"),
    ("ubuntu", "deb", "ubuntu"),
    ("distroless", "deb", "debian"),
    ("echo", "deb", "echo"),
    ("alpine", "apk", "alpine"),
    ("wolfi", "apk", "wolfi"),
    ("chainguard", "apk", "chainguard"),
    ("minimos", "apk", "minimos"),
    ("redhat", "rpm", "redhat"),
    ("red hat", "rpm", "redhat"),
    ("rhel", "rpm", "redhat"),
    ("centos", "rpm", "centos"),
    ("fedora", "rpm", "fedora"),
    ("rocky", "rpm", "rocky"),
    ("rocky linux", "rpm", "rocky"),
    ("alma", "rpm", "almalinux"),
    ("almalinux", "rpm", "almalinux"),
    ("amazon", "rpm", "amazon"),
    ("amzn", "rpm", "amazon"),
    ("oracle", "rpm", "oracle"),
    ("ol", "rpm", "oracle"),
    ("photon", "rpm", "photon"),
    ("cbl-mariner", "rpm", "cbl-mariner"),
    ("mariner", "rpm", "cbl-mariner"),
    ("azurelinux", "rpm", "azurelinux"),
    ("azure", "rpm", "azurelinux"),
    ("mageia", "rpm", "mageia"),
    ("sles", "rpm", "suse"),
    ("suse", "rpm", "suse"),
    ("suse linux enterprise server", "rpm", "suse"),
    ("opensuse", "rpm", "opensuse"),
    ("opensuse-leap", "rpm", "opensuse"),
    ("opensuse.leap", "rpm", "opensuse"),
    ("opensuse.tumbleweed", "rpm", "opensuse"),
];

/// The ecosystem that a tool's word names: `pip`, `PyPI`, `gomodules`, `crates.io`, `Debian:11`, `sles:15.3`.
#[must_use]
pub fn ecosystem(word: &str) -> Option<Ecosystem> {
    let lower = word.trim().to_ascii_lowercase();
    let lower = lower.split(':').next().unwrap_or_default();
    if let Some((kind, _)) = WORDS.iter().find(|(_, words)| words.contains(&lower)) {
        return Some(Ecosystem { kind, vendor: "" });
    }
    DISTRIBUTIONS
        .iter()
        .find(|(name, _, _)| *name == lower)
        .map(|&(_, kind, vendor)| Ecosystem { kind, vendor })
}

/// The type of the packages that a manifest or lock file names, by the file's own name; empty where it is unknown.
#[must_use]
pub fn of_manifest(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    match name.as_str() {
        "package.json"
        | "package-lock.json"
        | "npm-shrinkwrap.json"
        | "yarn.lock"
        | "pnpm-lock.yaml"
        | "bun.lock" => "npm",
        "pipfile" | "pipfile.lock" | "poetry.lock" | "setup.py" | "pyproject.toml" | "uv.lock" => "pypi",
        "gemfile" | "gemfile.lock" | "gems.locked" => "gem",
        "go.mod" | "go.sum" => "golang",
        "cargo.toml" | "cargo.lock" => "cargo",
        "pom.xml" | "build.gradle" | "build.gradle.kts" | "build.sbt" | "gradle.lockfile" => "maven",
        "composer.json" | "composer.lock" => "composer",
        "packages.lock.json" | "packages.config" => "nuget",
        "pubspec.yaml" | "pubspec.lock" => "pub",
        "package.swift" | "package.resolved" => "swift",
        "podfile" | "podfile.lock" => "cocoapods",
        "mix.exs" | "mix.lock" => "hex",
        "conanfile.txt" | "conan.lock" => "conan",
        _ if name.ends_with(".csproj") => "nuget",
        _ if name.ends_with(".gemspec") => "gem",
        _ if name.starts_with("requirements") || name.starts_with("constraints") => "pypi",
        _ => "",
    }
}

impl Ecosystem {
    /// The package URL of a package by the name its ecosystem uses: `@babel/core`, `org.slf4j:slf4j-api`,
    /// `github.com/gin-gonic/gin`.
    #[must_use]
    pub fn package(&self, name: &str, version: &str) -> PackageUrl {
        let name = name.trim();
        let split = match self.kind {
            "maven" => name.rsplit_once([':', '/']),
            "npm" => name.rsplit_once('/').filter(|(scope, _)| scope.starts_with('@')),
            "golang" | "composer" | "githubactions" | "swift" | "docker" => name.rsplit_once('/'),
            _ => None,
        };
        let (namespace, name) = split.unwrap_or((self.vendor, name));
        let namespace = match self.kind {
            "composer" => namespace.to_ascii_lowercase(),
            _ => namespace.to_owned(),
        };
        let name = match self.kind {
            "pypi" => name.to_ascii_lowercase().replace('_', "-"),
            "composer" | "hex" | "deb" | "apk" => name.to_ascii_lowercase(),
            _ => name.to_owned(),
        };
        PackageUrl {
            kind: self.kind.to_owned(),
            namespace,
            name,
            version: version.trim().to_owned(),
            ..PackageUrl::default()
        }
    }
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

/// A package's name in the one spelling under which two tools' names are the same package.
///
/// `kind` is a package URL type. PyPI names fold case and `-_.` (PEP 503), Maven's `group/artifact` becomes
/// `group:artifact`, NuGet, Composer, Hex, Go and the distributions fold case, Cargo folds `-` and `_`. npm's
/// names keep their case: `JSONStream` and `jsonstream` are two packages.
#[must_use]
pub fn normal_name(kind: &str, name: &str) -> String {
    let name = name.trim();
    match kind {
        "pypi" => {
            let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
            parts.collect::<Vec<_>>().join("-").to_ascii_lowercase()
        }
        "maven" => name.replacen('/', ":", 1),
        "cargo" => name.replace('_', "-").to_ascii_lowercase(),
        "golang" => name.trim_end_matches('/').to_ascii_lowercase(),
        "nuget" | "composer" | "hex" | "deb" | "rpm" | "apk" | "github" | "githubactions" => {
            name.to_ascii_lowercase()
        }
        _ => name.to_owned(),
    }
}

/// Who names an advisory so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdvisoryKind {
    /// `CVE-2021-44228`
    Cve,
    /// `GHSA-jfh8-c2jp-5v3q`
    Ghsa,
    /// An ecosystem's own database: `RUSTSEC-…`, `PYSEC-…`, `GO-…`, `OSV-…`, `MAL-…`…
    Ecosystem,
    /// A vendor's or a distribution's: `SNYK-…`, `RHSA-…`, `DSA-…`, `USN-…`, `ALAS-…`…
    Vendor,
    /// None of these.
    Other,
}

/// The kind of an advisory's id.
#[must_use]
pub fn advisory_kind(id: &str) -> AdvisoryKind {
    let id = id.trim().to_ascii_uppercase();
    let prefix = id.split(['-', ':']).next().unwrap_or_default();
    match prefix {
        "CVE" => AdvisoryKind::Cve,
        "GHSA" => AdvisoryKind::Ghsa,
        "RUSTSEC" | "PYSEC" | "GO" | "OSV" | "MAL" | "HSEC" | "PSF" | "RSEC" | "BIT" | "GSD" | "JLSEC"
        | "EEF" => AdvisoryKind::Ecosystem,
        "SNYK" | "NPM" | "RHSA" | "RHBA" | "RHEA" | "DSA" | "DLA" | "USN" | "LSN" | "ALAS" | "ALAS2"
        | "ELSA" | "SUSE" | "OPENSUSE" | "ALSA" | "RLSA" | "RXSA" | "ALPINE" | "DEBIAN" | "UBUNTU"
        | "CGA" | "GLSA" | "PRISMA" | "SONATYPE" | "TEMP" | "NSWG" | "VU" | "MGASA" | "FEDORA" => {
            AdvisoryKind::Vendor
        }
        _ => AdvisoryKind::Other,
    }
}

/// An advisory's id in the one spelling under which two tools' ids are the same advisory.
#[must_use]
pub fn normal_advisory(id: &str) -> String {
    let id = id.trim();
    match advisory_kind(id) {
        AdvisoryKind::Ghsa => format!("GHSA{}", id.get(4..).unwrap_or_default().to_ascii_lowercase()),
        AdvisoryKind::Other => id.to_owned(),
        _ => id.to_ascii_uppercase(),
    }
}

/// The first GitHub advisory or CVE id in a text, such as a link.
#[must_use]
pub fn advisory_in(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .find(|word| {
            let parts: Vec<&str> = word.split('-').collect();
            match parts.as_slice() {
                [first, a, b, c] if first.eq_ignore_ascii_case("ghsa") => {
                    [a, b, c].iter().all(|part| part.len() == 4)
                }
                [first, year, number] if first.eq_ignore_ascii_case("cve") => {
                    year.len() == 4
                        && number.len() >= 4
                        && [year, number].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()))
                }
                _ => false,
            }
        })
        .map(normal_advisory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_ecosystem_become_package_urls() {
        for (word, name, version, purl) in [
            ("npm", "@babel/core", "7.0.0", "pkg:npm/%40babel/core@7.0.0"),
            ("yarn", "lodash", "4.17.4", "pkg:npm/lodash@4.17.4"),
            ("pip", "Flask_Login", "0.5", "pkg:pypi/flask-login@0.5"),
            ("PyPI", "zope.interface", "", "pkg:pypi/zope.interface"),
            ("gradle", "org.slf4j:slf4j-api", "1.7", "pkg:maven/org.slf4j/slf4j-api@1.7"),
            ("jar", "org.slf4j/slf4j-api", "1.7", "pkg:maven/org.slf4j/slf4j-api@1.7"),
            (
                "gomodules",
                "github.com/gin-gonic/gin",
                "v1.6.0+incompatible",
                "pkg:golang/github.com/gin-gonic/gin@v1.6.0%2Bincompatible",
            ),
            ("crates.io", "time", "0.1.44", "pkg:cargo/time@0.1.44"),
            ("rubygems", "rack", "1.0", "pkg:gem/rack@1.0"),
            ("Packagist", "Symfony/HTTP-Kernel", "v5", "pkg:composer/symfony/http-kernel@v5"),
            ("Debian:11", "openssl", "1:1.1.1-2+deb11u1", "pkg:deb/debian/openssl@1:1.1.1-2%2Bdeb11u1"),
            ("sles:15.3", "permissions", "2018", "pkg:rpm/suse/permissions@2018"),
            ("Alpine:v3.18", "musl", "1.2.4-r0", "pkg:apk/alpine/musl@1.2.4-r0"),
            ("GitHub Actions", "actions/checkout", "v2", "pkg:githubactions/actions/checkout@v2"),
        ] {
            assert_eq!(ecosystem(word).unwrap().package(name, version).to_string(), purl);
        }
        assert_eq!(ecosystem("cobol-copybooks"), None);
    }

    #[test]
    fn manifests_tell_their_ecosystem() {
        for (path, kind) in [
            ("service/go.sum", "golang"),
            ("requirements-dev.txt", "pypi"),
            ("App.csproj", "nuget"),
            ("Gemfile.lock", "gem"),
            ("x", ""),
        ] {
            assert_eq!(of_manifest(path), kind, "{path}");
            assert!(kind.is_empty() || ecosystem(kind).is_some_and(|known| known.kind == kind));
        }
    }

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

    #[test]
    fn names_that_mean_one_package_become_equal() {
        for (kind, a, b) in [
            ("pypi", "Zope_Interface", "zope.interface"),
            ("maven", "org.slf4j/slf4j-api", "org.slf4j:slf4j-api"),
            ("cargo", "serde_json", "serde-json"),
            ("nuget", "Newtonsoft.Json", "newtonsoft.json"),
        ] {
            assert_eq!(normal_name(kind, a), normal_name(kind, b));
        }
        assert_ne!(normal_name("npm", "JSONStream"), normal_name("npm", "jsonstream"));
    }

    #[test]
    fn advisories_are_told_apart_and_found_in_links() {
        for (id, kind) in [
            ("CVE-2021-44228", AdvisoryKind::Cve),
            ("ghsa-JFH8-c2jp-5v3q", AdvisoryKind::Ghsa),
            ("RUSTSEC-2020-0071", AdvisoryKind::Ecosystem),
            ("SNYK-JS-LODASH-567746", AdvisoryKind::Vendor),
            ("npm:ms:20170412", AdvisoryKind::Vendor),
            ("1523", AdvisoryKind::Other),
        ] {
            assert_eq!(advisory_kind(id), kind, "{id}");
        }
        assert_eq!(normal_advisory("ghsa-JFH8-C2jp-5v3q"), "GHSA-jfh8-c2jp-5v3q");
        let link = "https://github.com/advisories/GHSA-pfrx-2q88-qq97?x=1";
        assert_eq!(advisory_in(link).as_deref(), Some("GHSA-pfrx-2q88-qq97"));
        assert_eq!(advisory_in("see CVE-2020-8908.").as_deref(), Some("CVE-2020-8908"));
        assert_eq!(advisory_in("https://npmjs.com/advisories/1523"), None);
    }
}
