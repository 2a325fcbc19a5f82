//! From a file's bytes to UTF-8: the file held to its length, unpacked within bounds, decoded.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::time::SystemTime;

use super::read_up_to;
use crate::ingest::reader::ReadError;

/// A document may not unpack to more than this; it bounds a bomb's time, memory is bounded anyway.
const UNPACKED_LIMIT: u64 = 64 << 30;

/// What must not change between two readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) length: u64,
    pub(super) modified: Option<SystemTime>,
}

impl Identity {
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let meta = file.metadata()?;
        Ok(Self { length: meta.len(), modified: meta.modified().ok() })
    }
}

/// A file that must stay as long as it was.
pub(super) struct Whole {
    file: File,
    identity: Identity,
}

impl Whole {
    pub(super) const fn new(file: File, identity: Identity) -> Self {
        Self { file, identity }
    }
}

impl Read for Whole {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.file.read(buffer)?;
        if got == 0 && !buffer.is_empty() {
            let at = self.file.stream_position()?;
            if at < self.identity.length {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    format!("it was cut to {at} of {} bytes while it was read", self.identity.length),
                ));
            }
            if Identity::of(&self.file)? != self.identity {
                return Err(io::Error::other(
                    "it changed while it was read; import it again when its writer is done",
                ));
            }
        }
        Ok(got)
    }
}

/// Unpacked bytes up to the limit.
pub(super) struct Bounded<R> {
    input: R,
    left: u64,
}

impl<R> Bounded<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, left: UNPACKED_LIMIT }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.input.read(buffer).map_err(|error| {
            io::Error::new(error.kind(), format!("the compressed data is damaged or cut short: {error}"))
        })?;
        self.left = self.left.checked_sub(got as u64).ok_or_else(|| {
            io::Error::other(format!("it unpacks to more than {} GiB", UNPACKED_LIMIT >> 30))
        })?;
        Ok(got)
    }
}

/// Makes UTF-8 of what may be UTF-16, and drops a byte order mark.
pub(super) fn decoded<'a>(mut input: Box<dyn Read + 'a>) -> Result<Box<dyn Read + 'a>, ReadError> {
    let mut mark = [0; 4];
    let got = read_up_to(&mut input, &mut mark)?;
    let head = mark.get(..got).unwrap_or_default();
    let (encoding, skip) = match head {
        [0xef, 0xbb, 0xbf, ..] => (None, 3),
        [0xff, 0xfe, ..] => (Some(encoding_rs::UTF_16LE), 2),
        [0xfe, 0xff, ..] => (Some(encoding_rs::UTF_16BE), 2),
        // Without a mark: JSON and XML begin with ASCII, so a zero byte tells (RFC 4627, section 3).
        [b'{' | b'[' | b'<' | b' ' | b'\n' | b'\r', 0, ..] => (Some(encoding_rs::UTF_16LE), 0),
        [0, b'{' | b'[' | b'<' | b' ' | b'\n' | b'\r', ..] => (Some(encoding_rs::UTF_16BE), 0),
        _ => (None, 0),
    };
    let rest = io::Cursor::new(head.get(skip..).unwrap_or_default().to_vec()).chain(input);
    Ok(match encoding {
        None => Box::new(rest),
        Some(encoding) => Box::new(Transcoded {
            input: rest,
            decoder: encoding.new_decoder_without_bom_handling(),
            encoded: vec![0; 64 << 10],
            // UTF-16 grows by half at most; the decoder asks for a little more room than that.
            text: vec![0; 128 << 10],
            from: 0,
            to: 0,
            ended: false,
        }),
    })
}

/// UTF-16 read as UTF-8.
struct Transcoded<R> {
    input: R,
    decoder: encoding_rs::Decoder,
    encoded: Vec<u8>,
    text: Vec<u8>,
    from: usize,
    to: usize,
    ended: bool,
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.from == self.to && !self.ended {
            let got = self.input.read(&mut self.encoded)?;
            self.ended = got == 0;
            let encoded = self.encoded.get(..got).unwrap_or_default();
            let (_, _, written, _) = self.decoder.decode_to_utf8(encoded, &mut self.text, self.ended);
            (self.from, self.to) = (0, written);
        }
        let ready = self.text.get(self.from..self.to).unwrap_or_default();
        let take = ready.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(ready) {
            *to = *from;
        }
        self.from += take;
        Ok(take)
    }
}
