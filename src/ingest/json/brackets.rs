//! Owns the search for brackets and quotes, sixty-four bytes at a time; never parses a value.

/// Deeper than this no scanner nests; the bound keeps the stack of brackets small, and what is deeper is no document.
pub(super) const DEPTH_LIMIT: usize = 1 << 16;
/// How many bytes are looked at as one.
pub(super) const BLOCK: usize = 64;

/// Brackets and quotes over consecutive blocks of bytes. Works on 64 bytes at a time, eight to a machine word, because
/// a document is passed over twice and a look at every byte alone would take longer than to parse it.
#[derive(Debug, Default)]
pub(super) struct Brackets {
    /// Closing brackets still expected.
    open: Vec<u8>,
    in_text: bool,
    /// Whether the next byte stands behind a backslash.
    escaped: bool,
}

/// How far a block led.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Through.
    Inside,
    /// The outermost bracket closes at this byte of it.
    Closed(usize),
    /// A bracket closes another one at this byte of it.
    Crossed(usize),
    /// Too many brackets are open.
    TooDeep,
}

impl Brackets {
    /// Forgets what came before.
    pub(super) fn reset(&mut self) {
        self.open.clear();
        self.in_text = false;
        self.escaped = false;
    }

    /// Takes in the next block.
    pub(super) fn pass(&mut self, block: &[u8; BLOCK]) -> Step {
        // Bits stand for bytes that are none, as that saves turning each word over.
        let (mut quotes, mut brackets, mut slashes) = (0, 0, HIGH);
        let (words, _) = block.as_chunks::<8>();
        for (index, bytes) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*bytes);
            let low = word & LOW;
            // `[` and `]` differ from `{` and `}` in this bit alone, and no other byte becomes one of them by it.
            let folded = low | (ONES * 0x20);
            quotes |= gathered(differs(low, b'"') | word) << (index * 8);
            brackets |= gathered((differs(folded, b'{') & differs(folded, b'}')) | word) << (index * 8);
            slashes &= differs(low, b'\\') | word;
        }
        let (quotes, mut brackets) = (!quotes, !brackets);
        let slashes = if slashes == HIGH { 0 } else { slashes_in(words) };
        let quotes = quotes & !self.escapes(slashes);
        // Every bit from an opening quote on, up to the closing one: the running parity of the quotes.
        let mut text = quotes;
        for shift in [1, 2, 4, 8, 16, 32] {
            text ^= text << shift;
        }
        if self.in_text {
            text = !text;
        }
        self.in_text = text >> 63 == 1;
        brackets &= !text;
        while brackets != 0 {
            let at = brackets.trailing_zeros() as usize;
            brackets &= brackets - 1;
            match block.get(at).copied().unwrap_or_default() {
                // ASCII: `}` and `]` lie two behind their openers.
                byte @ (b'{' | b'[') => {
                    if self.open.len() == DEPTH_LIMIT {
                        return Step::TooDeep;
                    }
                    self.open.push(byte + 2);
                }
                byte => {
                    if self.open.pop() != Some(byte) {
                        return Step::Crossed(at);
                    }
                    if self.open.is_empty() {
                        return Step::Closed(at);
                    }
                }
            }
        }
        Step::Inside
    }

    /// The bytes that a backslash takes the meaning from: those behind a run of backslashes of odd length.
    fn escapes(&mut self, slashes: u64) -> u64 {
        let before = u64::from(self.escaped);
        if slashes == 0 {
            self.escaped = false;
            return before;
        }
        let slashes = slashes & !before;
        let behind = slashes << 1 | before;
        let even = ONES * 0x55;
        // Adding a run to its first bit carries to the bit behind it, which tells where runs end by where they began.
        let odd_starts = slashes & !even & !behind;
        let (ends, over) = odd_starts.overflowing_add(slashes);
        self.escaped = over;
        (even ^ (ends << 1)) & behind
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const LOW: u64 = ONES * 0x7f;
const HIGH: u64 = ONES * 0x80;

/// The highest bit of every byte that is not `byte`, for bytes below 128: they are too small for a carry to leave them.
const fn differs(low: u64, byte: u8) -> u64 {
    (low ^ (ONES * byte as u64)) + LOW
}

/// The highest bits of the eight bytes, as one byte.
const fn gathered(bits: u64) -> u64 {
    (bits & HIGH).wrapping_mul(0x0002_0408_1020_4081) >> 56
}

#[cold]
fn slashes_in(words: &[[u8; 8]]) -> u64 {
    let mut slashes = 0;
    for (index, bytes) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*bytes);
        slashes |= gathered(differs(word & LOW, b'\\') | word) << (index * 8);
    }
    !slashes
}
