//! Owns the names that one version of a file uses and another did not know: neither defined, nor imported, nor the
//! language's own.
//!
//! It never guesses: where a name may come from elsewhere, by a star import, a script beside it or code that is made while
//! it runs, nothing is said. A name that the old version has anywhere, but as a member of something, is known.

use std::ops::Range;

use rustc_hash::FxHashSet;
use tree_sitter::Tree;

use super::Language;
use super::outline::LARGEST_PARSED;
use super::outline::grammar::Grammar;

/// A name that nobody defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The name.
    pub name: String,
    /// Where it is used first.
    pub at: Range<usize>,
}

/// What is built in, beside names between two underscores: of every version, and what tools put there.
const PYTHON: &str = include_str!("../../assets/names/python.txt");

/// What Node has where nothing is imported, and the language itself.
const JAVASCRIPT: &str = include_str!("../../assets/names/javascript.txt");

/// Modules that only a program beside a browser has: what a page's scripts share is not there.
const NODE: &str = "assert buffer child_process cluster crypto dns events fs fs/promises http http2 https \
                    net os path process querystring readline stream tls url util vm worker_threads zlib";

/// Where a name is used and cannot be defined: what holds it, and as which part, any where none is named.
const USED_IN_PYTHON: &str = "argument_list assert_statement assignment.right attribute.object augmented_assignment.right \
    await binary_operator boolean_operator call.function comparison_operator conditional_expression \
    decorator default_parameter.value dictionary_splat expression_list expression_statement \
    for_in_clause.right for_statement.right if_statement.condition interpolation.expression \
    keyword_argument.value list list_splat not_operator pair parenthesized_expression \
    raise_statement return_statement set slice subscript.subscript subscript.value tuple \
    unary_operator while_statement.condition yield";
const USED_IN_JAVASCRIPT: &str = "arguments array arrow_function.body assignment_expression.right assignment_pattern.right \
    await_expression binary_expression call_expression.function expression_statement \
    for_in_statement.right member_expression.object new_expression.constructor pair.value \
    parenthesized_expression return_statement spread_element subscript_expression \
    template_substitution ternary_expression throw_statement variable_declarator.value \
    yield_expression";

/// What a language has.
struct Rules {
    built_in: &'static str,
    used_in: &'static str,
}

/// The names that a text uses and that neither it nor the text before defines, each once. `None` where that cannot be said
/// surely.
#[must_use]
pub fn unknown(language: Language, old: &str, new: &str) -> Option<Vec<Unknown>> {
    let rules = match language.name() {
        "python" if !is_open_python(new) => Rules { built_in: PYTHON, used_in: USED_IN_PYTHON },
        "javascript" if is_closed_javascript(new) => {
            Rules { built_in: JAVASCRIPT, used_in: USED_IN_JAVASCRIPT }
        }
        _ => return None,
    };
    let grammar = Grammar::of(language)?;
    let (before, after) = (Found::read(old, grammar, &rules)?, Found::read(new, grammar, &rules)?);
    let mut known: FxHashSet<&str> = after.other;
    known.extend(&before.other);
    known.extend(before.uses.iter().map(|(name, _)| *name));
    let mut unknown: Vec<Unknown> = Vec::new();
    for (name, at) in after.uses {
        let is_own = has(rules.built_in, name) || name.starts_with('_');
        if !is_own && known.insert(name) {
            unknown.push(Unknown { name: name.to_owned(), at });
        }
    }
    Some(unknown)
}

/// Whether a list of words has one.
fn has(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|known| known == word)
}

/// Whether a name is used and cannot be defined in what holds it, as a part of that.
fn is_use(uses: &str, holder: &str, field: &str) -> bool {
    let is_part =
        |word: &str| word.split_once('.').is_some_and(|(kind, part)| kind == holder && part == field);
    uses.split_whitespace().any(|word| word == holder || is_part(word))
}

/// Whether names may come from where they are not seen.
fn is_open_python(text: &str) -> bool {
    ["import *", "exec(", "globals(", "builtins", "import_module("].iter().any(|word| text.contains(word))
}

/// Whether names come from nowhere but the file: it is a module of a program beside a browser, and says of no name that it
/// is there.
fn is_closed_javascript(text: &str) -> bool {
    let imports_node = || {
        NODE.split_whitespace().any(|name| {
            ["'", "\""].iter().any(|quote| {
                ["", "node:"].iter().any(|scheme| {
                    text.contains(&format!("from {quote}{scheme}{name}{quote}"))
                        || text.contains(&format!("require({quote}{scheme}{name}{quote})"))
                })
            })
        })
    };
    let is_open = ["eval(", "with (", "with(", "/* global", "/*global", "vm.run"];
    let is_module = text.contains("module.exports") || text.contains("exports.") || imports_node();
    is_module && !is_open.iter().any(|word| text.contains(word))
}

/// The names of a text.
struct Found<'t> {
    /// Where names are used.
    uses: Vec<(&'t str, Range<usize>)>,
    /// Names that are defined, or of which that cannot be told.
    other: FxHashSet<&'t str>,
}

impl<'t> Found<'t> {
    /// The names of a text, unless it is no code or too large.
    fn read(text: &'t str, grammar: &Grammar, rules: &Rules) -> Option<Self> {
        let tree = (text.len() <= LARGEST_PARSED).then(|| super::outline::parsed(grammar, text)).flatten()?;
        (!tree.root_node().has_error()).then(|| Self::of(text, &tree, rules))
    }

    fn of(text: &'t str, tree: &Tree, rules: &Rules) -> Self {
        let mut found = Self { uses: Vec::new(), other: FxHashSet::default() };
        let mut cursor = tree.walk();
        let mut above: Vec<&str> = Vec::new();
        loop {
            let node = cursor.node();
            let holder = above.last().copied().unwrap_or_default();
            let field = cursor.field_name().unwrap_or_default();
            if let Some(name) = text.get(node.byte_range()) {
                match node.kind() {
                    // The name of a member or of an argument is no name of the file's.
                    "identifier" if (holder, field) == ("attribute", "attribute") => {}
                    "identifier" if (holder, field) == ("keyword_argument", "name") => {}
                    "identifier" if is_use(rules.used_in, holder, field) => {
                        found.uses.push((name, node.byte_range()))
                    }
                    "shorthand_property_identifier" => found.uses.push((name, node.byte_range())),
                    "identifier" | "shorthand_property_identifier_pattern" => {
                        found.other.insert(name);
                    }
                    _ => {}
                }
            }
            if cursor.goto_first_child() {
                above.push(node.kind());
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return found;
                }
                above.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(language: &str, old: &str, new: &str) -> Option<Vec<String>> {
        let found = unknown(Language::from_name(language)?, old, new)?;
        Some(found.into_iter().map(|one| one.name).collect())
    }

    const SHOP: &str = "const crypto = require('crypto');\nfunction digest(it) {\n  return crypto.createHash('md5').update(it);\n}\nmodule.exports = { digest };\n";

    #[test]
    fn a_fix_that_calls_what_is_only_a_member_uses_an_unknown_name() {
        let fixed = SHOP.replace("crypto.createHash('md5')", "createHash(\"sha256\")");
        assert_eq!(names("javascript", SHOP, &fixed), Some(vec!["createHash".to_owned()]));
        let whole = SHOP.replace("'md5'", "'sha256'");
        assert_eq!(names("javascript", SHOP, &whole), Some(Vec::new()));
    }

    #[test]
    fn names_that_a_fix_imports_defines_or_that_are_built_in_are_known() {
        let old = "import os\n\n\ndef run(name):\n    os.system(name)\n";
        for (new, wrong) in [
            ("import os\n\n\ndef run(name):\n    subprocess.run([name], check=True)\n", "subprocess"),
            ("import os, subprocess\n\n\ndef run(name):\n    subprocess.run([name], check=True)\n", ""),
            ("import os\nfrom shlex import quote as q\n\n\ndef run(name):\n    os.system(q(name))\n", ""),
            ("import os\n\n\ndef run(name):\n    os.system(quote(name))\n", "quote"),
            ("import os\n\n\ndef run(name):\n    import shlex\n    os.system(shlex.quote(name))\n", ""),
            ("import os\n\n\ndef run(name, *rest, **more):\n    print(rest, more, len(str(name)))\n", ""),
            (
                "import os\n\n\ndef run(name):\n    with open(name) as file:\n        return [line for line in file]\n",
                "",
            ),
            (
                "import os\n\n\ndef run(name):\n    try:\n        pass\n    except OSError as error:\n        raise ValueError(error)\n",
                "",
            ),
            (
                "import os\n\n\ndef run(name):\n    for at, (one, two) in enumerate(name):\n        print(at, one, two)\n",
                "",
            ),
            ("import os\n\n\ndef run(name):\n    if (size := len(name)) > 3:\n        return size\n", ""),
            ("import os\n\n\ndef run(name):\n    return lambda given: given(name=name)\n", ""),
            (
                "import os\n\n\ndef run(name):\n    match name:\n        case [first, *_]:\n            return first\n",
                "",
            ),
            ("import os\n\n\ndef run(name):\n    return f\"{missing}\"\n", "missing"),
            ("import os\n\n\ndef run(name):\n    return name.missing(missing=1)\n", ""),
        ] {
            let wanted: Vec<String> = wrong.split_whitespace().map(str::to_owned).collect();
            assert_eq!(names("python", old, new), Some(wanted), "{new}");
        }
    }

    #[test]
    fn javascripts_ways_to_define_a_name_are_known() {
        for body in [
            "const { a, b: c, ...d } = it; return a + c + d;",
            "const [a, , b = 2] = it; return a(b);",
            "let a; a = it; return a;",
            "for (const a of it) { use(a); } function use(b) { return b; }",
            "try { it(); } catch (error) { throw error; }",
            "return it.map((a) => a.b).filter(b => ({ b }));",
            "class A extends it {} return new A();",
            "if (typeof DOMPurify !== 'undefined') { return DOMPurify.sanitize(it); }",
            "return structuredClone(Buffer.from(it));",
        ] {
            let new = SHOP.replace("return crypto.createHash('md5').update(it);", body);
            assert_eq!(names("javascript", SHOP, &new), Some(Vec::new()), "{body}");
        }
    }

    #[test]
    fn where_a_name_may_come_from_elsewhere_nothing_is_said() {
        let star = "from os import *\n\n\ndef run(name):\n    system(name)\n";
        assert_eq!(names("python", star, &star.replace("system(", "popen(")), None);
        // A script of a page, which shares names with others.
        let page = "function show(it) {\n  box.innerHTML = it;\n}\n";
        assert_eq!(names("javascript", page, &page.replace("= it", "= DOMPurify.sanitize(it)")), None);
        assert_eq!(names("typescript", SHOP, SHOP), None);
        assert_eq!(names("python", "x = 1\n", "def (:\n"), None, "it is no code");
    }
}
