//! How large a claim may become by naming again and again what stands once in its run: shared steps, message strings,
//! arguments, base paths. A few hundred kilobytes of indexes could otherwise fill any memory.

/// Bytes of a claim's texts beyond twice those of its result: a result may quote its lines both as a region and as
/// what is around it, and everything more is borrowed. The longest traces of real tools borrow a tenth of this.
pub(super) const BORROWED: usize = 2 << 20;
/// Steps that a claim takes from the run's own list.
pub(super) const STEPS: usize = 5_000;

/// What is left for one claim.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: usize,
    steps: usize,
    is_cut: bool,
}

impl Budget {
    /// For the claim of a result of so many bytes.
    pub(super) const fn of(result: usize) -> Self {
        Self { bytes: result.saturating_mul(2).saturating_add(BORROWED), steps: STEPS, is_cut: false }
    }

    /// Whether something had to be left out.
    pub(super) const fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Bytes that are left.
    pub(super) const fn left(&self) -> usize {
        self.bytes
    }

    /// Takes so many bytes, or says that they are too many; then nothing more is given.
    pub(super) const fn take(&mut self, bytes: usize) -> bool {
        match self.bytes.checked_sub(bytes) {
            Some(left) if !self.is_cut => self.bytes = left,
            _ => self.is_cut = true,
        }
        !self.is_cut
    }

    /// Takes a step of the run's own list, which is so long.
    pub(super) const fn take_step(&mut self, bytes: usize) -> bool {
        match self.steps.checked_sub(1) {
            Some(left) => self.steps = left,
            None => self.is_cut = true,
        }
        self.take(bytes)
    }

    /// Notes that something was cut.
    pub(super) const fn cut(&mut self) {
        self.is_cut = true;
    }
}
