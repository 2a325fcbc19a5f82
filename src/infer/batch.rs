//! Owns writing a graph's batch as one: the embedded runtime fails on graphs whose batch is open, and nothing here ever
//! runs more than one prompt at a time. The file stays as it is; only the bytes handed to the runtime change.

use super::wire::{Fields, Malformed, Value, put_varint, rewritten};

/// The file's bytes with every batch axis of inputs, outputs and what is between them set to one.
pub(super) fn of_one(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut fix = |number: u32, inner: &[u8]| {
        if number != 7 {
            return Ok(None);
        }
        rewritten(inner, &mut |number, inner| match number {
            11 | 12 => with_type(inner, true).map(Some),
            13 => with_type(inner, false).map(Some),
            _ => Ok(None),
        })
        .map(Some)
    };
    rewritten(bytes, &mut fix)
}

/// A value's description. An input's first axis is its batch also where it has no name.
fn with_type(bytes: &[u8], bare: bool) -> Result<Vec<u8>, Malformed> {
    rewritten(bytes, &mut |number, inner| {
        if number != 2 {
            return Ok(None);
        }
        rewritten(inner, &mut |number, inner| {
            if number != 1 {
                return Ok(None);
            }
            rewritten(inner, &mut |number, inner| {
                if number == 2 { with_shape(inner, bare).map(Some) } else { Ok(None) }
            })
            .map(Some)
        })
        .map(Some)
    })
}

fn with_shape(bytes: &[u8], bare: bool) -> Result<Vec<u8>, Malformed> {
    let mut axis = 0;
    let axes = Fields::of(bytes).filter(|field| matches!(field, Ok((1, _)))).count();
    rewritten(bytes, &mut |number, inner| {
        if number != 1 {
            return Ok(None);
        }
        axis += 1;
        let (mut fixed, mut name) = (false, None);
        for field in Fields::of(inner) {
            match field? {
                (1, _) => fixed = true,
                (2, Value::Bytes(inner)) => name = Some(inner.to_ascii_lowercase()),
                _ => {}
            }
        }
        // A tensor of one axis is a length, such as positions in a cache, not a batch.
        let is_batch = match name.filter(|name| !name.is_empty()) {
            Some(name) => name == b"batch" || name == b"batch_size" || name == b"n" || name == b"b",
            None => bare && axis == 1 && axes > 1,
        };
        Ok((is_batch && !fixed).then(|| {
            let mut one = Vec::new();
            put_varint(&mut one, 1 << 3);
            put_varint(&mut one, 1);
            one
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::super::graph::{Element, Graph, Size};
    use super::super::trial::{ids, model};
    use super::*;

    #[test]
    fn the_batch_is_one_and_the_length_stays_open() {
        let bytes = model(&[ids("input_ids", &["batch_size", "sequence_length"])], &[], &[]);
        let fixed = Graph::read(&of_one(&bytes).unwrap()).unwrap();
        let [port] = fixed.inputs.as_slice() else { panic!("{fixed:?}") };
        assert_eq!((port.name.as_str(), port.element), ("input_ids", Element::I64));
        assert_eq!(port.shape, [Size::Fixed(1), Size::Named("sequence_length".into())]);
    }

    #[test]
    fn an_axis_without_a_name_is_the_batch_where_it_is_the_first_of_several() {
        let bytes = model(&[ids("input_ids", &["", ""]), ids("cache_position", &[""])], &[], &[]);
        let fixed = Graph::read(&of_one(&bytes).unwrap()).unwrap();
        let shapes: Vec<_> = fixed.inputs.iter().map(|port| port.shape.clone()).collect();
        assert_eq!(shapes, [vec![Size::Fixed(1), Size::Unknown], vec![Size::Unknown]]);
    }
}
