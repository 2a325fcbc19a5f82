//! Owns the way from a file's bytes to text.
//!
//! Never guesses a language, and never fails on bytes that are merely wrong: those become U+FFFD and the result says
//! so. Only a binary file is refused. Order of belief: a byte order mark; UTF-16 without one, by where its zeros
//! stand; an encoding that the file declares; UTF-8 if it is valid; windows-1252, in which every byte is something.
//!
//! Invariant: the text holds no byte order mark at its start, so that line 1, column 1 is the first character.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Eol {
    /// `\n`.
    Lf,
    /// `\r\n`.
    CrLf,
    /// `\r`.
    Cr,
    /// More than one of them.
    Mixed,
    /// There is one line.
    None,
}

/// A file's text, and how it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// The encoding's name as the WHATWG standard writes it, such as `UTF-8`.
    pub encoding: &'static str,
    /// Whether a byte order mark stood in front.
    pub bom: bool,
    /// How lines end.
    pub eol: Eol,
    /// Whether bytes had to be replaced; such a text does not write back to the same file.
    pub lossy: bool,
}

/// A file that holds no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file is binary: there is no text to show")]
pub struct Binary;

/// Reads bytes as text.
///
/// # Errors
/// [`Binary`] where a NUL stands in the first 8 KiB of what is not UTF-16, the rule that Git goes by.
pub fn decode(bytes: &[u8]) -> Result<Decoded, Binary> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let body = bytes.get(length..).unwrap_or_default();
        if encoding == UTF_8 && is_binary(body) {
            return Err(Binary);
        }
        return Ok(with(encoding, body, true));
    }
    if let Some(encoding) = utf16_by_zeros(bytes) {
        return Ok(with(encoding, bytes, false));
    }
    if is_binary(bytes) {
        return Err(Binary);
    }
    // ASCII is what most files are, and every encoding that can be declared reads it alike.
    let declared = if bytes.is_ascii() { None } else { declared(bytes) };
    if let Some(encoding) = declared.filter(|encoding| *encoding != UTF_8) {
        return Ok(with(encoding, bytes, false));
    }
    // What declares UTF-8 and is mostly that keeps its meaning; only the bad bytes are replaced.
    let encoding =
        if declared == Some(UTF_8) || std::str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 };
    Ok(with(encoding, bytes, false))
}

/// Whether every byte of a file in an encoding is one character, so that its bytes are the text's characters.
#[must_use]
pub fn is_single_byte(encoding: &str) -> bool {
    Encoding::for_label(encoding.as_bytes()).is_some_and(Encoding::is_single_byte)
}

fn with(encoding: &'static Encoding, bytes: &[u8], bom: bool) -> Decoded {
    let (text, lossy) = encoding.decode_without_bom_handling(bytes);
    let text = text.into_owned();
    let eol = eol_of(&text);
    Decoded { text, encoding: encoding.name(), bom, eol, lossy }
}

fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, bytes.get(..8192).unwrap_or(bytes)).is_some()
}

/// UTF-16 of mostly Latin text has a zero in every other byte, always on the same side.
fn utf16_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..4096).unwrap_or(bytes);
    let pairs = sample.len() / 2;
    if pairs < 2 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let (mut first, mut second, mut both) = (0, 0, 0);
    for pair in sample.chunks_exact(2) {
        match pair {
            [0, 0] => both += 1,
            [0, _] => first += 1,
            [_, 0] => second += 1,
            _ => {}
        }
    }
    // A NUL character is no part of a text, and half of the characters of any source code are ASCII.
    let enough = |zeros: usize, others: usize| zeros * 2 >= pairs && others * 50 <= pairs && both == 0;
    if enough(second, first) {
        Some(UTF_16LE)
    } else if enough(first, second) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// The encoding that a file names itself: PEP 263 and Ruby's magic comment (also Emacs' and Vim's modes), XML's
/// declaration, HTML's `<meta charset>`, CSS's `@charset`.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..1024).unwrap_or(bytes);
    let head: String = head.iter().map(|&b| char::from(b).to_ascii_lowercase()).collect();
    let label = if head.trim_start().starts_with('<') {
        let xml = head.trim_start().strip_prefix("<?xml").and_then(|rest| rest.split("?>").next());
        xml.and_then(|xml| label_after(xml, "encoding")).or_else(|| {
            let meta = head.split("<meta").skip(1).map(|tag| tag.split('>').next().unwrap_or_default());
            meta.filter_map(|tag| label_after(tag, "charset")).next()
        })
    } else if let Some(rest) = head.strip_prefix("@charset \"") {
        rest.split('"').next()
    } else {
        let comments = head.lines().take(2).filter(|line| {
            let line = line.trim_start();
            line.starts_with('#') || line.starts_with("//") || line.starts_with("/*")
        });
        comments.filter_map(|line| label_after(line, "coding")).next()
    }?;
    // Python says `latin-1` and `utf-8-unix`, which the standard's table does not have.
    let label = label.trim_end_matches("-unix").trim_end_matches("-dos").replace('_', "-");
    let label = match label.as_str() {
        "latin-1" | "iso-latin-1" | "iso-latin-1-unix" => "latin1",
        "utf8mb4" | "utf-8-sig" => "utf-8",
        "cp932" | "windows-31j" => "shift_jis",
        "cp949" => "euc-kr",
        "cp936" => "gbk",
        "cp950" => "big5",
        other => other,
    };
    let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
    // A file that spells this out in ASCII is not UTF-16, whatever it says.
    if encoding.is_ascii_compatible() { Some(encoding) } else { Some(UTF_8) }
}

/// The word after `key` and `=` or `:`.
fn label_after<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.match_indices(key).find_map(|(at, _)| {
        let rest = text.get(at + key.len()..)?.trim_start();
        let value = rest.strip_prefix(['=', ':'])?.trim_start().trim_start_matches(['"', '\'']);
        let end =
            value.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.:".contains(c))).unwrap_or(value.len());
        value.get(..end).filter(|label| !label.is_empty())
    })
}

fn eol_of(text: &str) -> Eol {
    let bytes = text.as_bytes();
    let (mut lf, mut crlf, mut cr) = (false, false, false);
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => crlf = true,
            (Some(b'\r'), _) => cr = true,
            _ if at > 0 && bytes.get(at - 1) == Some(&b'\r') => {}
            _ => lf = true,
        }
        if u8::from(lf) + u8::from(crlf) + u8::from(cr) > 1 {
            return Eol::Mixed;
        }
    }
    match (lf, crlf, cr) {
        (true, ..) => Eol::Lf,
        (_, true, _) => Eol::CrLf,
        (_, _, true) => Eol::Cr,
        _ => Eol::None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utf16(text: &str, encoding: &'static Encoding) -> Vec<u8> {
        let order = if encoding == UTF_16LE { u16::to_le_bytes } else { u16::to_be_bytes };
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn every_encoding_reads_as_its_text() {
        let bytes = |parts: &[&[u8]]| parts.concat();
        let cases: Vec<(&str, Vec<u8>, &str, &str, bool)> = vec![
            ("ascii", b"a = 1\n".to_vec(), "a = 1\n", "UTF-8", false),
            ("empty", vec![], "", "UTF-8", false),
            ("utf-8", "é😀".into(), "é😀", "UTF-8", false),
            ("utf-8 with mark", bytes(&[b"\xef\xbb\xbf", "é".as_bytes()]), "é", "UTF-8", true),
            ("utf-16le with mark", bytes(&[b"\xff\xfe", &utf16("漢字", UTF_16LE)]), "漢字", "UTF-16LE", true),
            ("utf-16be with mark", bytes(&[b"\xfe\xff", &utf16("漢字", UTF_16BE)]), "漢字", "UTF-16BE", true),
            ("utf-16le", utf16("class é { }\r\n", UTF_16LE), "class é { }\r\n", "UTF-16LE", false),
            ("utf-16be", utf16("class é { }\r\n", UTF_16BE), "class é { }\r\n", "UTF-16BE", false),
            (
                "python",
                b"#!/x\n# -*- coding: latin-1 -*-\n\xe9".to_vec(),
                "#!/x\n# -*- coding: latin-1 -*-\né",
                "windows-1252",
                false,
            ),
            (
                "vim",
                b"# vim: set fileencoding=koi8-r :\n\xc1".to_vec(),
                "# vim: set fileencoding=koi8-r :\nа",
                "KOI8-R",
                false,
            ),
            (
                "ruby",
                b"# encoding: Shift_JIS\n\x82\xa0".to_vec(),
                "# encoding: Shift_JIS\nあ",
                "Shift_JIS",
                false,
            ),
            (
                "xml",
                b"<?xml version=\"1.0\" encoding='ISO-8859-2'?>\xb1".to_vec(),
                "<?xml version=\"1.0\" encoding='ISO-8859-2'?>ą",
                "ISO-8859-2",
                false,
            ),
            (
                "html",
                b"<html><meta charset=windows-1251>\xe0".to_vec(),
                "<html><meta charset=windows-1251>а",
                "windows-1251",
                false,
            ),
            (
                "xml that lies",
                b"<?xml encoding=\"utf-16\"?>\xc3\xa9".to_vec(),
                "<?xml encoding=\"utf-16\"?>é",
                "UTF-8",
                false,
            ),
            ("fallback", b"caf\xe9 \x80".to_vec(), "café €", "windows-1252", false),
            (
                "unknown label",
                b"# coding: klingon\n\xe9".to_vec(),
                "# coding: klingon\né",
                "windows-1252",
                false,
            ),
        ];
        for (name, bytes, text, encoding, bom) in cases {
            let decoded = decode(&bytes).unwrap();
            assert_eq!(
                (decoded.text.as_str(), decoded.encoding, decoded.bom, decoded.lossy),
                (text, encoding, bom, false),
                "{name}"
            );
        }
    }

    #[test]
    fn bad_bytes_are_replaced_and_said_to_be() {
        let decoded = decode(b"# coding: utf-8\n\xe9 \xc3\xa9").unwrap();
        assert_eq!((decoded.text.as_str(), decoded.lossy), ("# coding: utf-8\n\u{fffd} é", true));
        assert!(decode(b"\xff\xfea\0\x00\xd8").unwrap().lossy);
    }

    #[test]
    fn a_binary_file_is_refused() {
        for bytes in [&b"\x7fELF\x02\x01\x01\0\0\0\0\0"[..], b"GIF89a\0\0\0", b"\xef\xbb\xbfa\0b", b"a\0"] {
            assert_eq!(decode(bytes), Err(Binary), "{bytes:?}");
        }
    }

    #[test]
    fn line_ends_are_told() {
        for (text, eol) in [
            ("a", Eol::None),
            ("a\nb", Eol::Lf),
            ("a\r\nb\r\n", Eol::CrLf),
            ("a\rb", Eol::Cr),
            ("a\r\nb\n", Eol::Mixed),
            ("a\r\r\n", Eol::Mixed),
        ] {
            assert_eq!(decode(text.as_bytes()).unwrap().eol, eol, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_decode_or_are_binary(bytes: Vec<u8>, head in "(# coding: |<\\?xml encoding=|<meta charset=)?[a-z0-9-]{0,9}\n?") {
            let _ = decode(&bytes);
            let _ = decode(&[head.as_bytes(), &bytes].concat());
        }

        #[test]
        fn utf8_without_nul_comes_back_as_it_is(text in "\\PC{0,40}") {
            prop_assert_eq!(decode(text.as_bytes()).unwrap().text, text.trim_start_matches('\u{feff}'));
        }
    }
}
