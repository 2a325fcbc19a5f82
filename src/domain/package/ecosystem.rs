//! Ecosystems: what tools call them, the files that name their packages, and names made comparable.

use super::PackageUrl;

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
}
