use super::*;

fn read(document: &Document) -> String {
    let mut text = String::new();
    document.open().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn marks_and_utf16_are_read_as_plain_utf8() {
    let text = "{\"a\":\"é😀\"}";
    let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let with = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    for bytes in [
        text.as_bytes().to_vec(),
        with(&[0xef, 0xbb, 0xbf], text.as_bytes()),
        with(&[0xff, 0xfe], &le),
        with(&[0xfe, 0xff], &be),
        le.clone(),
        be.clone(),
    ] {
        assert_eq!(read(&Document::bytes("x", bytes)), text);
    }
}

#[test]
fn a_shape_names_keys_texts_and_lines() {
    let shape =
        Shape::of_prefix(br#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[]}]} "#);
    assert!(shape.has("runs[].tool.driver.name") && shape.has("runs[].results") && !shape.has("results"));
    assert_eq!(shape.text("version"), Some("2.1.0"));
    assert_eq!(shape.values, 1);
    assert_eq!(Shape::of_prefix(b"{\"a\":1}\n{\"a\":2}\n").values, 2);
    assert!(Shape::of_prefix(b" [] ").hollow && Shape::of_prefix(b"{}").hollow);
    assert!(!Shape::of_prefix(b"[1]").hollow && !Shape::of_prefix(b"{\"a\":").hollow);
    assert_eq!(Shape::of_prefix(b"  \n").top, Top::Empty);
    let xml = Shape::of_prefix(b"<?xml version='1.0'?><!-- x --><b:bom xmlns:b=\"http://b\"><a/></b:bom>");
    assert_eq!(xml.top, Top::Xml("bom".into(), "http://b".into()));
}

#[test]
fn a_file_that_shrinks_between_readings_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    std::fs::write(&path, "[1,2,3]").unwrap();
    let document = Document::file(&path).unwrap();
    assert_eq!(read(&document), "[1,2,3]");
    std::fs::write(&path, "[1").unwrap();
    assert!(matches!(document.open(), Err(ReadError::Io(_))));
    assert!(matches!(document.digest(), Err(ReadError::Io(_))));
}

#[test]
fn compressed_files_are_unpacked_and_damaged_ones_refused() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(b"[1]").unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(&b"[1]"[..], 1).unwrap();
    for (index, packed) in [gzip.clone(), zstd].into_iter().enumerate() {
        let path = folder.path().join(index.to_string());
        std::fs::write(&path, packed).unwrap();
        assert_eq!(read(&Document::file(&path).unwrap()), "[1]");
    }
    let path = folder.path().join("cut");
    std::fs::write(&path, &gzip[..gzip.len() - 6]).unwrap();
    let error = Document::file(&path).unwrap().text(100).unwrap_err();
    assert!(error.to_string().contains("cut short"), "{error}");
}

#[test]
fn folders_pipes_and_archives_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Document::file(folder.path()), Err(ReadError::Unsupported(_))));
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    assert!(matches!(Document::file(&pipe), Err(ReadError::Unsupported(_))));
    let zip = folder.path().join("zip");
    std::fs::write(&zip, b"PK\x03\x04rest").unwrap();
    assert!(matches!(Document::file(&zip), Err(ReadError::Unsupported(_))));
}

#[test]
fn what_a_killed_import_left_is_removed_by_the_next_and_what_is_in_use_stays() {
    let folder = tempfile::tempdir().unwrap();
    let names = || {
        let mut names: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let old = |name: &str| {
        let file = std::fs::File::create(folder.path().join(name)).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        file
    };
    let used = Document::spooled("-", &b"[]"[..], folder.path()).unwrap();
    let in_use = names();
    let file = std::fs::File::options().write(true).open(folder.path().join(&in_use[0])).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    drop((old("spool-left"), old("findings.db"), std::fs::File::create(folder.path().join("spool-new"))));
    let document = Document::spooled("-", &b"{}"[..], folder.path()).unwrap();
    let now = names();
    assert!(!now.contains(&"spool-left".to_owned()), "{now:?}");
    assert!(now.contains(&in_use[0]) && now.contains(&"spool-new".to_owned()), "{now:?}");
    assert!(now.contains(&"findings.db".to_owned()) && now.len() == 4, "{now:?}");
    drop((used, document));
    assert_eq!(names(), ["findings.db", "spool-new"]);
}
