//! Owns reading a model's files: each within its folder, no larger than its kind may be, and known by its SHA-256.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Component, Path};

use sha2::{Digest as _, Sha256};

use super::InferError;

/// Refuses a name that leads out of the folder of the file that names it.
pub(super) fn is_within(named_by: &Path, name: &str) -> Result<(), InferError> {
    let inside = !name.is_empty()
        && name.len() <= 255
        && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
        && !name.contains(['\\', '\0']);
    if inside {
        Ok(())
    } else {
        Err(InferError::bad(
            named_by,
            format!("it names `{name}`, which is not a file in the model's folder"),
        ))
    }
}

/// Opens a file of a folder, links followed as long as they stay in it. `None` where there is no such file.
pub(super) fn open(folder: &Path, name: &str, largest: u64) -> Result<Option<(File, u64)>, InferError> {
    let path = folder.join(name);
    is_within(&path, name)?;
    let full = match path.canonicalize() {
        Ok(full) => full,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(InferError::io(&path)(error)),
    };
    let root = folder.canonicalize().map_err(InferError::io(folder))?;
    if !full.starts_with(&root) {
        return Err(InferError::bad(
            &path,
            "it is a link out of the model's folder; copy the folder with `cp -rL`",
        ));
    }
    // Before it is opened: opening a pipe waits for its other end.
    if !fs::metadata(&full).map_err(InferError::io(&path))?.is_file() {
        return Err(InferError::bad(&path, "it is no regular file"));
    }
    let file = File::open(&full).map_err(InferError::io(&path))?;
    let size = file.metadata().map_err(InferError::io(&path))?.len();
    if size > largest {
        return Err(InferError::bad(&path, format!("it has {size} bytes; such a file may have {largest}")));
    }
    Ok(Some((file, size)))
}

/// The bytes of a file.
pub(super) fn bytes(folder: &Path, name: &str, largest: u64) -> Result<Option<Vec<u8>>, InferError> {
    let Some((file, size)) = open(folder, name, largest)? else { return Ok(None) };
    let path = folder.join(name);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(largest + 1).read_to_end(&mut bytes).map_err(InferError::io(&path))?;
    if bytes.len() as u64 > largest {
        return Err(InferError::bad(&path, format!("it grew beyond {largest} bytes while it was read")));
    }
    Ok(Some(bytes))
}

/// The text of a file.
pub(super) fn text(folder: &Path, name: &str, largest: u64) -> Result<Option<String>, InferError> {
    let Some(bytes) = bytes(folder, name, largest)? else { return Ok(None) };
    let path = folder.join(name);
    String::from_utf8(bytes).map(Some).map_err(|_| InferError::bad(&path, "it is not UTF-8"))
}

/// The SHA-256 of a file of any size.
pub(super) fn digest(folder: &Path, name: &str) -> Result<Option<String>, InferError> {
    let Some((mut file, _)) = open(folder, name, u64::MAX)? else { return Ok(None) };
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(InferError::io(&folder.join(name)))? {
            0 => return Ok(Some(hex(&hash.finalize()))),
            count => hash.update(buffer.get(..count).unwrap_or_default()),
        }
    }
}

/// The SHA-256 of bytes.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Copies a file of one folder into another, readable by its owner alone.
pub(super) fn copy(from: &Path, to: &Path, name: &str) -> Result<(), InferError> {
    let path = to.join(name);
    let Some((mut source, _)) = open(from, name, u64::MAX)? else {
        return Err(InferError::io(&from.join(name))(ErrorKind::NotFound.into()));
    };
    if let Some(parent) = path.parent() {
        make_folder(parent)?;
    }
    let mut target = create(&path)?;
    std::io::copy(&mut source, &mut target).map_err(InferError::io(&path))?;
    target.sync_all().map_err(InferError::io(&path))
}

/// Writes a file, readable by its owner alone.
pub(super) fn write(path: &Path, text: &str) -> Result<(), InferError> {
    let mut file = create(path)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(InferError::io(path))?;
    file.sync_all().map_err(InferError::io(path))
}

/// Makes a folder for its owner alone.
pub(super) fn make_folder(path: &Path) -> Result<(), InferError> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(InferError::io(path))
}

/// Makes a file that is not there yet, for its owner alone.
pub(super) fn create(path: &Path) -> Result<File, InferError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(InferError::io(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_or_a_link_that_leads_out_of_the_folder_is_refused() {
        let all = tempfile::tempdir().unwrap();
        let folder = all.path().join("model");
        fs::create_dir(&folder).unwrap();
        fs::write(all.path().join("secret"), "s").unwrap();
        std::os::unix::fs::symlink("../secret", folder.join("weights.bin")).unwrap();
        std::os::unix::fs::symlink("model.onnx", folder.join("link.onnx")).unwrap();
        fs::write(folder.join("model.onnx"), "m").unwrap();
        for name in ["../secret", "/etc/passwd", "a/../../secret", "", "a\\b"] {
            assert!(matches!(open(&folder, name, 10), Err(InferError::Bad { .. })), "{name}");
        }
        let error = open(&folder, "weights.bin", 10).unwrap_err();
        assert!(error.to_string().contains("link out of the model's folder"), "{error}");
        assert_eq!(text(&folder, "link.onnx", 10).unwrap().as_deref(), Some("m"));
        assert!(text(&folder, "other.onnx", 10).unwrap().is_none());
    }

    #[test]
    fn a_file_larger_than_its_kind_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        File::create(folder.path().join("config.json")).unwrap().set_len(1 << 40).unwrap();
        let error = bytes(folder.path(), "config.json", 1 << 20).unwrap_err();
        assert!(error.to_string().contains("1099511627776 bytes"), "{error}");
    }

    #[test]
    fn a_digest_is_the_one_that_other_tools_tell() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "abc").unwrap();
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(folder.path(), "a").unwrap().as_deref(), Some(known));
        assert_eq!(sha256(b"abc"), known);
    }
}
