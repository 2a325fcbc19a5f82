//! Owns the choice of what runs the graphs: a native ONNX Runtime where a library is found, else the one compiled in.
//!
//! Never downloads anything, and never loads a library from the workspace or the working directory: only from where the
//! user or the system put it. A process has one runtime, chosen once.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ort::LoadDynamicError;
use ort::environment::Environment;
use ort::logging::LogLevel;

use super::InferError;

/// How the native library is had.
pub const HOW_TO_GET: &str = "`pip install onnxruntime` in an environment that is active, or ORT_DYLIB_PATH=/path/to/libonnxruntime.so";

/// The variable that says which runtime is wanted: `auto`, `native` or `embedded`.
pub const CHOICE_VARIABLE: &str = "ASSIZE_RUNTIME";

/// The oldest native library that works, as its minor version.
pub const OLDEST_NATIVE: u32 = ort::MINOR_VERSION;

/// Which runtime is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// The native one where there is one.
    #[default]
    Auto,
    /// The native one or none.
    Native,
    /// The one compiled in.
    Embedded,
}

/// What runs the graphs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// A library of ONNX Runtime.
    Native {
        /// The library.
        path: PathBuf,
        /// Its version, where it tells.
        version: String,
    },
    /// Compiled in.
    Embedded,
}

/// A native library that may be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// The file.
    pub path: PathBuf,
    /// Where it was looked for, in words.
    pub from: String,
}

/// The runtime of this process.
#[derive(Clone)]
pub struct Runtime {
    environment: Environment,
    backend: Backend,
    passed_over: Vec<String>,
}

static STARTED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Choice {
    /// Reads the word of [`CHOICE_VARIABLE`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "" | "auto" => Self::Auto,
            "native" => Self::Native,
            "embedded" => Self::Embedded,
            _ => return None,
        })
    }

    /// What the environment asks for.
    ///
    /// # Errors
    /// When it asks for what there is not.
    pub fn from_environment() -> Result<Self, InferError> {
        let word = std::env::var(CHOICE_VARIABLE).unwrap_or_default();
        Self::from_word(&word).ok_or_else(|| {
            InferError::Runtime(format!("{CHOICE_VARIABLE} is `{word}`; there are auto, native and embedded"))
        })
    }
}

impl Runtime {
    /// The runtime, started the first time and the same ever after.
    ///
    /// # Errors
    /// When what is wanted is not there, or another was started before.
    pub fn start(choice: Choice) -> Result<Self, InferError> {
        let mut started = STARTED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(runtime) = started.as_ref() {
            let fits = match choice {
                Choice::Auto => true,
                Choice::Native => runtime.is_native(),
                Choice::Embedded => !runtime.is_native(),
            };
            let other = || InferError::Runtime(format!("the {} runtime was started before", runtime.name()));
            return if fits { Ok(runtime.clone()) } else { Err(other()) };
        }
        let runtime = Self::first(choice)?;
        *started = Some(runtime.clone());
        Ok(runtime)
    }

    fn first(choice: Choice) -> Result<Self, InferError> {
        let mut passed_over = Vec::new();
        if choice != Choice::Embedded {
            for library in libraries() {
                match native(&library.path) {
                    Ok((environment, version)) => {
                        let backend = Backend::Native { path: library.path, version };
                        return Ok(Self { environment, backend, passed_over });
                    }
                    Err(why) => {
                        passed_over.push(format!("{} ({}): {why}", library.path.display(), library.from))
                    }
                }
            }
        }
        if choice == Choice::Native {
            let tried =
                if passed_over.is_empty() { String::new() } else { format!(": {}", passed_over.join("; ")) };
            return Err(InferError::Runtime(format!(
                "no native ONNX Runtime was found{tried}; {HOW_TO_GET}"
            )));
        }
        embedded().map(|environment| Self { environment, backend: Backend::Embedded, passed_over })
    }

    /// What runs the graphs.
    #[must_use]
    pub const fn backend(&self) -> &Backend {
        &self.backend
    }

    /// `native` or `embedded`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.backend {
            Backend::Native { .. } => "native",
            Backend::Embedded => "embedded",
        }
    }

    /// Which it is, with version and place.
    #[must_use]
    pub fn described(&self) -> String {
        match &self.backend {
            Backend::Native { path, version } if version.is_empty() => {
                format!("native ONNX Runtime, {}", path.display())
            }
            Backend::Native { path, version } => {
                format!("native ONNX Runtime {version}, {}", path.display())
            }
            Backend::Embedded => "embedded (tract)".to_owned(),
        }
    }

    /// Libraries that were found and do not work, each with the reason.
    #[must_use]
    pub fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    pub(super) const fn is_native(&self) -> bool {
        matches!(self.backend, Backend::Native { .. })
    }

    pub(super) const fn environment(&self) -> &Environment {
        &self.environment
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Runtime").field("backend", &self.backend).finish_non_exhaustive()
    }
}

fn native(path: &Path) -> Result<(Environment, String), String> {
    let builder = ort::init_from(path).map_err(|error| match error {
        LoadDynamicError::BadVersion { version_str, .. } => {
            format!("it is version {version_str}, and 1.{OLDEST_NATIVE} or a later one is needed")
        }
        LoadDynamicError::MissingApi { .. } => "it is no ONNX Runtime".to_owned(),
        error => error.to_string(),
    })?;
    // Nothing leaves the machine.
    let environment = builder.with_telemetry(false).build().map_err(|error| error.to_string())?;
    // It writes what it thinks of a graph to stderr, where failures are told as documents; errors come back anyway.
    environment.set_log_level(LogLevel::Fatal);
    Ok((environment, version(path)))
}

/// The version, by what the build says of itself or the file's name.
fn version(path: &Path) -> String {
    let told = ort::info();
    let branch = told.split(|c: char| !(c.is_ascii_alphanumeric() || ".-_=".contains(c)));
    let told = branch.filter_map(|word| word.split_once("rel-")).map(|(_, version)| version).next();
    let named = || {
        let full = path.canonicalize().ok()?;
        let name = full.file_name()?.to_str()?.to_owned();
        let digits = name.find(|c: char| c.is_ascii_digit())?;
        Some(name.get(digits..)?.trim_end_matches(".dylib").to_owned())
    };
    told.map(str::to_owned).or_else(named).unwrap_or_default()
}

#[cfg(feature = "embedded")]
fn embedded() -> Result<Environment, InferError> {
    ort::set_api(ort_tract::api());
    ort::init()
        .with_telemetry(false)
        .build()
        .map_err(|error| InferError::Runtime(format!("the embedded runtime does not start: {error}")))
}

#[cfg(not(feature = "embedded"))]
fn embedded() -> Result<Environment, InferError> {
    Err(InferError::Runtime(format!(
        "this program was built without the embedded runtime, and no native one was found; {HOW_TO_GET}"
    )))
}

/// The libraries that are there, the most wanted first.
#[must_use]
pub fn libraries() -> Vec<Library> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let mut found = Vec::new();
    if let Some(path) = variable("ORT_DYLIB_PATH") {
        // A folder is taken for the one that holds it.
        if path.is_dir() {
            within(&path, "ORT_DYLIB_PATH", &mut found);
        } else {
            found.push(Library { path, from: "ORT_DYLIB_PATH".into() });
        }
    }
    for (name, from) in
        [("VIRTUAL_ENV", "the active Python environment"), ("CONDA_PREFIX", "the active Conda environment")]
    {
        if let Some(prefix) = variable(name).filter(|prefix| prefix.is_absolute()) {
            in_python(&prefix, from, &mut found);
            within(&prefix.join("lib"), from, &mut found);
        }
    }
    let searched = variable("LD_LIBRARY_PATH").or_else(|| variable("DYLD_LIBRARY_PATH"));
    for folder in searched.iter().flat_map(std::env::split_paths).filter(|folder| folder.is_absolute()) {
        within(&folder, "the library path", &mut found);
    }
    for folder in SYSTEM_FOLDERS {
        within(Path::new(folder), "the system's libraries", &mut found);
    }
    for folder in
        variable("PATH").iter().flat_map(std::env::split_paths).filter(|folder| folder.is_absolute())
    {
        let is_python = ["python3", "python"].iter().any(|name| folder.join(name).is_file());
        if let Some(prefix) = folder.parent().filter(|_| is_python) {
            in_python(prefix, "the Python on the search path", &mut found);
        }
    }
    if let Some(home) = variable("HOME").filter(|home| home.is_absolute()) {
        in_python(&home.join(".local"), "the user's Python packages", &mut found);
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|library| seen.insert(library.path.canonicalize().unwrap_or_else(|_| library.path.clone())));
    found
}

const SYSTEM_FOLDERS: [&str; 8] = [
    "/usr/local/lib",
    "/usr/lib",
    "/usr/lib64",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/opt/onnxruntime/lib",
    "/opt/homebrew/lib",
    "/usr/local/opt/onnxruntime/lib",
];

/// The packages of a Python environment.
fn in_python(prefix: &Path, from: &str, found: &mut Vec<Library>) {
    let Ok(entries) = std::fs::read_dir(prefix.join("lib")) else { return };
    let mut versions: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("python3"))
        .map(|entry| entry.path())
        .collect();
    versions.sort();
    for version in versions.iter().rev() {
        for packages in ["site-packages", "dist-packages"] {
            within(&version.join(packages).join("onnxruntime/capi"), from, found);
        }
    }
}

/// The library in a folder; of several versions the last.
fn within(folder: &Path, from: &str, found: &mut Vec<Library>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| is_library(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    if let Some(path) = paths.pop() {
        found.push(Library { path, from: from.to_owned() });
    }
}

/// `libonnxruntime.so`, `libonnxruntime.so.1.31.1`, `libonnxruntime.1.31.1.dylib`; not its plugins.
fn is_library(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("libonnxruntime.") else { return false };
    let versions = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    rest.strip_prefix("so").is_some_and(versions) || rest.strip_suffix("dylib").is_some_and(versions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_runtime_itself_is_taken_for_a_library() {
        for name in [
            "libonnxruntime.so",
            "libonnxruntime.so.1.31.1",
            "libonnxruntime.dylib",
            "libonnxruntime.1.31.1.dylib",
        ] {
            assert!(is_library(name), "{name}");
        }
        for name in [
            "libonnxruntime_providers_shared.so",
            "onnxruntime.so",
            "libonnxruntime.so.txt",
            "libonnxruntime.a",
        ] {
            assert!(!is_library(name), "{name}");
        }
    }

    #[test]
    fn a_python_environment_is_looked_through() {
        let folder = tempfile::tempdir().unwrap();
        let capi = folder.path().join("lib/python3.12/site-packages/onnxruntime/capi");
        std::fs::create_dir_all(&capi).unwrap();
        std::fs::write(capi.join("libonnxruntime.so.1.24.0"), "").unwrap();
        std::fs::write(capi.join("libonnxruntime_providers_shared.so"), "").unwrap();
        let mut found = Vec::new();
        in_python(folder.path(), "here", &mut found);
        assert_eq!(found, [Library { path: capi.join("libonnxruntime.so.1.24.0"), from: "here".into() }]);
    }

    #[test]
    fn the_choice_is_a_word() {
        assert_eq!(Choice::from_word("embedded"), Some(Choice::Embedded));
        assert_eq!(Choice::from_word(""), Some(Choice::Auto));
        assert_eq!(Choice::from_word("tract"), None);
    }
}
