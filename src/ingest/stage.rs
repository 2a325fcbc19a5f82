//! The first half of an import: claims as they are read, put aside in partitions on disk.
//!
//! Matching and fusion need all claims of a place together, in no order that a file keeps to. So claims are spread
//! over partitions by where they point, and each partition is taken up alone: memory is bounded by a partition's
//! probes and a few blocks, whatever the file's size.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::probe::{PARTITIONS, Probe, Prober};
use crate::domain::{Claim, Kind};
use crate::store::{BlockBuilder, Packer, StoreError};

/// Probes are written out when they have grown to this.
const PROBE_BYTES: usize = 128 << 10;

/// Claims put aside.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) prober: Prober,
    parts: Vec<Part>,
    spill: File,
    written: u64,
    pub(super) packer: Packer,
    /// A claim's bytes on their way into a block.
    bytes: Vec<u8>,
    /// How often each of the tools' prints was seen, as far as a fixed table tells.
    prints: Vec<u8>,
    pub(super) claims: u64,
}

#[derive(Debug, Default)]
struct Part {
    block: BlockBuilder,
    blocks: Vec<Span>,
    probes: Vec<u8>,
    chunks: Vec<Span>,
    claims: u32,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    at: u64,
    length: usize,
}

impl Stage {
    /// An empty stage, whose overflow goes to a nameless file in `folder`.
    pub(super) fn new(folder: &Path) -> Result<Self, StoreError> {
        let io = |source| StoreError::Io { path: folder.to_owned(), source };
        let spill = tempfile::tempfile_in(folder).map_err(io)?;
        Ok(Self {
            prober: Prober::default(),
            parts: (0..PARTITIONS).map(|_| Part::default()).collect(),
            spill,
            written: 0,
            packer: Packer::new().map_err(io)?,
            bytes: Vec::new(),
            // 4 MiB whatever the file's size; where two prints share a cell, both merely lose their say.
            prints: vec![0; 4 << 20],
            claims: 0,
        })
    }

    /// Puts a claim aside.
    pub(super) fn put(&mut self, raw: &[u8], claim: &Claim) -> io::Result<()> {
        let mut probe = self.prober.probe(claim);
        self.claims += 1;
        if probe.print != 0
            && let Some(seen) = self.prints.get_mut(print_cell(probe.print))
        {
            *seen = seen.saturating_add(1);
        }
        let index = self.prober.partition(&probe);
        let Some(part) = self.parts.get_mut(index) else { return Ok(()) };
        self.bytes.clear();
        self.bytes = postcard::to_extend(claim, std::mem::take(&mut self.bytes)).map_err(io::Error::other)?;
        // What a secret scanner matched is not kept as it came: the claim has it masked.
        let raw = if claim.kind == Kind::Secret { &[] } else { raw };
        probe.block = u32::try_from(part.blocks.len()).unwrap_or(u32::MAX);
        probe.slot = part.block.push(raw, &self.bytes);
        part.claims += 1;
        part.probes =
            postcard::to_extend(&probe, std::mem::take(&mut part.probes)).map_err(io::Error::other)?;
        if part.block.is_full() {
            let body = part.block.close(&mut self.packer)?;
            part.blocks.push(spill(&mut self.spill, &mut self.written, &body)?);
        }
        if part.probes.len() >= PROBE_BYTES {
            part.chunks.push(spill(&mut self.spill, &mut self.written, &part.probes)?);
            part.probes.clear();
        }
        Ok(())
    }

    /// How many times the tools gave this print, at least.
    pub(super) fn print_count(&self, print: u64) -> u8 {
        self.prints.get(print_cell(print)).copied().unwrap_or(0)
    }

    /// A partition's probes, in the order they came.
    pub(super) fn probes(&mut self, index: usize) -> io::Result<Vec<Probe>> {
        let Some(part) = self.parts.get(index) else { return Ok(Vec::new()) };
        let mut probes = Vec::with_capacity(part.claims as usize);
        let mut take = |mut bytes: &[u8]| -> io::Result<()> {
            while !bytes.is_empty() {
                let (probe, rest) = postcard::take_from_bytes(bytes).map_err(io::Error::other)?;
                probes.push(probe);
                bytes = rest;
            }
            Ok(())
        };
        for span in &part.chunks {
            take(&fetch(&mut self.spill, *span)?)?;
        }
        take(&part.probes)?;
        Ok(probes)
    }

    /// Ends the writing: open blocks are closed.
    pub(super) fn close(&mut self) -> io::Result<()> {
        for part in &mut self.parts {
            if !part.block.is_empty() {
                let body = part.block.close(&mut self.packer)?;
                part.blocks.push(spill(&mut self.spill, &mut self.written, &body)?);
            }
        }
        Ok(())
    }

    /// A partition's block, compressed as it will be stored.
    pub(super) fn block(&mut self, index: usize, block: u32) -> io::Result<Vec<u8>> {
        match self.parts.get(index).and_then(|part| part.blocks.get(block as usize)) {
            Some(&span) => fetch(&mut self.spill, span),
            None => Ok(Vec::new()),
        }
    }
}

fn print_cell(print: u64) -> usize {
    (print >> 42) as usize
}

fn spill(file: &mut File, written: &mut u64, bytes: &[u8]) -> io::Result<Span> {
    let span = Span { at: *written, length: bytes.len() };
    file.seek(SeekFrom::Start(span.at))?;
    file.write_all(bytes)?;
    *written += bytes.len() as u64;
    Ok(span)
}

fn fetch(file: &mut File, span: Span) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; span.length];
    file.seek(SeekFrom::Start(span.at))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Place;
    use crate::ingest::probe::StagedRun;
    use crate::store::Block;

    #[test]
    fn everything_put_aside_comes_back_with_its_block() {
        let folder = tempfile::tempdir().unwrap();
        let mut stage = Stage::new(folder.path()).unwrap();
        stage.prober.runs.push(StagedRun::default());
        let many = 3000;
        for number in 0..many {
            let claim = Claim {
                rule: "r".into(),
                message: format!("message {number} {}", "x".repeat(300)),
                place: Some(Place::lines(format!("src/{}/f{}.py", number % 3, number % 7), number + 1, 0)),
                ..Claim::default()
            };
            stage.put(number.to_string().as_bytes(), &claim).unwrap();
        }
        stage.close().unwrap();
        let mut seen = Vec::new();
        for index in 0..PARTITIONS {
            for probe in stage.probes(index).unwrap() {
                let block = Block::open(&stage.block(index, probe.block).unwrap()).unwrap();
                let (raw, claim) = block.entry(probe.slot).unwrap();
                let claim: Claim = postcard::from_bytes(claim).unwrap();
                assert_eq!(claim.message, probe.words);
                assert_eq!(claim.place.unwrap().start.line, probe.line);
                seen.push(String::from_utf8(raw.to_vec()).unwrap().parse::<u32>().unwrap());
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..many).collect::<Vec<_>>());
    }
}
