//! Owns reading what an ONNX file says of itself: inputs, outputs, operators, and how much its tensors ask for.
//!
//! Never runs it and never copies a weight. It stands before the runtimes, which believe what a file says: one of them
//! ends the process on what it does not expect.
//!
//! Invariants: nothing is allocated by a number that the file names, and nothing recurses deeper than [`DEEPEST`].

use std::collections::BTreeSet;

use super::wire::{Fields, Malformed, Value};

/// How deep graphs within graphs may be.
const DEEPEST: usize = 8;

/// What one tensor may take, in bytes.
const LARGEST: u64 = 16 << 30;

/// What a node may make out of a shape that stands in the file, in elements.
const LARGEST_FILL: u64 = 1 << 28;

/// What a graph's file says of itself.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Graph {
    pub(super) inputs: Vec<Port>,
    pub(super) outputs: Vec<Port>,
    /// The operators, with the domain before a colon where it is not ONNX's own.
    pub(super) operators: BTreeSet<String>,
    /// Whether there are graphs within the graph (`If`, `Loop`).
    pub(super) branches: bool,
    /// The files beside it that hold weights.
    pub(super) external: Vec<External>,
    /// The types that weights of more than a few numbers have.
    pub(super) weights: BTreeSet<i32>,
    /// The version of ONNX's own operators.
    pub(super) opset: i64,
}

/// An input or an output.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) name: String,
    pub(super) element: Element,
    pub(super) shape: Vec<Size>,
}

/// The size along an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Size {
    Fixed(i64),
    Named(String),
    Unknown,
}

/// What a tensor is made of.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Element {
    F32,
    F16,
    I64,
    I32,
    Bool,
    #[default]
    Other,
}

/// A piece of another file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct External {
    pub(super) location: String,
    pub(super) offset: u64,
    pub(super) length: u64,
}

impl Element {
    pub(super) const fn of(code: i32) -> Self {
        match code {
            1 => Self::F32,
            10 => Self::F16,
            7 => Self::I64,
            6 => Self::I32,
            9 => Self::Bool,
            _ => Self::Other,
        }
    }
}

/// Bits of one number of a type; `None` for texts and types that came later.
const fn bits(code: i32) -> Option<u64> {
    Some(match code {
        2 | 3 | 9 | 17..=20 => 8,
        4 | 5 | 10 | 16 => 16,
        1 | 6 | 12 => 32,
        7 | 11 | 13 | 14 => 64,
        15 => 128,
        21..=23 => 4,
        _ => return None,
    })
}

impl Graph {
    /// Reads the file's bytes.
    ///
    /// # Errors
    /// When it is no ONNX file, or a tensor asks for what is not there.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut graph = Self::default();
        let mut seen = false;
        for field in Fields::of(bytes) {
            match field? {
                (7, Value::Bytes(inner)) => {
                    seen = true;
                    graph.take(inner, 0)?;
                }
                (8, Value::Bytes(inner)) => graph.take_opset(inner)?,
                _ => {}
            }
        }
        if seen { Ok(graph) } else { Err(Malformed("there is no graph in it".into())) }
    }

    fn take_opset(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let (mut domain, mut version) = (String::new(), 0);
        for field in Fields::of(bytes) {
            match field? {
                (1, Value::Bytes(inner)) => domain = text(inner)?,
                (2, Value::Number(number)) => version = number.cast_signed(),
                _ => {}
            }
        }
        if domain.is_empty() || domain == "ai.onnx" {
            self.opset = version;
        }
        Ok(())
    }

    fn take(&mut self, bytes: &[u8], depth: usize) -> Result<(), Malformed> {
        if depth > DEEPEST {
            return Err(Malformed(format!("graphs are nested more than {DEEPEST} deep")));
        }
        let mut shapes = Shapes::default();
        for field in Fields::of(bytes) {
            match field? {
                (5, Value::Bytes(inner)) => self.take_tensor(inner, Some(&mut shapes))?,
                (15, _) => return Err(Malformed("it has sparse weights, which are not read".into())),
                (11, Value::Bytes(inner)) if depth == 0 => self.inputs.push(port(inner)?),
                (12, Value::Bytes(inner)) if depth == 0 => self.outputs.push(port(inner)?),
                _ => {}
            }
        }
        for field in Fields::of(bytes) {
            if let (1, Value::Bytes(inner)) = field? {
                self.take_node(inner, depth, &mut shapes)?;
            }
        }
        // Files of old versions list weights among the inputs.
        if depth == 0 && !shapes.names.is_empty() {
            self.inputs.retain(|port| !shapes.names.contains(&port.name));
        }
        Ok(())
    }

    fn take_node(&mut self, bytes: &[u8], depth: usize, shapes: &mut Shapes) -> Result<(), Malformed> {
        let (mut kind, mut domain, mut inputs, mut outputs) =
            (String::new(), String::new(), Vec::new(), Vec::new());
        let mut made = None;
        for field in Fields::of(bytes) {
            match field? {
                (1, Value::Bytes(inner)) => inputs.push(text(inner)?),
                (2, Value::Bytes(inner)) => outputs.push(text(inner)?),
                (4, Value::Bytes(inner)) => kind = text(inner)?,
                (7, Value::Bytes(inner)) => domain = text(inner)?,
                (5, Value::Bytes(inner)) => {
                    for field in Fields::of(inner) {
                        match field? {
                            (5 | 10, Value::Bytes(tensor)) => {
                                made = shape_in(tensor)?;
                                self.take_tensor(tensor, None)?;
                            }
                            (6 | 11, Value::Bytes(inner)) => {
                                self.branches = true;
                                self.take(inner, depth + 1)?;
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        if kind == "Constant"
            && let (Some(made), Some(output)) = (made, outputs.first())
        {
            shapes.known.insert(output.clone(), made);
        }
        let by = match kind.as_str() {
            "ConstantOfShape" => inputs.first(),
            "Expand" => inputs.get(1),
            _ => None,
        };
        if let Some(shape) = by.and_then(|name| shapes.known.get(name)) {
            let asked = shape.iter().try_fold(1_u64, |all, &size| all.checked_mul(size.unsigned_abs()));
            if asked.is_none_or(|asked| asked > LARGEST_FILL) {
                return Err(Malformed(format!("a node {kind} asks for a tensor of shape {shape:?}")));
            }
        }
        let own = domain.is_empty() || domain == "ai.onnx";
        self.operators.insert(if own { kind } else { format!("{domain}:{kind}") });
        Ok(())
    }

    /// Weighs a tensor: what it says it holds has to be there.
    fn take_tensor(&mut self, bytes: &[u8], shapes: Option<&mut Shapes>) -> Result<(), Malformed> {
        let tensor = Tensor::read(bytes)?;
        let named = || format!("the weight `{}`", tensor.name);
        let count = tensor.count().ok_or_else(|| Malformed(format!("{} has no sensible shape", named())))?;
        let Some(bits) = bits(tensor.code) else {
            // Texts are as long as they are; they cannot be asked for.
            return if tensor.code == 8 && tensor.location.is_none() {
                Ok(())
            } else {
                Err(Malformed(format!("{} is of an unknown type ({})", named(), tensor.code)))
            };
        };
        let asked = count.checked_mul(bits).map(|bits| bits.div_ceil(8)).filter(|&bytes| bytes <= LARGEST);
        let Some(asked) = asked else {
            return Err(Malformed(format!("{} asks for {count} numbers", named())));
        };
        if let Some(location) = tensor.location {
            let length = tensor.length.unwrap_or(asked);
            if length != asked {
                return Err(Malformed(format!("{} asks for {asked} bytes and names {length}", named())));
            }
            self.external.push(External { location, offset: tensor.offset, length });
        } else {
            let held =
                if tensor.raw > 0 { tensor.raw } else { tensor.listed.saturating_mul(bits).div_ceil(8) };
            if held < asked {
                return Err(Malformed(format!("{} asks for {asked} bytes and has {held}", named())));
            }
        }
        if count > 64 {
            self.weights.insert(tensor.code);
        }
        if let Some(shapes) = shapes {
            if let Some(shape) = shape_in(bytes)? {
                shapes.known.insert(tensor.name.clone(), shape);
            }
            shapes.names.insert(tensor.name);
        }
        Ok(())
    }
}

/// Shapes that stand in a graph as numbers, by their names, and the names of all its weights.
#[derive(Debug, Default)]
struct Shapes {
    known: std::collections::BTreeMap<String, Vec<i64>>,
    names: BTreeSet<String>,
}

/// What stands before a tensor's numbers.
#[derive(Debug, Default)]
struct Tensor {
    name: String,
    code: i32,
    dims: Vec<i64>,
    /// Bytes of numbers as they are.
    raw: u64,
    /// Numbers in lists.
    listed: u64,
    location: Option<String>,
    offset: u64,
    length: Option<u64>,
}

impl Tensor {
    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut tensor = Self::default();
        let (mut outside, mut entries) = (false, Vec::new());
        for field in Fields::of(bytes) {
            match field? {
                (1, value) => value.each_number(|number| tensor.dims.push(number.cast_signed()))?,
                (2, Value::Number(number)) => tensor.code = i32::try_from(number).unwrap_or(i32::MAX),
                (8, Value::Bytes(inner)) => tensor.name = text(inner)?,
                (9, Value::Bytes(inner)) => tensor.raw = inner.len() as u64,
                (4, Value::Bytes(inner)) => tensor.listed += inner.len() as u64 / 4,
                (10, Value::Bytes(inner)) => tensor.listed += inner.len() as u64 / 8,
                (4 | 10, Value::Fixed) => tensor.listed += 1,
                (5 | 7 | 11, value) => value.each_number(|_| tensor.listed += 1)?,
                (13, Value::Bytes(inner)) => entries.push(entry(inner)?),
                (14, Value::Number(number)) => outside = number == 1,
                _ => {}
            }
            if tensor.dims.len() > 16 {
                return Err(Malformed("a weight has more than 16 axes".into()));
            }
        }
        if outside {
            let number = |text: &str| {
                text.parse().map_err(|_| Malformed(format!("`{text}` is no place in another file")))
            };
            for (key, value) in entries {
                match key.as_str() {
                    "location" => tensor.location = Some(value),
                    "offset" => tensor.offset = number(&value)?,
                    "length" => tensor.length = Some(number(&value)?),
                    _ => {}
                }
            }
            if tensor.location.is_none() {
                return Err(Malformed(format!("the weight `{}` is in no file that it names", tensor.name)));
            }
        }
        Ok(tensor)
    }

    fn count(&self) -> Option<u64> {
        self.dims.iter().try_fold(1_u64, |all, &dim| all.checked_mul(u64::try_from(dim).ok()?))
    }
}

/// The numbers of a tensor, where it is short enough to be a shape.
fn shape_in(bytes: &[u8]) -> Result<Option<Vec<i64>>, Malformed> {
    let (mut numbers, mut code) = (Vec::new(), 0);
    for field in Fields::of(bytes) {
        match field? {
            (2, Value::Number(number)) => code = number,
            (9, Value::Bytes(inner)) if inner.len() <= 128 => {
                numbers = inner
                    .chunks_exact(8)
                    .filter_map(|chunk| chunk.try_into().ok())
                    .map(i64::from_le_bytes)
                    .collect();
            }
            (7, value) => value.each_number(|number| {
                if numbers.len() < 16 {
                    numbers.push(number.cast_signed());
                }
            })?,
            _ => {}
        }
    }
    Ok((code == 7 && !numbers.is_empty()).then_some(numbers))
}

fn entry(bytes: &[u8]) -> Result<(String, String), Malformed> {
    let (mut key, mut value) = (String::new(), String::new());
    for field in Fields::of(bytes) {
        match field? {
            (1, Value::Bytes(inner)) => key = text(inner)?,
            (2, Value::Bytes(inner)) => value = text(inner)?,
            _ => {}
        }
    }
    Ok((key, value))
}

fn port(bytes: &[u8]) -> Result<Port, Malformed> {
    let mut port = Port::default();
    for field in Fields::of(bytes) {
        match field? {
            (1, Value::Bytes(inner)) => port.name = text(inner)?,
            (2, Value::Bytes(inner)) => {
                for field in Fields::of(inner) {
                    if let (1, Value::Bytes(tensor)) = field? {
                        tensor_type(tensor, &mut port)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(port)
}

fn tensor_type(bytes: &[u8], port: &mut Port) -> Result<(), Malformed> {
    for field in Fields::of(bytes) {
        match field? {
            (1, Value::Number(number)) => {
                port.element = Element::of(i32::try_from(number).unwrap_or(i32::MAX));
            }
            (2, Value::Bytes(shape)) => {
                for field in Fields::of(shape) {
                    let (1, Value::Bytes(dim)) = field? else { continue };
                    let mut size = Size::Unknown;
                    for field in Fields::of(dim) {
                        match field? {
                            (1, Value::Number(number)) => size = Size::Fixed(number.cast_signed()),
                            (2, Value::Bytes(inner)) if !inner.is_empty() => size = Size::Named(text(inner)?),
                            _ => {}
                        }
                    }
                    port.shape.push(size);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn text(bytes: &[u8]) -> Result<String, Malformed> {
    if bytes.len() > 4096 {
        return Err(Malformed("it has a name of more than 4096 bytes".into()));
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| Malformed("it has a name that is no text".into()))
}

#[cfg(test)]
mod tests {
    use super::super::trial::{field, ids, model, node, outside, value, weight};
    use super::*;

    fn refused(bytes: &[u8]) -> String {
        Graph::read(bytes).unwrap_err().0
    }

    #[test]
    fn inputs_operators_and_weights_are_read() {
        let inputs = [ids("input_ids", &["batch_size", "n"]), value("past.0.key", 10, &["b", "4", "p", "8"])];
        let held = weight("w", &[100], 10, &field(9, &[0; 200]));
        let fused = node("Fused", &["a"], &["b"], &field(7, b"com.microsoft"));
        let graph =
            Graph::read(&model(&inputs, &[held], &[node("Add", &["a"], &["b"], &[]), fused])).unwrap();
        assert_eq!(graph.inputs[1].element, Element::F16);
        assert_eq!(graph.inputs[1].shape[1..3], [Size::Fixed(4), Size::Named("p".into())]);
        assert_eq!(graph.operators, ["Add".to_owned(), "com.microsoft:Fused".to_owned()].into());
        assert_eq!(graph.weights, [10].into());
    }

    #[test]
    fn a_weight_that_asks_for_more_than_it_has_is_refused() {
        let asks = model(&[], &[weight("w", &[1 << 15, 1 << 15], 1, &field(9, &[0; 16]))], &[]);
        assert_eq!(refused(&asks), "the weight `w` asks for 4294967296 bytes and has 16");
        let many = model(&[], &[weight("w", &[1 << 40, 1 << 40], 1, &[])], &[]);
        assert_eq!(refused(&many), "the weight `w` has no sensible shape");
        let negative = model(&[], &[weight("w", &[u64::MAX], 1, &[])], &[]);
        assert_eq!(refused(&negative), "the weight `w` has no sensible shape");
    }

    #[test]
    fn a_node_that_makes_a_huge_tensor_of_a_shape_in_the_file_is_refused() {
        let shape = weight(
            "s",
            &[2],
            7,
            &field(9, &[(1_i64 << 20).to_le_bytes(), (1_i64 << 20).to_le_bytes()].concat()),
        );
        let listed =
            model(&[], std::slice::from_ref(&shape), &[node("ConstantOfShape", &["s"], &["y"], &[])]);
        assert!(refused(&listed).contains("ConstantOfShape"));
        let constant = node("Constant", &[], &["s"], &field(5, &field(5, &shape)));
        let made = model(&[], &[], &[constant, node("Expand", &["x", "s"], &["y"], &[])]);
        assert!(refused(&made).contains("Expand"));
    }

    #[test]
    fn weights_in_other_files_are_told() {
        let entries = [("location", "w.bin"), ("offset", "64"), ("length", "40")];
        let graph = Graph::read(&model(&[], &[outside("w", &[10], &entries)], &[])).unwrap();
        assert_eq!(graph.external, [External { location: "w.bin".into(), offset: 64, length: 40 }]);
        let short = [("location", "w.bin"), ("length", "4")];
        assert!(
            refused(&model(&[], &[outside("w", &[10], &short)], &[]))
                .contains("asks for 40 bytes and names 4")
        );
        assert!(refused(&model(&[], &[outside("w", &[10], &[])], &[])).contains("in no file"));
    }

    #[test]
    fn what_is_no_graph_is_refused() {
        assert_eq!(refused(b"<html>not a model</html>"), "it is no ONNX file");
        assert_eq!(refused(b""), "there is no graph in it");
    }

    #[test]
    fn graphs_within_graphs_end() {
        let mut inner = Vec::new();
        for _ in 0..40 {
            inner = field(1, &node("If", &["c"], &["y"], &field(5, &field(6, &inner))));
        }
        assert!(refused(&field(7, &inner)).contains("nested"));
    }
}
