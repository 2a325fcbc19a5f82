//! Package URLs (`pkg:npm/%40scope/name@1.0.0`) and the ecosystem words that scanners use for their types.

use std::fmt::Write;

/// The package URL type of an ecosystem or package manager as scanners name it; empty where it is unknown.
pub(super) fn ecosystem(word: &str) -> &'static str {
    match word.trim().to_ascii_lowercase().as_str() {
        "npm" | "yarn" | "pnpm" | "node" | "javascript" | "nodejs" | "bun" => "npm",
        "pypi" | "pip" | "pipenv" | "poetry" | "python" | "setuptools" | "setuptools-build" | "uv"
        | "conda" => "pypi",
        "gem" | "bundler" | "rubygems" | "ruby" => "gem",
        "go" | "gomod" | "golang" | "go_modules" => "golang",
        "cargo" | "rust" | "crates.io" => "cargo",
        "maven" | "gradle" | "sbt" | "java" => "maven",
        "composer" | "packagist" | "php" => "composer",
        "nuget" | "dotnet" | ".net" => "nuget",
        "pub" | "dart" => "pub",
        "swift" | "swiftpm" | "spm" => "swift",
        "cocoapods" => "cocoapods",
        "hex" | "mix" | "elixir" => "hex",
        "conan" | "c++" => "conan",
        "deb" | "debian" | "ubuntu" => "deb",
        "rpm" | "rhel" | "redhat" | "centos" | "fedora" | "rocky" | "almalinux" | "alma" | "amazon"
        | "oracle" | "photon" | "cbl-mariner" | "opensuse" | "sles" | "suse" => "rpm",
        "apk" | "alpine" | "wolfi" | "chainguard" => "apk",
        _ => "",
    }
}

/// The ecosystem that a manifest or lock file belongs to, by its name; empty where it is unknown.
pub(super) fn of_manifest(path: &str) -> &'static str {
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

/// Builds a package URL; empty without a type or a name. A group before `:` or `/` becomes its namespace.
pub(super) fn purl(ecosystem: &str, name: &str, version: &str) -> String {
    let name = name.trim();
    if ecosystem.is_empty() || name.is_empty() {
        return String::new();
    }
    let mut out = format!("pkg:{ecosystem}");
    // Maven writes `group:artifact`; a colon elsewhere is part of a name.
    let name = if ecosystem == "maven" { name.replace(':', "/") } else { name.to_owned() };
    // PyPI takes `My_Package` and `my-package` for the same (PEP 503).
    let name = if ecosystem == "pypi" { name.to_ascii_lowercase().replace(['_', '.'], "-") } else { name };
    for part in name.split('/').filter(|part| !part.is_empty()) {
        out.push('/');
        encode(&mut out, part);
    }
    if !version.trim().is_empty() {
        out.push('@');
        encode(&mut out, version.trim());
    }
    out
}

/// Percent-encodes what the specification of package URLs does not let stand.
fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~' | b':') {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_urls_are_built_in_their_types_own_manner() {
        for (ecosystem, name, version, expected) in [
            ("npm", "@babel/core", "7.0.0", "pkg:npm/%40babel/core@7.0.0"),
            ("maven", "org.slf4j:slf4j-api", "1.7", "pkg:maven/org.slf4j/slf4j-api@1.7"),
            ("golang", "gopkg.in/yaml.v2", "v2.2.2", "pkg:golang/gopkg.in/yaml.v2@v2.2.2"),
            ("pypi", "Ruamel_Yaml", "0.15+x", "pkg:pypi/ruamel-yaml@0.15%2Bx"),
            ("deb", "debian/apt", "", "pkg:deb/debian/apt"),
            ("", "x", "1", ""),
            ("npm", " ", "1", ""),
        ] {
            assert_eq!(purl(ecosystem, name, version), expected);
        }
    }

    #[test]
    fn managers_and_manifests_tell_their_ecosystem() {
        assert_eq!((ecosystem("gomod"), ecosystem("Bundler"), ecosystem("?")), ("golang", "gem", ""));
        assert_eq!(of_manifest("service/go.sum"), "golang");
        assert_eq!(of_manifest("requirements-dev.txt"), "pypi");
        assert_eq!(of_manifest("App.csproj"), "nuget");
        assert_eq!(of_manifest("x"), "");
    }
}
