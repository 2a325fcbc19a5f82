//! Blocks: claims as they came and as they were understood, many to a compressed piece.

use super::StoreError;

/// Level 1: at level 3 the compressor, not the parser, would set the pace of an import.
const LEVEL: i32 = 1;

/// A block is closed at about this size. Larger compresses better, smaller opens faster: one case on a screen
/// opens a block in under a millisecond.
const BLOCK_BYTES: usize = 256 << 10;

/// Collects entries until they make a block.
#[derive(Debug, Default)]
pub struct BlockBuilder {
    bytes: Vec<u8>,
    entries: u32,
}

impl BlockBuilder {
    /// Adds a claim, as it came and as it was understood; gives its slot.
    pub fn push(&mut self, raw: &[u8], claim: &[u8]) -> u32 {
        // At once what a full block takes: growing by halves copies each several times, and there are 64 of them.
        if self.bytes.capacity() == 0 {
            self.bytes.reserve(BLOCK_BYTES + BLOCK_BYTES / 16);
        }
        for part in [raw, claim] {
            self.bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
            self.bytes.extend_from_slice(part);
        }
        self.entries += 1;
        self.entries - 1
    }

    /// Whether it is large enough to close.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= BLOCK_BYTES
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Compresses what was collected and begins anew.
    ///
    /// # Errors
    /// When compression fails, which only want of memory does.
    pub fn close(&mut self, packer: &mut Packer) -> std::io::Result<Vec<u8>> {
        let packed = packer.0.compress(&self.bytes)?;
        self.bytes.clear();
        self.entries = 0;
        Ok(packed)
    }
}

/// What compresses blocks. Its tables are half a megabyte, too much to make anew for every block.
pub struct Packer(zstd::bulk::Compressor<'static>);

impl Packer {
    /// One that keeps its tables.
    ///
    /// # Errors
    /// When there is no memory for them.
    pub fn new() -> std::io::Result<Self> {
        zstd::bulk::Compressor::new(LEVEL).map(Self)
    }
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Packer")
    }
}

/// An opened block.
#[derive(Debug)]
pub struct Block {
    bytes: Vec<u8>,
}

impl Block {
    /// Opens a block.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn open(packed: &[u8]) -> Result<Self, StoreError> {
        let bytes = zstd::stream::decode_all(packed)
            .map_err(|source| StoreError::Io { path: "a block of claims".into(), source })?;
        Ok(Self { bytes })
    }

    /// Every entry's parts, in order: as it came, as it was understood.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = self.bytes.as_slice();
        let mut part = move || {
            let (length, tail) = rest.split_first_chunk::<4>()?;
            let (part, tail) = tail.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            rest = tail;
            Some(part)
        };
        std::iter::from_fn(move || Some((part()?, part()?)))
    }

    /// The parts of one entry.
    #[must_use]
    pub fn entry(&self, slot: u32) -> Option<(&[u8], &[u8])> {
        self.entries().nth(slot as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_into_a_block_comes_out_by_its_slot() {
        let mut builder = BlockBuilder::default();
        assert_eq!(builder.push(b"{}", b"claim"), 0);
        assert_eq!(builder.push(b"", b"x"), 1);
        let block = Block::open(&builder.close(&mut Packer::new().unwrap()).unwrap()).unwrap();
        assert_eq!(block.entry(0), Some((&b"{}"[..], &b"claim"[..])));
        assert_eq!(block.entry(1), Some((&b""[..], &b"x"[..])));
        assert_eq!(block.entry(2), None);
        assert!(builder.is_empty());
    }
}
