//! Owns the names in a syntax tree: of functions and classes, of functions that have none, of variables.

use std::ops::Range;

use tree_sitter::Node;

use super::grammar::{self, Grammar};
use crate::source::Language;

/// A name longer than this is cut.
const LONGEST: usize = 120;

/// The name given to a function that has none of its own.
pub(super) enum Given {
    /// Of the variable or property that holds it, and where the assignment begins.
    Name(String, usize),
    /// After the call it is handed to, in `<>`, and where the call begins.
    Callback(String, usize),
}

/// The name of a function, class or module. C++'s `a::b` is `a.b`; a Go method has its receiver's type in front.
pub(in crate::source) fn of_definition(node: Node<'_>, text: &str) -> Option<String> {
    let named = field(node, "name").or_else(|| declared(node));
    let Some(named) = named else {
        let operator = field(node, "operator").or_else(|| field(node, "type"))?;
        return Some(format!("operator {}", plain(slice(text, &operator.byte_range()))));
    };
    let name = plain(slice(text, &named.byte_range())).replace("::", ".");
    if name.is_empty() {
        return None;
    }
    let receiver = field(node, "receiver").filter(|receiver| receiver.kind() == "parameter_list");
    match receiver.and_then(|receiver| receiver_type(slice(text, &receiver.byte_range()))) {
        Some(owner) => Some(format!("{owner}.{name}")),
        None => Some(name),
    }
}

/// The name inside a C declarator, such as `*(*f)(int)`.
fn declared(node: Node<'_>) -> Option<Node<'_>> {
    let mut declarator = field(node, "declarator")?;
    // The depth is the file's choice; what is nested deeper is no function's name.
    for _ in 0..64 {
        declarator = match field(declarator, "declarator") {
            Some(inner) => inner,
            None if matches!(declarator.kind(), "reference_declarator" | "parenthesized_declarator") => {
                declarator.named_child(0)?
            }
            None => return Some(declarator),
        };
    }
    None
}

/// `(u *Users[T])` is `Users`.
fn receiver_type(receiver: &str) -> Option<&str> {
    let inner = receiver.trim_matches(['(', ')']).split('[').next()?.trim();
    let owner = inner.rsplit([' ', '*']).next()?;
    (!owner.is_empty()).then_some(owner)
}

/// What to call a function without a name; `None` where it opens no scope: an expression on one line that nobody
/// named says less about a place than the function around it.
pub(super) fn of_anonymous<'t>(
    node: Node<'t>,
    ancestors: impl Iterator<Item = (Node<'t>, u32)>,
    text: &str,
) -> Option<Given> {
    let ruby_block = matches!(node.kind(), "block" | "do_block");
    let block = field(node, "body").is_some_and(|body| {
        matches!(
            body.kind(),
            "statement_block" | "block" | "compound_statement" | "body_statement" | "block_body" | "do_block"
        )
    });
    let unnamed =
        || Some(Given::Callback("<anonymous>".into(), node.start_byte())).filter(|_| block && !ruby_block);
    for (above, flags) in ancestors.take(8) {
        if flags & grammar::ANONYMOUS != 0 {
            return if ruby_block { None } else { unnamed() };
        }
        if flags & grammar::CALL != 0 {
            let literal = first_literal(above, text);
            if !block || (ruby_block && literal.is_none()) {
                return None;
            }
            let callee = callee(above, text);
            let name = match literal {
                Some(literal) => format!("<{callee} '{literal}'>"),
                None => format!("<{callee}>"),
            };
            return Some(Given::Callback(name, above.start_byte()));
        }
        let holds = flags & grammar::ASSIGNS != 0
            || matches!(
                above.kind(),
                "pair" | "public_field_definition" | "field_definition" | "keyed_element"
            );
        if holds {
            let holder =
                ["left", "name", "declarator", "key", "property"].iter().find_map(|name| field(above, name));
            let name = holder.map(|holder| plain(slice(text, &holder.byte_range())));
            let simple = |name: &String| {
                name.chars().all(|c| c.is_alphanumeric() || "_$.@:>-#'\"/".contains(c)) && !name.is_empty()
            };
            return match name.filter(simple) {
                Some(name) => {
                    Some(Given::Name(name.trim_matches(['\'', '"', '#']).to_owned(), above.start_byte()))
                }
                None => unnamed(),
            };
        }
        if flags & grammar::BODY != 0 {
            break;
        }
    }
    unnamed()
}

/// What a call calls, on one line: `app.get`, `new Promise`.
fn callee(call: Node<'_>, text: &str) -> String {
    let span = |name| field(call, name).map(|node| node.byte_range());
    let end = span("arguments").map(|arguments| arguments.start);
    // Ruby and Java keep the receiver beside the method; all of it stands before the arguments.
    let span = match (end, span("function"), span("method")) {
        (Some(end), ..) => call.start_byte()..end,
        (None, Some(function), _) => function,
        (None, None, Some(method)) => call.start_byte()..method.end,
        _ => call.start_byte()..call.start_byte(),
    };
    // A chain of ten thousand calls must not be read again for each callback in it: its end is enough.
    let near = text.ceil_char_boundary(span.start.max(span.end.saturating_sub(400)));
    let whole = plain(slice(text, &(near..span.end.max(near))));
    // In a chain the last link names the callback: `a.then(…).catch`.
    if whole.len() > 60 || whole.contains(['(', '{']) {
        let tail = whole.rsplit(['.', ')']).next().unwrap_or_default();
        return tail.chars().take(60).collect();
    }
    whole
}

/// The text of a call's first argument, where that is a short literal.
fn first_literal<'t>(call: Node<'_>, text: &'t str) -> Option<&'t str> {
    let first = field(call, "arguments")?.named_child(0)?;
    let literal = slice(text, &first.byte_range()).trim();
    let bare = literal.trim_start_matches(':').trim_matches(['\'', '"', '`']);
    let quoted = bare.len() < literal.len() && !first.kind().contains("template");
    (quoted && bare.len() <= 60 && !bare.contains(['\n', '\r', '\'', '"', '`'])).then_some(bare)
}

/// The bytes of a definition from behind its annotations to its body, or to a comment before that.
pub(super) fn signature(node: Node<'_>, grammar: &Grammar) -> Range<usize> {
    let is = |node: Node<'_>, flag| grammar.flags(node) & flag != 0;
    let (mut start, mut end) = (None, node.end_byte());
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    while more {
        let child = cursor.node();
        if start.is_none() && child.kind() == "modifiers" {
            let mut inner = child.walk();
            start = child
                .children(&mut inner)
                .find(|child| !is(*child, grammar::ANNOTATION))
                .map(|child| child.start_byte());
        } else if start.is_none() && !is(child, grammar::ANNOTATION) {
            start = Some(child.start_byte());
        } else if cursor.field_name() == Some("body") || is(child, grammar::BODY | grammar::SKIPPED) {
            end = child.start_byte();
            break;
        }
        more = cursor.goto_next_sibling();
    }
    let start = start.unwrap_or_else(|| node.start_byte());
    start..end.max(start)
}

/// The child in a field. The library's own search calls itself once for each level of what the grammar hides, and a
/// file of twenty thousand unfinished statements then overflows the stack; a cursor does not.
pub(in crate::source) fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    // Fields that are asked for stand among the first children; an array may have a million.
    for _ in 0..64 {
        if !more {
            return None;
        }
        if cursor.field_name() == Some(name) {
            return Some(cursor.node());
        }
        more = cursor.goto_next_sibling();
    }
    None
}

/// Whether a child defines the variables named in it, given whether its parent does.
pub(super) fn defines(parent: u32, inherited: bool, field: Option<&str>) -> bool {
    if field == Some("parameter") {
        return true;
    }
    if parent & grammar::PARAMETERS != 0 {
        return matches!(field, None | Some("name" | "pattern" | "declarator"));
    }
    if parent & grammar::ASSIGNS != 0 {
        return matches!(field, Some("left" | "name" | "declarator" | "alias"));
    }
    let other = Some("index")
        .into_iter()
        .chain([
            "subscript",
            "arguments",
            "type",
            "right",
            "default",
            "condition",
            "body",
            "attribute",
            "property",
            "key",
        ])
        .chain(["operator", "size", "field", "method"]);
    inherited && !field.is_some_and(|field| other.into_iter().any(|name| name == field))
}

/// Whether a name is that of the function or class that is being defined.
pub(super) fn is_definitions_name(parent: u32, field: Option<&str>) -> bool {
    parent & (grammar::FUNCTION | grammar::CLASS | grammar::MODULE) != 0 && field == Some("name")
}

/// Whether the text is `self.name` or `this.name`, a variable of the object and not of the function.
pub(super) fn is_own_field(text: &str) -> bool {
    text.len() <= LONGEST
        && ["self.", "this.", "cls.", "$this->", "this->"].iter().any(|own| {
            text.strip_prefix(own).is_some_and(|rest| {
                !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            })
        })
}

/// Whether it is a call of `require`, the import of Ruby and older JavaScript.
pub(super) fn is_require(node: Node<'_>, flags: u32, text: &str, language: Language) -> bool {
    flags & grammar::CALL != 0
        && (language == Language::Ruby || grammar::is_script(language))
        && slice(text, &node.byte_range()).starts_with("require")
}

pub(in crate::source) fn slice<'t>(text: &'t str, range: &Range<usize>) -> &'t str {
    text.get(range.clone()).unwrap_or_default()
}

/// On one line, with single spaces, cut where it is long.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        if out.len() > LONGEST {
            out.truncate(out.floor_char_boundary(LONGEST));
            break;
        }
    }
    out
}
