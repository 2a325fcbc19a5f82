//! Cases: their packed rows, a segment of the docket at a time.

use rusqlite::{OptionalExtension, params};

use rustc_hash::FxHashMap;

use super::{ImportWriter, OPEN_SEGMENTS, OpenSegment};
use crate::domain::FindingId;
use crate::store::StoreError;
use crate::store::docket::{self, CaseRow, SEGMENT, Segment, Texts};

impl ImportWriter<'_> {
    /// The name of a case: that of one of its findings.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn case_name(&mut self, case: u32) -> Result<FindingId, StoreError> {
        let slot = slot_of(case);
        Ok(self.segment(case)?.segment.names.get(slot).copied().map(FindingId::new).unwrap_or_default())
    }

    /// The first number that no case has.
    #[must_use]
    pub const fn cases_end(&self) -> u32 {
        self.next_case
    }

    /// Gives the numbers before this one to cases.
    pub fn set_cases_end(&mut self, end: u32) {
        self.next_case = self.next_case.max(end);
    }

    /// A new case's number.
    pub fn next_case(&mut self) -> u32 {
        self.next_case += 1;
        self.next_case - 1
    }

    /// A case's row.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn case(&mut self, case: u32) -> Result<CaseRow, StoreError> {
        let slot = slot_of(case);
        Ok(self.segment(case)?.segment.rows.get(slot).copied().unwrap_or_default())
    }

    /// Sets a case's row; its name and text too where given.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn set_case(
        &mut self,
        case: u32,
        row: &CaseRow,
        name: Option<&FindingId>,
        text: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let slot = slot_of(case);
        let open = self.segment(case)?;
        if open.segment.rows.len() <= slot {
            open.segment.rows.resize(slot + 1, CaseRow::default());
            open.segment.names.resize(slot + 1, [0; 16]);
        }
        let mut more = 0;
        if let Some(to) = open.segment.rows.get_mut(slot) {
            more = i64::from(row.head != 0) - i64::from(to.head != 0);
            *to = *row;
        }
        if let (Some(name), Some(to)) = (name, open.segment.names.get_mut(slot)) {
            *to = *name.bytes();
        }
        open.changed = true;
        if let Some(text) = text {
            open.segment.texts.set(slot, text, &mut open.known);
            open.texts_changed = true;
        }
        self.counted_cases += more;
        Ok(())
    }

    /// What the tools say of a case.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn case_text(&mut self, case: u32) -> Result<Vec<u8>, StoreError> {
        Ok(self.segment(case)?.segment.texts.get(slot_of(case)).to_vec())
    }

    fn segment(&mut self, case: u32) -> Result<&mut OpenSegment, StoreError> {
        let number = case.saturating_sub(1) / SEGMENT;
        self.clock += 1;
        if !self.segments.contains_key(&number) {
            if self.segments.len() >= OPEN_SEGMENTS {
                let oldest =
                    self.segments.iter().min_by_key(|(_, open)| open.used).map(|(&number, _)| number);
                if let Some(oldest) = oldest {
                    self.close_segment(oldest)?;
                }
            }
            let read = self
                .store
                .connection
                .prepare_cached("SELECT columns, names, texts FROM docket WHERE segment = ?")
                .and_then(|mut s| {
                    s.query_row([number], |row| {
                        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?))
                    })
                    .optional()
                });
            let segment = self.sql(read)?.map_or_else(Segment::default, |(columns, names, texts)| Segment {
                rows: docket::unpack_rows(&columns).collect(),
                names: names.as_chunks::<16>().0.to_vec(),
                texts: Texts::unpack(&texts),
            });
            let open = OpenSegment {
                segment,
                known: FxHashMap::default(),
                used: self.clock,
                changed: false,
                texts_changed: false,
            };
            self.segments.insert(number, open);
        }
        let clock = self.clock;
        let open = self.segments.entry(number).or_insert_with(|| OpenSegment {
            segment: Segment::default(),
            known: FxHashMap::default(),
            used: clock,
            changed: false,
            texts_changed: false,
        });
        open.used = clock;
        Ok(open)
    }

    pub(super) fn close_segment(&mut self, number: u32) -> Result<(), StoreError> {
        let Some(open) = self.segments.remove(&number).filter(|open| open.changed) else { return Ok(()) };
        let columns = docket::pack_rows(&open.segment.rows);
        let names = open.segment.names.as_flattened();
        let write = || {
            let connection = &self.store.connection;
            if open.texts_changed {
                connection
                    .prepare_cached(
                        "INSERT OR REPLACE INTO docket (segment, columns, names, texts) VALUES (?, ?, ?, ?)",
                    )?
                    .execute(params![number, columns, names, open.segment.texts.pack()])
            } else {
                connection
                    .prepare_cached("UPDATE docket SET columns = ?2, names = ?3 WHERE segment = ?1")?
                    .execute(params![number, columns, names])
            }
        };
        self.sql(write())?;
        Ok(())
    }
}

fn slot_of(case: u32) -> usize {
    (case.saturating_sub(1) % SEGMENT) as usize
}
