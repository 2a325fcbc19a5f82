//! A document in a file of its own.

use std::io::{self, Write as _};
use std::path::Path;

use super::{WriteBackError, WriteBackOrder, WrittenBack};
use crate::jobs::desk::Desk;
use crate::jobs::file::{Hashed, beside, put};
use crate::store::Writer;

impl Desk {
    /// Writes a document into a file, and notes it in the journal.
    ///
    /// # Errors
    /// As [`Self::write_back`], and when the file is there and is not to be written over.
    pub fn write_back_into(
        &mut self,
        order: &WriteBackOrder,
        place: &Path,
        writer: &Writer,
    ) -> Result<WrittenBack, WriteBackError> {
        let io = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => WriteBackError::There(place.to_owned()),
            _ => WriteBackError::Io { path: place.to_owned(), source },
        };
        let mut file = beside(place, order.overwrite).map_err(io)?;
        let mut written;
        {
            let mut out = io::BufWriter::with_capacity(256 << 10, file.as_file_mut());
            let mut hashed = Hashed::new(&mut out);
            written = self.document(order, &mut hashed, writer)?;
            hashed.flush().map_err(io)?;
            written.sha256 = hashed.sha256();
        }
        // First the entry: what is not in the journal must be nowhere.
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned());
        self.note_written(order, name.as_deref(), &mut written, writer)?;
        put(file, place, order.overwrite).map_err(io)?;
        Ok(written)
    }
}
