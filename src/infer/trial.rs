//! ONNX files written by hand, as small as can be, for the tests of what reads them.

use super::wire::put_varint;

/// A field of bytes.
pub(super) fn field(number: u32, inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, u64::from(number) << 3 | 2);
    put_varint(&mut out, inner.len() as u64);
    out.extend_from_slice(inner);
    out
}

/// A field of a number.
pub(super) fn number(field: u32, value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, u64::from(field) << 3);
    put_varint(&mut out, value);
    out
}

/// A value of some type; an empty axis has no name.
pub(super) fn value(name: &str, element: u64, axes: &[&str]) -> Vec<u8> {
    let dims: Vec<u8> = axes
        .iter()
        .flat_map(|axis| match axis.parse::<u64>() {
            Ok(fixed) => field(1, &number(1, fixed)),
            Err(_) if axis.is_empty() => field(1, &[]),
            Err(_) => field(1, &field(2, axis.as_bytes())),
        })
        .collect();
    let tensor = [number(1, element), field(2, &dims)].concat();
    [field(1, name.as_bytes()), field(2, &field(1, &tensor))].concat()
}

/// Whole numbers.
pub(super) fn ids(name: &str, axes: &[&str]) -> Vec<u8> {
    value(name, 7, axes)
}

/// A weight: dimensions, type, and what else its message holds.
pub(super) fn weight(name: &str, dims: &[u64], code: u64, rest: &[u8]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|&dim| number(1, dim)).collect();
    [dims, number(2, code), field(8, name.as_bytes()), rest.to_vec()].concat()
}

/// A weight in another file.
pub(super) fn outside(name: &str, dims: &[u64], entries: &[(&str, &str)]) -> Vec<u8> {
    let entries: Vec<u8> = entries
        .iter()
        .flat_map(|(key, value)| field(13, &[field(1, key.as_bytes()), field(2, value.as_bytes())].concat()))
        .collect();
    weight(name, dims, 1, &[entries, number(14, 1)].concat())
}

/// A node.
pub(super) fn node(kind: &str, inputs: &[&str], outputs: &[&str], rest: &[u8]) -> Vec<u8> {
    let names = |number: u32, names: &[&str]| -> Vec<u8> {
        names.iter().flat_map(|name| field(number, name.as_bytes())).collect()
    };
    [names(1, inputs), names(2, outputs), field(4, kind.as_bytes()), rest.to_vec()].concat()
}

/// A file with inputs, weights and nodes.
pub(super) fn model(inputs: &[Vec<u8>], weights: &[Vec<u8>], nodes: &[Vec<u8>]) -> Vec<u8> {
    let all = |number: u32, parts: &[Vec<u8>]| -> Vec<u8> {
        parts.iter().flat_map(|part| field(number, part)).collect()
    };
    field(7, &[all(1, nodes), all(5, weights), all(11, inputs)].concat())
}
