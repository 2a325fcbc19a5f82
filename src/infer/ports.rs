//! Owns what each input and output of a graph means, found by its name and shape: what is not understood is refused when
//! the model is added, not at the first case.

use std::path::Path;

use super::InferError;
use super::graph::{Element, Graph, Port, Size};

/// What an input is to be fed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Feed {
    /// Tokens.
    Ids,
    /// Ones for everything that may be looked at, the cache included.
    Mask,
    /// Where each token stands.
    Positions,
    /// Where each token stands in the cache, without a batch.
    CachePositions,
    /// Ones for the encoder's tokens.
    EncoderMask,
    /// What the encoder made of the prompt.
    EncoderStates,
    /// Whether there is a cache, of a merged graph.
    UseCache,
    /// What an earlier run left, under a key.
    Cache(String),
}

/// The shape of an empty cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CacheShape {
    pub(super) sizes: Vec<i64>,
    /// The axis that grows.
    pub(super) axis: usize,
}

/// An input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct In {
    pub(super) name: String,
    pub(super) element: Element,
    pub(super) feed: Feed,
    pub(super) cache: Option<CacheShape>,
}

/// A graph's inputs and outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ports {
    pub(super) inputs: Vec<In>,
    /// The output that is wanted: logits, or an encoder's states.
    pub(super) wanted: String,
    /// Caches as they come out, each with its key.
    pub(super) caches: Vec<(String, String)>,
    /// How many tokens the logits are about, where the graph says so.
    pub(super) vocabulary: Option<usize>,
}

/// What a graph is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Encoder,
    Decoder,
}

/// How large a cache may be along an axis that the file fixes.
const LARGEST_AXIS: i64 = 1 << 16;

impl Ports {
    /// Understands a graph, or says what of it is not understood.
    pub(super) fn of(graph: &Graph, part: Part, with_encoder: bool, path: &Path) -> Result<Self, InferError> {
        let bad = |why: String| InferError::bad(path, why);
        let mut inputs = Vec::new();
        for port in &graph.inputs {
            let feed = feed(port, part, with_encoder).ok_or_else(|| {
                bad(format!(
                    "it wants an input `{}`, which is not known; export it with \
                     `--task text-generation-with-past` or `text2text-generation-with-past`",
                    port.name
                ))
            })?;
            let fits = match feed {
                Feed::Cache(_) | Feed::EncoderStates => matches!(port.element, Element::F32 | Element::F16),
                Feed::UseCache => port.element == Element::Bool,
                _ => matches!(port.element, Element::I64 | Element::I32 | Element::Bool),
            };
            if !fits {
                return Err(bad(format!("its input `{}` is of a type that is not understood", port.name)));
            }
            let cache = match feed {
                Feed::Cache(_) => Some(cache_shape(port).map_err(bad)?),
                _ => None,
            };
            inputs.push(In { name: port.name.clone(), element: port.element, feed, cache });
        }
        if !inputs.iter().any(|input| input.feed == Feed::Ids) {
            return Err(bad("it has no input of tokens (`input_ids`)".into()));
        }
        let mut caches = Vec::new();
        let mut wanted = None;
        for port in &graph.outputs {
            if let Some(key) = key(&port.name, &["present_key_values.", "present."]) {
                caches.push((port.name.clone(), key.to_owned()));
            } else if is_wanted(port, part) && wanted.is_none() {
                wanted = Some(port);
            }
        }
        let what = if part == Part::Encoder { "`last_hidden_state`" } else { "`logits`" };
        let wanted = wanted.ok_or_else(|| bad(format!("it has no output {what}")))?;
        let vocabulary = match wanted.shape.last() {
            Some(Size::Fixed(size)) if part == Part::Decoder => usize::try_from(*size).ok(),
            _ => None,
        };
        let ports = Self { inputs, wanted: wanted.name.clone(), caches, vocabulary };
        if part == Part::Decoder {
            ports.hold_together(with_encoder).map_err(bad)?;
        }
        Ok(ports)
    }

    /// Every cache that goes in comes out, but those of an encoder's states, which never change.
    fn hold_together(&self, with_encoder: bool) -> Result<(), String> {
        for input in &self.inputs {
            let Feed::Cache(name) = &input.feed else { continue };
            let is_constant = with_encoder && name.contains("encoder") && !name.contains("decoder");
            if !is_constant && !self.caches.iter().any(|(_, key)| key == name) {
                return Err(format!("it takes a cache `{}` and gives none back", input.name));
            }
        }
        if self.caches.is_empty() {
            return Err("it keeps no past key/values, so that every token would cost the whole text again; export it \
                with `--task text-generation-with-past` or `text2text-generation-with-past`"
                .into());
        }
        Ok(())
    }

    pub(super) fn has(&self, feed: &Feed) -> bool {
        self.inputs.iter().any(|input| input.feed == *feed)
    }

    /// Whether it takes caches.
    pub(super) fn continues(&self) -> bool {
        self.inputs.iter().any(|input| matches!(input.feed, Feed::Cache(_)))
    }
}

fn feed(port: &Port, part: Part, with_encoder: bool) -> Option<Feed> {
    if let Some(key) = key(&port.name, &["past_key_values.", "past."]) {
        return Some(Feed::Cache(key.to_owned()));
    }
    Some(match (port.name.as_str(), part) {
        ("input_ids", _) | ("decoder_input_ids", Part::Decoder) => Feed::Ids,
        ("attention_mask", Part::Decoder) if with_encoder => Feed::EncoderMask,
        ("encoder_attention_mask", Part::Decoder) => Feed::EncoderMask,
        ("attention_mask", _) | ("decoder_attention_mask", Part::Decoder) => Feed::Mask,
        ("position_ids", Part::Decoder) => Feed::Positions,
        ("cache_position", Part::Decoder) => Feed::CachePositions,
        ("encoder_hidden_states" | "encoder_outputs", Part::Decoder) => Feed::EncoderStates,
        ("use_cache_branch", Part::Decoder) => Feed::UseCache,
        _ => return None,
    })
}

/// The part of a cache's name that input and output share.
fn key<'n>(name: &'n str, beginnings: &[&str]) -> Option<&'n str> {
    beginnings.iter().find_map(|beginning| name.strip_prefix(beginning))
}

fn is_wanted(port: &Port, part: Part) -> bool {
    let number = matches!(port.element, Element::F32 | Element::F16);
    number
        && match part {
            Part::Encoder => port.name == "last_hidden_state",
            Part::Decoder => port.name == "logits" && port.shape.len() == 3,
        }
}

/// The first axis is the batch; of the others one grows, and the file says how large the rest are.
fn cache_shape(port: &Port) -> Result<CacheShape, String> {
    let odd = || format!("the shape of its cache `{}` is not understood", port.name);
    if !(3..=5).contains(&port.shape.len()) {
        return Err(odd());
    }
    let mut sizes = vec![1];
    let mut axis = None;
    for (at, size) in port.shape.iter().enumerate().skip(1) {
        match size {
            Size::Fixed(size) if (1..=LARGEST_AXIS).contains(size) => sizes.push(*size),
            Size::Fixed(_) => return Err(odd()),
            Size::Named(_) | Size::Unknown if axis.is_none() => {
                axis = Some(at);
                sizes.push(0);
            }
            Size::Named(_) | Size::Unknown => return Err(odd()),
        }
    }
    axis.map(|axis| CacheShape { sizes, axis }).ok_or_else(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(name: &str, element: Element, shape: &[&str]) -> Port {
        let size = |text: &&str| match text.parse() {
            Ok(number) => Size::Fixed(number),
            Err(_) if text.is_empty() => Size::Unknown,
            Err(_) => Size::Named((*text).to_owned()),
        };
        Port { name: name.to_owned(), element, shape: shape.iter().map(size).collect() }
    }

    fn llama() -> Graph {
        Graph {
            inputs: vec![
                port("input_ids", Element::I64, &["batch_size", "sequence_length"]),
                port("attention_mask", Element::I64, &["batch_size", "past_sequence_length+sequence_length"]),
                port("position_ids", Element::I64, &["batch_size", "sequence_length"]),
                port(
                    "past_key_values.0.key",
                    Element::F32,
                    &["batch_size", "2", "past_sequence_length", "8"],
                ),
                port(
                    "past_key_values.0.value",
                    Element::F32,
                    &["batch_size", "2", "past_sequence_length", "8"],
                ),
            ],
            outputs: vec![
                port("logits", Element::F32, &["batch_size", "sequence_length", "32000"]),
                port("present.0.key", Element::F32, &["batch_size", "2", "n", "8"]),
                port("present.0.value", Element::F32, &["batch_size", "2", "n", "8"]),
            ],
            ..Graph::default()
        }
    }

    fn of(graph: &Graph) -> Result<Ports, InferError> {
        Ports::of(graph, Part::Decoder, false, Path::new("model.onnx"))
    }

    #[test]
    fn a_decoder_is_understood_by_names_and_shapes() {
        let ports = of(&llama()).unwrap();
        assert_eq!((ports.wanted.as_str(), ports.vocabulary), ("logits", Some(32000)));
        assert_eq!(ports.inputs[3].feed, Feed::Cache("0.key".into()));
        assert_eq!(ports.inputs[3].cache, Some(CacheShape { sizes: vec![1, 2, 0, 8], axis: 2 }));
        assert!(ports.continues() && !ports.has(&Feed::UseCache));
    }

    #[test]
    fn a_cache_of_one_head_for_all_is_understood() {
        let mut graph = llama();
        graph.inputs.truncate(3);
        graph.inputs.push(port("past_key_values.0.key_value", Element::F16, &["batch_size", "past", "128"]));
        graph.outputs.truncate(1);
        graph.outputs.push(port("present.0.key_value", Element::F16, &["batch_size", "n", "128"]));
        assert_eq!(of(&graph).unwrap().inputs[3].cache, Some(CacheShape { sizes: vec![1, 0, 128], axis: 1 }));
    }

    #[test]
    fn what_is_missing_or_too_much_is_named() {
        let error = |change: fn(&mut Graph)| {
            let mut graph = llama();
            change(&mut graph);
            of(&graph).unwrap_err().to_string()
        };
        assert!(
            error(|graph| graph.inputs.push(port("pixel_values", Element::F32, &["b"])))
                .contains("`pixel_values`")
        );
        assert!(error(|graph| drop(graph.inputs.remove(0))).contains("no input of tokens"));
        assert!(error(|graph| drop(graph.outputs.remove(0))).contains("no output `logits`"));
        assert!(
            error(|graph| drop(graph.outputs.remove(1)))
                .contains("`past_key_values.0.key` and gives none back")
        );
        assert!(
            error(|graph| {
                graph.inputs.truncate(3);
                graph.outputs.truncate(1);
            })
            .contains("keeps no past")
        );
        assert!(error(|graph| graph.inputs[3].shape[1] = Size::Fixed(1 << 40)).contains("not understood"));
        assert!(error(|graph| graph.inputs[3].shape[1] = Size::Unknown).contains("not understood"));
        assert!(error(|graph| graph.inputs[0].element = Element::F32).contains("of a type"));
    }
}
