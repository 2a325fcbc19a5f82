//! Owns the wire format that ONNX files are written in (protocol buffers), as far as a reader that copies nothing needs
//! it: fields one after the other, and their rewriting.

/// A file that is not what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(pub(super) String);

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'b> {
    Number(u64),
    Bytes(&'b [u8]),
    /// Four or eight bytes, which nothing here looks into.
    Fixed,
}

impl Value<'_> {
    /// Each number of a repeated field, packed or not.
    pub(super) fn each_number(self, mut take: impl FnMut(u64)) -> Result<(), Malformed> {
        match self {
            Self::Number(number) => take(number),
            Self::Bytes(mut rest) => {
                while !rest.is_empty() {
                    take(varint(&mut rest)?);
                }
            }
            Self::Fixed => {}
        }
        Ok(())
    }
}

/// The fields of a message, in order, each with its number.
#[derive(Debug, Clone)]
pub(super) struct Fields<'b> {
    rest: &'b [u8],
    failed: bool,
}

impl<'b> Fields<'b> {
    pub(super) const fn of(bytes: &'b [u8]) -> Self {
        Self { rest: bytes, failed: false }
    }

    fn read(&mut self) -> Result<(u32, Value<'b>), Malformed> {
        let key = varint(&mut self.rest)?;
        let number = u32::try_from(key >> 3).map_err(|_| cut())?;
        let value = match key & 7 {
            0 => Value::Number(varint(&mut self.rest)?),
            1 => self.skip(8)?,
            2 => {
                let length = usize::try_from(varint(&mut self.rest)?).map_err(|_| cut())?;
                let (inner, rest) = self.rest.split_at_checked(length).ok_or_else(cut)?;
                self.rest = rest;
                Value::Bytes(inner)
            }
            5 => self.skip(4)?,
            _ => return Err(Malformed("it is no ONNX file".into())),
        };
        Ok((number, value))
    }

    fn skip(&mut self, length: usize) -> Result<Value<'b>, Malformed> {
        self.rest = self.rest.get(length..).ok_or_else(cut)?;
        Ok(Value::Fixed)
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = Result<(u32, Value<'b>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() || self.failed {
            return None;
        }
        let field = self.read();
        self.failed = field.is_err();
        Some(field)
    }
}

/// What stands in the place of a field, where it does not stay.
type Changed = Result<Option<Vec<u8>>, Malformed>;

/// A message with some of its fields written otherwise: `change` is given each field of length-delimited bytes and says
/// what stands in its place, or `None` where it stays.
pub(super) fn rewritten(
    bytes: &[u8],
    change: &mut dyn FnMut(u32, &[u8]) -> Changed,
) -> Result<Vec<u8>, Malformed> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut fields = Fields::of(bytes);
    loop {
        let before = fields.rest;
        let Some(field) = fields.next() else { return Ok(out) };
        let as_it_was = before.get(..before.len() - fields.rest.len()).unwrap_or_default();
        match field? {
            (number, Value::Bytes(inner)) => match change(number, inner)? {
                Some(changed) => {
                    put_varint(&mut out, u64::from(number) << 3 | 2);
                    put_varint(&mut out, changed.len() as u64);
                    out.extend_from_slice(&changed);
                }
                None => out.extend_from_slice(as_it_was),
            },
            _ => out.extend_from_slice(as_it_was),
        }
    }
}

pub(super) fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn varint(rest: &mut &[u8]) -> Result<u64, Malformed> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first().ok_or_else(cut)?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Malformed("it is no ONNX file".into()))
}

fn cut() -> Malformed {
    Malformed("it ends in the middle, or is no ONNX file".into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_are_read_as_they_were_written() {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, 1 << 3);
        put_varint(&mut bytes, 300);
        put_varint(&mut bytes, 2 << 3 | 2);
        put_varint(&mut bytes, 2);
        bytes.extend_from_slice(b"ab");
        let fields: Result<Vec<_>, _> = Fields::of(&bytes).collect();
        assert_eq!(fields.unwrap(), [(1, Value::Number(300)), (2, Value::Bytes(b"ab"))]);
        let changed = rewritten(&bytes, &mut |number, _| Ok((number == 2).then(|| b"abc".to_vec()))).unwrap();
        let fields: Result<Vec<_>, _> = Fields::of(&changed).collect();
        assert_eq!(fields.unwrap(), [(1, Value::Number(300)), (2, Value::Bytes(b"abc"))]);
        assert_eq!(rewritten(&bytes, &mut |_, _| Ok(None)).unwrap(), bytes);
    }

    #[test]
    fn a_length_past_the_end_is_refused() {
        assert!(Fields::of(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]).any(|field| field.is_err()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for (_, value) in Fields::of(&bytes).flatten() {
                let _ = value.each_number(|_| {});
            }
            let _ = super::super::graph::Graph::read(&bytes);
        }
    }
}
