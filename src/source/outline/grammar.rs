//! Owns what the kinds of syntax nodes mean, for every grammar: which hold statements, which open scopes, which name
//! or define variables. Most names mean the same in each grammar, so one table serves all; where one does not, the
//! language is asked.

use std::sync::OnceLock;

use crate::source::Language;

/// Its named children are statements.
pub(in crate::source) const BODY: u32 = 1;
/// It is a statement, wherever it stands.
pub(in crate::source) const STATEMENT: u32 = 1 << 1;
/// Its direct children are parts of it, not statements of their own.
pub(in crate::source) const WRAPPER: u32 = 1 << 2;
/// A comment, a tag or other matter between statements.
pub(in crate::source) const SKIPPED: u32 = 1 << 3;
/// An `if`, which behind an `else` goes on with the statement that it belongs to.
pub(in crate::source) const IF: u32 = 1 << 4;
/// A named function or procedure.
pub(in crate::source) const FUNCTION: u32 = 1 << 5;
/// A class, structure, interface or enumeration.
pub(in crate::source) const CLASS: u32 = 1 << 6;
/// A namespace or module.
pub(in crate::source) const MODULE: u32 = 1 << 7;
/// A function without a name of its own.
pub(in crate::source) const ANONYMOUS: u32 = 1 << 8;
/// An import.
pub(in crate::source) const IMPORT: u32 = 1 << 9;
/// A variable's name.
pub(in crate::source) const NAME: u32 = 1 << 10;
/// A part of an object: `a.b`.
pub(in crate::source) const MEMBER: u32 = 1 << 11;
/// Gives a value to what stands in its field `left`, `name`, `declarator` or `alias`.
pub(in crate::source) const ASSIGNS: u32 = 1 << 12;
/// Names parameters.
pub(in crate::source) const PARAMETERS: u32 = 1 << 13;
/// An `else` branch.
pub(in crate::source) const ELSE: u32 = 1 << 14;
/// An object literal, whose functions are methods.
pub(in crate::source) const OBJECT: u32 = 1 << 15;
/// A call, whose callbacks are named after it.
pub(in crate::source) const CALL: u32 = 1 << 16;
/// A decorated definition, whose decorators belong to the scope.
pub(in crate::source) const DECORATED: u32 = 1 << 17;
/// A decorator or annotation in front of a definition.
pub(in crate::source) const ANNOTATION: u32 = 1 << 18;
/// Text that hangs below the statement that opened it.
pub(in crate::source) const HEREDOC: u32 = 1 << 19;
/// What could not be parsed.
pub(in crate::source) const ERROR: u32 = 1 << 20;

/// A grammar with the meaning of its nodes.
pub(in crate::source) struct Grammar {
    pub(in crate::source) language: tree_sitter::Language,
    flags: Vec<u32>,
}

impl Grammar {
    /// The grammar of a language, where there is one.
    pub(in crate::source) fn of(language: Language) -> Option<&'static Self> {
        static GRAMMARS: [OnceLock<Grammar>; Language::PARSED.len()] =
            [const { OnceLock::new() }; Language::PARSED.len()];
        let index = Language::PARSED.iter().position(|&parsed| parsed == language)?;
        Some(GRAMMARS.get(index)?.get_or_init(|| Self::new(language)))
    }

    fn new(language: Language) -> Self {
        let grammar: tree_sitter::Language = match language {
            Language::Python => tree_sitter_python::LANGUAGE.into(),
            Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Language::Java => tree_sitter_java::LANGUAGE.into(),
            Language::Go => tree_sitter_go::LANGUAGE.into(),
            Language::C => tree_sitter_c::LANGUAGE.into(),
            Language::Cpp => tree_sitter_cpp::LANGUAGE.into(),
            Language::CSharp => tree_sitter_c_sharp::LANGUAGE.into(),
            Language::Ruby => tree_sitter_ruby::LANGUAGE.into(),
            Language::Php => tree_sitter_php::LANGUAGE_PHP.into(),
            Language::JavaScript | Language::Other(_) => tree_sitter_javascript::LANGUAGE.into(),
        };
        let kinds = u16::try_from(grammar.node_kind_count()).unwrap_or(u16::MAX);
        let flags = (0..kinds)
            .map(|id| {
                let named = grammar.node_kind_is_named(id);
                grammar.node_kind_for_id(id).filter(|_| named).map_or(0, |kind| meaning(kind, language))
            })
            .collect();
        Self { language: grammar, flags }
    }

    pub(in crate::source) fn flags(&self, node: tree_sitter::Node<'_>) -> u32 {
        if node.is_error() {
            ERROR
        } else {
            self.flags.get(usize::from(node.kind_id())).copied().unwrap_or(0)
        }
    }
}

fn meaning(kind: &str, language: Language) -> u32 {
    statements(kind, language) | scopes(kind, language) | variables(kind)
}

fn statements(kind: &str, language: Language) -> u32 {
    let ruby = language == Language::Ruby;
    match kind {
        "do" if ruby => BODY,
        "program"
        | "body_statement"
        | "block_body"
        | "then"
        | "else"
        | "ensure"
        | "begin"
        | "parenthesized_statements"
            if ruby =>
        {
            BODY
        }
        _ if ruby && !matches!(kind, "comment" | "heredoc_body" | "empty_statement") => 0,
        "block" | "statement_block" | "class_body" | "switch_body" | "interface_body" | "enum_body" => BODY,
        "enum_body_declarations"
        | "constructor_body"
        | "switch_block"
        | "annotation_type_body"
        | "module_body" => BODY,
        "statement_list" | "field_declaration_list" | "compound_statement" | "declaration_list" => BODY,
        "enum_member_declaration_list" | "accessor_list" | "colon_block" | "enum_declaration_list" => BODY,
        "match_block" | "property_hook_list" => BODY,
        "comment" | "line_comment" | "block_comment" | "html_comment" | "hash_bang_line" => SKIPPED,
        "php_tag" | "text" | "text_interpolation" | "empty_statement" | "access_specifier" | "label_name" => {
            SKIPPED
        }
        "heredoc_body" => HEREDOC,
        "if_statement" => STATEMENT | IF,
        "else_clause" => ELSE,
        "export_statement" | "decorated_definition" | "template_declaration" | "ambient_declaration" => {
            STATEMENT | WRAPPER
        }
        "global_statement" if language == Language::CSharp => STATEMENT | WRAPPER,
        "local_declaration_statement" | "using_statement" | "fixed_statement" => STATEMENT,
        "declaration" | "preproc_def" | "preproc_call" | "preproc_include" | "preproc_function_def" => {
            STATEMENT
        }
        "jsx_opening_element" | "jsx_self_closing_element" => STATEMENT,
        "variable_declaration" if language == Language::CSharp => 0,
        "catch_declaration" | "init_statement" => 0,
        _ if kind.ends_with("parameter_declaration") => 0,
        _ if kind.ends_with("_statement")
            || kind.ends_with("_declaration")
            || kind.ends_with("_definition") =>
        {
            STATEMENT
        }
        _ => 0,
    }
}

fn scopes(kind: &str, language: Language) -> u32 {
    let go = language == Language::Go;
    match kind {
        "function_definition"
        | "function_declaration"
        | "generator_function_declaration"
        | "method_definition" => FUNCTION,
        "method_declaration" | "constructor_declaration" | "compact_constructor_declaration" => FUNCTION,
        "destructor_declaration" | "operator_declaration" | "conversion_operator_declaration" => FUNCTION,
        "local_function_statement" | "method" | "singleton_method" | "function_signature" => FUNCTION,
        "property_declaration" if language == Language::CSharp => FUNCTION,
        "class_definition" | "class_declaration" | "abstract_class_declaration" | "interface_declaration" => {
            CLASS
        }
        "enum_declaration" | "record_declaration" | "annotation_type_declaration" | "struct_declaration" => {
            CLASS
        }
        "trait_declaration" | "class_specifier" | "struct_specifier" | "union_specifier" => CLASS,
        "type_spec" if go => CLASS,
        "class" if language == Language::Ruby => CLASS,
        "module" if language == Language::Ruby => MODULE | CLASS,
        "namespace_definition"
        | "namespace_declaration"
        | "file_scoped_namespace_declaration"
        | "internal_module" => MODULE,
        "arrow_function" | "function_expression" | "generator_function" | "lambda" | "lambda_expression" => {
            ANONYMOUS
        }
        "func_literal" | "anonymous_function" | "anonymous_method_expression" => ANONYMOUS,
        "anonymous_function_creation_expression" | "do_block" => ANONYMOUS,
        "block" if language == Language::Ruby => ANONYMOUS,
        "import_statement" | "import_from_statement" | "future_import_statement" | "import_declaration" => {
            IMPORT
        }
        "preproc_include" | "using_directive" | "namespace_use_declaration" => IMPORT,
        "require_expression"
        | "require_once_expression"
        | "include_expression"
        | "include_once_expression" => IMPORT,
        "call" | "call_expression" | "new_expression" | "method_invocation" | "invocation_expression" => CALL,
        "object_creation_expression" | "function_call_expression" | "member_call_expression" => CALL,
        "scoped_call_expression" => CALL,
        "object" if is_script(language) => OBJECT,
        "decorated_definition" | "export_statement" => DECORATED,
        "decorator" | "annotation" | "marker_annotation" | "attribute_list" => ANNOTATION,
        _ => 0,
    }
}

fn variables(kind: &str) -> u32 {
    match kind {
        "identifier" | "shorthand_property_identifier" | "shorthand_property_identifier_pattern" => NAME,
        "variable_name" | "instance_variable" | "class_variable" | "global_variable" => NAME,
        "attribute" | "member_expression" | "field_access" | "selector_expression" | "field_expression" => {
            MEMBER
        }
        "member_access_expression" | "scoped_identifier" | "qualified_identifier" => MEMBER,
        "method_invocation" | "call" | "member_call_expression" => MEMBER,
        "keyword_argument" => MEMBER,
        "assignment"
        | "augmented_assignment"
        | "assignment_expression"
        | "augmented_assignment_expression" => ASSIGNS,
        "operator_assignment" | "short_var_declaration" | "assignment_statement" | "named_expression" => {
            ASSIGNS
        }
        "variable_declarator"
        | "init_declarator"
        | "declaration"
        | "field_declaration"
        | "var_spec"
        | "const_spec" => ASSIGNS,
        "for_statement"
        | "for_in_statement"
        | "for_in_clause"
        | "range_clause"
        | "enhanced_for_statement" => ASSIGNS,
        "foreach_statement" | "for_range_loop" | "as_pattern" | "resource" | "catch_formal_parameter" => {
            ASSIGNS
        }
        "public_field_definition" | "field_definition" => ASSIGNS,
        "parameters" | "formal_parameters" | "lambda_parameters" | "parameter_list" | "method_parameters" => {
            PARAMETERS
        }
        "exception_variable"
        | "block_parameters"
        | "formal_parameter"
        | "parameter_declaration"
        | "parameter"
        | "simple_parameter" => PARAMETERS,
        "required_parameter" | "optional_parameter" | "typed_parameter" | "default_parameter" => PARAMETERS,
        "typed_default_parameter" | "inferred_parameters" | "optional_parameter_declaration" => PARAMETERS,
        _ => 0,
    }
}

pub(in crate::source) const fn is_script(language: Language) -> bool {
    matches!(language, Language::JavaScript | Language::TypeScript | Language::Tsx)
}
