//! Owns the nesting of statements in a file, and which of them a byte range means.

use std::ops::Range;

/// Statements and the bodies they hold, in turns: the file's body holds statements, a statement the bodies of its
/// blocks. Between its bodies a statement has pieces, such as `if (x)` and `else if (y)`.
#[derive(Debug, Default)]
pub(super) struct Regions {
    /// The first is the file.
    all: Vec<Region>,
}

#[derive(Debug)]
struct Region {
    span: Range<usize>,
    /// In order, without overlap.
    children: Vec<usize>,
}

impl Regions {
    pub(super) fn new(length: usize) -> Self {
        Self { all: vec![Region { span: 0..length, children: Vec::new() }] }
    }

    pub(super) fn add(&mut self, parent: usize, span: Range<usize>) -> usize {
        let index = self.all.len();
        self.all.push(Region { span, children: Vec::new() });
        if let Some(parent) = self.all.get_mut(parent) {
            parent.children.push(index);
        }
        index
    }

    pub(super) fn extend(&mut self, region: usize, end: usize) {
        if let Some(region) = self.all.get_mut(region) {
            region.span.end = region.span.end.max(end);
        }
    }

    pub(super) fn last_child(&self, region: usize) -> Option<usize> {
        self.all.get(region)?.children.last().copied()
    }

    /// The statement, or the piece of one, that a range means; `None` where it touches none.
    pub(super) fn statement_at(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let mut body = 0;
        loop {
            let touched = self.touched(body, range);
            let (&first, &last) = (touched.first()?, touched.last()?);
            if first != last {
                // Several statements of one body: from the first to the end of the last, or of its header.
                let start = self.all.get(first)?.span.start;
                let end = match self.inside(last, range) {
                    Inside::Piece(piece) => piece.end,
                    _ => self.all.get(last)?.span.end,
                };
                return Some(start..end);
            }
            match self.inside(first, range) {
                Inside::Whole => return Some(self.all.get(first)?.span.clone()),
                Inside::Piece(piece) => return Some(piece),
                Inside::Nothing => return None,
                Inside::Body(inner) => body = inner,
            }
        }
    }

    fn inside(&self, statement: usize, range: &Range<usize>) -> Inside {
        let Some(region) = self.all.get(statement) else { return Inside::Nothing };
        let bodies = self.touched(statement, range);
        let mut with_statements =
            bodies.iter().copied().filter(|&body| !self.touched(body, range).is_empty());
        if let Some(body) = with_statements.next() {
            let only = with_statements.next().is_none();
            let within = self
                .all
                .get(body)
                .is_some_and(|body| body.span.start <= range.start && range.end <= body.span.end);
            return if only && within { Inside::Body(body) } else { Inside::Whole };
        }
        if region.children.is_empty() {
            return Inside::Whole;
        }
        let spans = || region.children.iter().filter_map(|&body| self.all.get(body)).map(|body| &body.span);
        if spans().any(|body| body.start <= range.start && range.end <= body.end) {
            return Inside::Nothing;
        }
        // The piece between the bodies before and after.
        let start = spans()
            .map(|body| body.end)
            .take_while(|&end| end <= range.start)
            .last()
            .unwrap_or(region.span.start);
        let end = spans().map(|body| body.start).find(|&begin| begin > start && begin >= range.start);
        Inside::Piece(start..end.unwrap_or(region.span.end))
    }

    /// The children that share a byte with the range, or hold it where it is empty.
    fn touched(&self, region: usize, range: &Range<usize>) -> &[usize] {
        let Some(region) = self.all.get(region) else { return &[] };
        let children = region.children.as_slice();
        let span = |child: usize| self.all.get(child).map_or(0..0, |region| region.span.clone());
        let empty = usize::from(range.is_empty());
        let from = children.partition_point(|&child| span(child).end + empty <= range.start);
        let to = children.partition_point(|&child| span(child).start < range.end + empty);
        children.get(from..to).unwrap_or_default()
    }
}

enum Inside {
    /// The range means the statement as a whole.
    Whole,
    /// It means a part of the statement outside its bodies.
    Piece(Range<usize>),
    /// It means something in this body.
    Body(usize),
    /// It lies in a body, on no statement.
    Nothing,
}
