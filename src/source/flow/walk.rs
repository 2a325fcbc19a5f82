//! Owns the one pass over a syntax tree that finds calls, assignments, names and literal text.
//!
//! It walks with a cursor and a stack of its own, so that deep nesting costs memory and not the program's stack.

use std::ops::Range;

use tree_sitter::{Node, Tree};

use super::{Argument, Bind, Call, Collection, Flow, Function, Name, Return};
use crate::source::outline::grammar::{self, Grammar};
use crate::source::outline::names::{field, of_definition};

/// Parts of one list that are looked at: a generated table may have a million.
const MOST_PARTS: usize = 256;

/// What holds for the children of a node.
#[derive(Clone)]
struct Frame {
    flags: u32,
    function: Option<usize>,
    block: Range<usize>,
}

pub(super) fn walk(flow: &mut Flow, text: &str, grammar: &Grammar, tree: &Tree) {
    let mut cursor = tree.walk();
    let root = Frame { flags: grammar.flags(cursor.node()), function: None, block: 0..text.len() };
    let mut stack = vec![root];
    if !cursor.goto_first_child() {
        return;
    }
    loop {
        let node = cursor.node();
        let Some(parent) = stack.last().cloned() else { return };
        let field_name = cursor.field_name();
        let below = Walker { flow: &mut *flow, text, grammar }.enter(node, field_name, &parent);
        if let Some(frame) = below
            && cursor.goto_first_child()
        {
            stack.push(frame);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() || stack.len() <= 1 {
                return;
            }
            stack.pop();
        }
    }
}

struct Walker<'a> {
    flow: &'a mut Flow,
    text: &'a str,
    grammar: &'a Grammar,
}

impl<'t> Walker<'_> {
    /// Notes what a node is; what holds for its children, unless they are of no interest.
    fn enter(&mut self, node: Node<'t>, field_name: Option<&str>, parent: &Frame) -> Option<Frame> {
        if node.is_error() || node.is_missing() {
            self.flow.faults += 1;
        }
        if !node.is_named() {
            return None;
        }
        let flags = self.grammar.flags(node);
        if flags & grammar::SKIPPED != 0 {
            return None;
        }
        let mut frame = Frame { flags, ..parent.clone() };
        if flags & grammar::IMPORT != 0 {
            self.import(node);
            return None;
        }
        self.function(node, flags, &mut frame);
        if flags & grammar::BODY != 0 {
            frame.block = node.byte_range();
        }
        if flags & grammar::CALL != 0 {
            self.call(node, frame.function);
        }
        if flags & grammar::ASSIGNS != 0 {
            self.assign(node, &frame);
        }
        self.collection(node);
        if matches!(node.kind(), "return_statement" | "return")
            && let (Some(function), Some(value)) = (frame.function, node.named_child(0))
        {
            self.flow.returns.push(Return { value: value.byte_range(), function });
        }
        let kind = node.kind();
        if kind.starts_with("yield")
            && let Some(function) = frame.function.and_then(|index| self.flow.functions.get_mut(index))
        {
            function.is_open = true;
        }
        if kind.contains("string") && node.named_child_count() == 0 {
            if !kind.ends_with("_start") && !kind.ends_with("_end") {
                self.flow.literals.push(node.byte_range());
            }
            return None;
        }
        let is_member = flags & grammar::MEMBER != 0 && flags & grammar::CALL == 0;
        if flags & grammar::NAME != 0 || (is_member && is_path(self.slice(&node))) {
            let is_part = parent.flags & grammar::MEMBER != 0
                && matches!(field_name, Some("attribute" | "property" | "field" | "name" | "method"));
            let is_type = field_name == Some("type");
            if !is_part && !is_type {
                self.flow.names.push(Name { span: node.byte_range(), function: frame.function });
            }
            return None;
        }
        Some(frame)
    }

    fn slice(&self, node: &Node<'_>) -> &str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn function(&mut self, node: Node<'t>, flags: u32, frame: &mut Frame) {
        if flags & (grammar::FUNCTION | grammar::ANONYMOUS) == 0 {
            return;
        }
        let name = of_definition(node, self.text).filter(|_| flags & grammar::FUNCTION != 0);
        let name = name.map(|name| name.rsplit('.').next().unwrap_or_default().to_owned());
        let mut parameters = Vec::new();
        let mut is_open = matches!(node.kind(), "method" | "singleton_method")
            || field(node, "result")
                .is_some_and(|it| it.named_child(0).is_some_and(|one| field(one, "name").is_some()));
        // In C they hang on the declarator.
        let mut holder = Some(node);
        for _ in 0..8 {
            let Some(at) = holder else { break };
            if let Some(list) = field(at, "parameters").or_else(|| field(at, "parameter")) {
                self.parameters(list, &mut parameters);
                let mut cursor = list.walk();
                is_open |= list
                    .named_children(&mut cursor)
                    .take(MOST_PARTS)
                    .any(|parameter| self.slice(&parameter).starts_with(['{', '[']));
                break;
            }
            holder = field(at, "declarator");
        }
        let parent = frame.function;
        let index = self.flow.functions.len();
        self.flow.functions.push(Function {
            name: name.unwrap_or_default(),
            span: node.byte_range(),
            parameters,
            parent,
            is_open,
        });
        frame.function = Some(index);
        frame.block = node.byte_range();
        if flags & grammar::ANONYMOUS != 0
            && let Some(body) =
                field(node, "body").filter(|body| self.grammar.flags(*body) & grammar::BODY == 0)
        {
            self.flow.returns.push(Return { value: body.byte_range(), function: index });
        }
    }

    fn parameters(&self, list: Node<'t>, found: &mut Vec<String>) {
        if self.grammar.flags(list) & grammar::NAME != 0 {
            found.push(self.slice(&list).to_owned());
            return;
        }
        let mut cursor = list.walk();
        for parameter in list.named_children(&mut cursor).take(MOST_PARTS) {
            if self.grammar.flags(parameter) & grammar::SKIPPED != 0 {
                continue;
            }
            let before = found.len();
            let mut inner = parameter.walk();
            // Go names several of one type.
            for named in parameter.children_by_field_name("name", &mut inner).take(MOST_PARTS) {
                found.push(self.slice(&named).to_owned());
            }
            if found.len() == before
                && let Some(name) = self.first_name(parameter)
            {
                found.push(name);
            }
        }
    }

    /// The name that a parameter or a declarator gives.
    fn first_name(&self, node: Node<'t>) -> Option<String> {
        let mut at = node;
        for _ in 0..16 {
            if self.grammar.flags(at) & grammar::NAME != 0 {
                return Some(self.slice(&at).to_owned());
            }
            let named = ["name", "pattern", "declarator", "left"].iter().find_map(|name| field(at, name));
            at = named.or_else(|| at.named_child(0))?;
        }
        None
    }

    fn call(&mut self, node: Node<'t>, function: Option<usize>) {
        let arguments = field(node, "arguments");
        let called = field(node, "function").or_else(|| field(node, "constructor"));
        let end = arguments.map_or(node.end_byte(), |arguments| arguments.start_byte());
        let callee = called.map_or(node.start_byte()..end, |called| called.byte_range());
        let mut given = Vec::new();
        if let Some(list) = arguments {
            let mut cursor = list.walk();
            for part in list.named_children(&mut cursor).take(MOST_PARTS) {
                if self.grammar.flags(part) & grammar::SKIPPED == 0 {
                    given.push(self.argument(part));
                }
            }
            // A generator or a template as the only argument has no list around it.
            if given.is_empty() && !matches!(list.kind(), "argument_list" | "arguments") {
                given.push(Argument { name: None, span: list.byte_range() });
            }
        }
        let span = node.byte_range();
        self.flow.calls.push(Call { span, callee, arguments: given, is_write: false, function });
    }

    fn argument(&self, part: Node<'t>) -> Argument {
        let named = matches!(part.kind(), "keyword_argument" | "pair" | "argument");
        let name = field(part, "name").or_else(|| field(part, "key")).filter(|_| named);
        let value = field(part, "value").filter(|_| named);
        let value = value.or_else(|| part.named_child(u32::from(name.is_some())).filter(|_| named));
        Argument {
            name: name.map(|name| self.slice(&name).trim_end_matches(':').to_owned()),
            span: value.map_or_else(|| part.byte_range(), |value| value.byte_range()),
        }
    }

    /// Notes a list or an object. One of very many parts is data of its own, and none that a call is given.
    fn collection(&mut self, node: Node<'t>) {
        let list = match node.kind() {
            "list" | "tuple" | "array" | "object" | "dictionary" | "hash" => node,
            // In Java and Go its type stands before it.
            "array_creation_expression" => field(node, "value").unwrap_or(node),
            "composite_literal" => match field(node, "body") {
                Some(body) => body,
                None => return,
            },
            _ => return,
        };
        let mut parts = Vec::new();
        let mut is_spread = false;
        let mut cursor = list.walk();
        for part in list.named_children(&mut cursor) {
            if parts.len() >= MOST_PARTS {
                return;
            }
            if self.grammar.flags(part) & grammar::SKIPPED != 0 {
                continue;
            }
            let kind = part.kind();
            if kind.contains("spread") || kind.contains("splat") || kind == "variadic_unpacking" {
                is_spread = true;
            } else {
                parts.push(self.part(part));
            }
        }
        self.flow.collections.push(Collection { span: node.byte_range(), parts, is_spread });
    }

    /// A part of a list or an object.
    fn part(&self, part: Node<'t>) -> Argument {
        let (key, value) = match part.kind() {
            "pair" => (field(part, "key"), field(part, "value")),
            "shorthand_property_identifier" => (Some(part), Some(part)),
            "method_definition" => (field(part, "name"), field(part, "body")),
            "keyed_element" | "array_element_initializer" if part.named_child_count() == 2 => {
                (part.named_child(0), part.named_child(1))
            }
            "array_element_initializer" | "literal_element" => (None, part.named_child(0)),
            _ => (None, None),
        };
        Argument {
            name: key.map(|key| self.slice(&key).trim_matches(['"', '\'', ':', ' ']).to_owned()),
            span: value.map_or_else(|| part.byte_range(), |value| value.byte_range()),
        }
    }

    fn assign(&mut self, node: Node<'t>, frame: &Frame) {
        let (target, value) = if node.kind() == "as_pattern" {
            (field(node, "alias"), node.named_child(0))
        } else {
            let target = ["left", "name", "declarator"].iter().find_map(|name| field(node, name));
            let value = field(node, "right").or_else(|| field(node, "value"));
            let count = u32::try_from(node.named_child_count()).unwrap_or(0);
            // C# has no field for it.
            let last = count.checked_sub(1).and_then(|last| node.named_child(last));
            let last = last.filter(|last| node.kind() == "variable_declarator" && Some(*last) != target);
            (target, value.or(last))
        };
        let Some(target) = target else { return };
        let adds = node.kind().contains("augmented") || node.kind() == "operator_assignment" || {
            let operator = field(node, "operator").map(|operator| self.slice(&operator).len());
            operator.is_some_and(|length| length > 1)
        };
        let parts = |list: Node<'t>| -> Vec<Node<'t>> {
            let mut cursor = list.walk();
            list.named_children(&mut cursor).take(MOST_PARTS).collect()
        };
        let is_list = |node: &Node<'t>| {
            let kind = node.kind();
            kind.contains("pattern") || kind.contains("list") || kind == "tuple"
        };
        let targets = if is_list(&target) { parts(target) } else { vec![target] };
        let values = match value {
            Some(value) if is_list(&target) && is_list(&value) => parts(value),
            _ => Vec::new(),
        };
        for (at, part) in targets.iter().enumerate() {
            let one = values.get(at).filter(|_| values.len() == targets.len()).or(value.as_ref());
            self.bind(*part, one.map(Node::byte_range), adds, frame, node);
        }
    }

    fn bind(
        &mut self,
        target: Node<'t>,
        value: Option<Range<usize>>,
        adds: bool,
        frame: &Frame,
        whole: Node<'t>,
    ) {
        let flags = self.grammar.flags(target);
        let text = self.slice(&target).to_owned();
        if flags & grammar::MEMBER != 0
            && let Some(value) = &value
        {
            let name = ["attribute", "property", "field", "name"].iter().find_map(|name| field(target, name));
            if name.is_some() {
                let argument = Argument { name: None, span: value.clone() };
                self.flow.calls.push(Call {
                    span: whole.byte_range(),
                    callee: target.byte_range(),
                    arguments: vec![argument],
                    is_write: true,
                    function: frame.function,
                });
            }
        }
        let target = if is_path(&text) { Some(text) } else { self.first_name(target) };
        if let Some(target) = target {
            self.flow.binds.push(Bind {
                target,
                value,
                at: whole.start_byte(),
                block: frame.block.clone(),
                function: frame.function,
                adds,
            });
        }
    }

    /// Notes what imported names stand for, of Python and JavaScript, whose imports give other names.
    fn import(&mut self, node: Node<'t>) {
        let text = self.slice(&node).replace(['(', ')', '\n', '\\'], " ");
        let words: Vec<&str> = text.split_whitespace().collect();
        let (module, list) = match words.as_slice() {
            ["from", module, "import", ..] => {
                (Some((*module).to_owned()), text.split_once(" import ").map(|it| it.1))
            }
            ["import", .., "from", module] => {
                let module = module.trim_matches([';', '"', '\'']).to_owned();
                let list = text.rsplit_once(" from ").map(|it| it.0).and_then(|it| it.split_once("import "));
                (Some(module), list.map(|it| it.1))
            }
            ["import", ..] => (None, text.split_once("import ").map(|it| it.1)),
            _ => return,
        };
        for one in
            list.unwrap_or_default().split([',', '{', '}']).map(str::trim).filter(|one| !one.is_empty())
        {
            let (name, alias) = match one.split_once(" as ") {
                Some((name, alias)) => (name.trim(), alias.trim()),
                None => (one, one),
            };
            let path = match &module {
                Some(module) if name == "*" => module.clone(),
                Some(module) => format!("{module}.{name}"),
                None => name.to_owned(),
            };
            if is_path(alias) && alias != path {
                self.flow.aliases.insert(alias.to_owned(), path);
            }
        }
    }
}

/// Whether a text is a name or names joined by dots and the like, and nothing that is worked out.
pub(super) fn is_path(text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | ':' | '@' | '?' | '-' | '>');
    !text.is_empty() && text.len() < 200 && text.chars().all(is_part)
}
