//! Owns the one pass over a syntax tree that finds statements, scopes, imports and names.
//!
//! It walks with a cursor and a stack of its own, so that a file of a million nested brackets costs memory, not the
//! program's stack.

use std::ops::Range;

use tree_sitter::{Node, TreeCursor};

use super::grammar::{self, Grammar};
use super::names;
use super::regions::Regions;
use super::{RawScope, ScopeKind, VariableUse};
use crate::source::Language;

pub(super) struct Walk<'t> {
    pub(super) language: Language,
    pub(super) grammar: &'static Grammar,
    pub(super) text: &'t str,
    pub(super) regions: Regions,
    pub(super) scopes: Vec<RawScope>,
    pub(super) imports: Vec<Range<usize>>,
    pub(super) variables: Vec<VariableUse>,
    stack: Vec<Frame<'t>>,
}

/// What holds for the children of a node.
#[derive(Clone, Copy)]
struct Frame<'t> {
    node: Node<'t>,
    flags: u32,
    region: usize,
    /// Whether the region is a body; else it is a statement.
    in_body: bool,
    /// A body made for statements without braces, shared by those that follow each other under one node.
    loose_body: Option<usize>,
    /// Comments since the last child that was none.
    comment: Option<(usize, usize)>,
    scope: Option<usize>,
    defines: bool,
}

impl<'t> Walk<'t> {
    pub(super) fn new(language: Language, grammar: &'static Grammar, text: &'t str) -> Self {
        Self {
            language,
            grammar,
            text,
            regions: Regions::new(text.len()),
            scopes: Vec::new(),
            imports: Vec::new(),
            variables: Vec::new(),
            stack: Vec::new(),
        }
    }

    pub(super) fn run(&mut self, cursor: &mut TreeCursor<'t>) {
        let root = cursor.node();
        let flags = self.grammar.flags(root);
        self.stack.push(Frame {
            node: root,
            flags,
            region: 0,
            in_body: true,
            loose_body: None,
            comment: None,
            scope: None,
            defines: false,
        });
        if !cursor.goto_first_child() {
            return;
        }
        loop {
            let descend = self.enter(cursor);
            if descend && cursor.goto_first_child() {
                continue;
            }
            if descend {
                self.stack.pop();
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
                self.stack.pop();
                if self.stack.len() <= 1 && cursor.depth() == 0 {
                    return;
                }
            }
        }
    }

    /// Looks at a node; true where a frame for its children was pushed.
    fn enter(&mut self, cursor: &TreeCursor<'t>) -> bool {
        let node = cursor.node();
        let Some(parent) = self.stack.last().copied() else { return false };
        if !node.is_named() {
            return false;
        }
        let flags = self.grammar.flags(node);
        if flags & grammar::SKIPPED != 0 {
            if let Some(above) = self.stack.last_mut() {
                let end = node.end_byte();
                above.comment = Some(above.comment.map_or(node.start_byte(), |(start, _)| start))
                    .map(|start| (start, end));
            }
            return false;
        }
        let field = cursor.field_name();
        if flags & grammar::HEREDOC != 0 {
            if let Some(last) = self.regions.last_child(parent.region).filter(|_| parent.in_body) {
                self.regions.extend(last, node.end_byte());
            }
            return false;
        }
        let defines = names::defines(parent.flags, parent.defines, field);
        if self.variable(node, flags, parent, field, defines) {
            return false;
        }
        let mut frame = Frame { node, flags, loose_body: None, comment: None, defines, ..parent };
        self.place(&mut frame, parent, field);
        if flags & grammar::IMPORT != 0 || names::is_require(node, flags, self.text, self.language) {
            self.imports.push(node.byte_range());
        }
        if let Some(scope) = self.scope(node, flags, parent) {
            self.scopes.push(scope);
            frame.scope = Some(self.scopes.len() - 1);
        }
        self.stack.push(frame);
        true
    }

    /// Makes the regions that a node opens.
    fn place(&mut self, frame: &mut Frame<'t>, parent: Frame<'t>, field: Option<&str>) {
        let (node, flags) = (frame.node, frame.flags);
        let span = node.byte_range();
        let broken = parent.flags & grammar::ERROR != 0;
        let is_body =
            flags & grammar::BODY != 0 || (flags & grammar::OBJECT != 0 && self.holds_functions(node));
        if flags & grammar::ERROR != 0 {
            return;
        }
        if parent.in_body {
            // A body right inside a body, as Go's lists of statements, is the same body.
            if is_body
                && self.language != Language::Ruby
                && matches!(node.kind(), "statement_list" | "enum_body_declarations")
            {
                return;
            }
            let part = parent.flags & (grammar::BODY | grammar::OBJECT) != 0 || self.stack.len() == 1;
            if (part && !broken) || flags & grammar::STATEMENT != 0 {
                frame.region = self.regions.add(parent.region, span.clone());
                frame.in_body = false;
                if is_body {
                    frame.region = self.regions.add(frame.region, span);
                    frame.in_body = true;
                }
            }
            return;
        }
        let comment = self.stack.last_mut().and_then(|above| above.comment.take());
        if is_body {
            // In Python a comment under a header stands before the block: it ends the header as the block would.
            if let Some((start, end)) = comment {
                self.regions.add(parent.region, start..end);
            }
            frame.region = self.regions.add(parent.region, span);
            frame.in_body = true;
            return;
        }
        let goes_on =
            flags & grammar::IF != 0 && (parent.flags & grammar::ELSE != 0 || field == Some("alternative"));
        let in_place = matches!(field, None | Some("body" | "consequence" | "alternative"));
        let in_group = matches!(node.kind(), "const_spec" | "var_spec" | "import_spec" | "type_spec")
            && parent.node.child(1).is_some_and(|second| second.kind() == "(");
        let jsx = node.kind().starts_with("jsx_");
        if in_group
            || (flags & grammar::STATEMENT != 0
                && !goes_on
                && (in_place || jsx)
                && parent.flags & grammar::WRAPPER == 0)
        {
            let body = match parent.loose_body {
                Some(body) => {
                    self.regions.extend(body, span.end);
                    body
                }
                None => self.regions.add(parent.region, span.clone()),
            };
            if let Some(above) = self.stack.last_mut() {
                above.loose_body = Some(body);
            }
            frame.region = self.regions.add(body, span);
            frame.in_body = false;
        } else if let Some(above) = self.stack.last_mut() {
            above.loose_body = None;
        }
    }

    /// Whether an object literal is what other languages make a class for.
    fn holds_functions(&self, object: Node<'t>) -> bool {
        let mut cursor = object.walk();
        object.named_children(&mut cursor).take(256).any(|member| {
            member.kind() == "method_definition"
                || names::field(member, "value")
                    .is_some_and(|value| self.grammar.flags(value) & grammar::ANONYMOUS != 0)
        })
    }

    /// Notes a variable; true where the node needs no further look.
    fn variable(
        &mut self,
        node: Node<'t>,
        flags: u32,
        parent: Frame<'t>,
        field: Option<&str>,
        defines: bool,
    ) -> bool {
        if flags & grammar::NAME != 0 {
            let part = parent.flags & grammar::MEMBER != 0
                && matches!(field, Some("attribute" | "property" | "field" | "name" | "method"));
            if !part && field != Some("type") && !names::is_definitions_name(parent.flags, field) {
                self.variables.push(VariableUse { span: node.byte_range(), defines });
            }
            return true;
        }
        if flags & grammar::MEMBER != 0
            && names::is_own_field(self.text.get(node.byte_range()).unwrap_or_default())
        {
            self.variables.push(VariableUse { span: node.byte_range(), defines });
            return true;
        }
        false
    }

    fn scope(&self, node: Node<'t>, flags: u32, parent: Frame<'t>) -> Option<RawScope> {
        if flags & (grammar::FUNCTION | grammar::CLASS | grammar::MODULE | grammar::ANONYMOUS) == 0 {
            return None;
        }
        let class = flags & grammar::CLASS != 0;
        let above = parent.scope.and_then(|scope| self.scopes.get(scope));
        let mut signature = names::signature(node, self.grammar);
        let (kind, name) = if flags & grammar::FUNCTION != 0 {
            let name = names::of_definition(node, self.text)?;
            let receiver = names::field(node, "receiver").is_some();
            let member =
                above.is_some_and(|scope| scope.kind == ScopeKind::Class) || receiver || name.contains('.');
            (if member { ScopeKind::Method } else { ScopeKind::Function }, name)
        } else if class && flags & grammar::MODULE == 0 {
            // `struct stat st;` names a structure and opens none; a Go type is one only with members or methods.
            let has_body = names::field(node, "body").is_some()
                || matches!(node.kind(), "class" | "record_declaration")
                || names::field(node, "type")
                    .is_some_and(|ty| matches!(ty.kind(), "struct_type" | "interface_type"));
            if !has_body {
                return None;
            }
            (ScopeKind::Class, names::of_definition(node, self.text)?)
        } else if flags & grammar::MODULE != 0 {
            (ScopeKind::Module, names::of_definition(node, self.text)?)
        } else if flags & grammar::ANONYMOUS != 0 {
            let ancestors = self.stack.iter().rev().map(|frame| (frame.node, frame.flags));
            let (kind, name, start) = match names::of_anonymous(node, ancestors, self.text)? {
                names::Given::Name(name, start) => (ScopeKind::Function, name, start),
                names::Given::Callback(name, start) => (ScopeKind::Callback, name, start),
            };
            signature.start = start;
            (kind, name)
        } else {
            return None;
        };
        let span =
            if parent.flags & grammar::DECORATED != 0 { parent.node.byte_range() } else { node.byte_range() };
        let in_name = kind != ScopeKind::Module || class;
        Some(RawScope { kind, name, span, signature, parent: parent.scope, in_name })
    }
}
