"""Real functions: where they stand in a package's files, their imports, and where a statement may be put into them."""

import dataclasses
import random
import re
from pathlib import Path

import tree_sitter
import tree_sitter_c
import tree_sitter_go
import tree_sitter_java
import tree_sitter_javascript
import tree_sitter_python
import tree_sitter_typescript

_GRAMMARS = {
    "python": tree_sitter_python.language(), "javascript": tree_sitter_javascript.language(), "java": tree_sitter_java.language(),
    "typescript": tree_sitter_typescript.language_typescript(), "go": tree_sitter_go.language(), "c": tree_sitter_c.language(),
}
PARSERS = {name: tree_sitter.Parser(tree_sitter.Language(grammar)) for name, grammar in _GRAMMARS.items()}
SUFFIXES = {".py": "python", ".js": "javascript", ".mjs": "javascript", ".ts": "typescript", ".java": "java", ".go": "go", ".c": "c"}
FUNCTIONS = {
    "function_definition", "function_declaration", "method_definition", "method_declaration", "constructor_declaration",
    "function_expression", "arrow_function",
}
IMPORTS = {
    "import_statement", "import_from_statement", "import_declaration", "preproc_include", "import_spec",
}
BLOCKS = {"block", "statement_block", "compound_statement", "constructor_body", "statement_list"}
INDENT = {"python": "    ", "javascript": "  ", "typescript": "  ", "java": "    ", "go": "\t", "c": "    "}
KEYWORDS = frozenset("""self this cls def return if else for while in not and or None True False null true false new try except catch
finally func function var let const int char void static public private protected final class import from package nil string error
err byte bool range defer struct type switch case break continue default throw throws raise with as is lambda yield await async
typeof instanceof sizeof unsigned long short double float goto do extends super String Object List Map pass global elif undefined
interface enum boolean size_t uint8_t extern inline volatile the of to is a an be it that this will are on by can use""".split())


@dataclasses.dataclass
class Function:
    package: str
    language: str
    path: str
    first: int
    lines: list[str]
    imports: list[str]
    names: list[str]
    places: list[tuple[int, str]]
    returns: list[tuple[int, str]]
    quoted: list[tuple[int, int, int]]
    unit: str


def _walk(node):
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def plain(text: str) -> bool:
    return all(c in "\t\n" or 0x20 <= ord(c) < 0x7F for c in text)


def functions(path: Path, package: str, root: Path, most_lines: int = 45) -> list[Function]:
    """The functions of a file that are short enough to be told whole."""
    language = SUFFIXES[path.suffix]
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        return []
    if len(raw) > 400_000 or not text:
        return []
    data = text.encode()
    tree = PARSERS[language].parse(data)
    rows = text.split("\n")
    imports = []
    for node in tree.root_node.children:
        if node.type in IMPORTS:
            imports.append(data[node.start_byte : node.end_byte].decode().rstrip("\n"))
        elif node.type == "lexical_declaration" and b"require(" in data[node.start_byte : node.end_byte][:200] and node.end_point[0] == node.start_point[0]:
            imports.append(rows[node.start_point[0]])
    found = []
    for node in _walk(tree.root_node):
        if node.type not in FUNCTIONS or node.has_error:
            continue
        first, last = node.start_point[0], node.end_point[0]
        if node.parent is not None and node.parent.type == "decorated_definition":
            first = node.parent.start_point[0]
        if not 3 <= last - first + 1 <= most_lines:
            continue
        lines = rows[first : last + 1]
        code = "\n".join(lines)
        if not plain(code) or max(map(len, lines)) > 160 or (text.startswith("/*!") and max(map(len, lines)) > 140):
            continue
        places, returns, quoted = [], [], []
        for inner in _walk(node):
            if inner.type in BLOCKS or (inner.parent is not None and inner.parent.type in BLOCKS):
                pass
            if "comment" in inner.type or "string" in inner.type or inner.type in ("regex", "character_literal", "char_literal", "interpreted_string_literal"):
                if inner.start_point[0] == inner.end_point[0]:
                    quoted.append((inner.start_point[0] - first, inner.start_point[1], inner.end_point[1]))
                else:
                    quoted.extend((row - first, 0, 1 << 20) for row in range(inner.start_point[0], inner.end_point[0] + 1))
            parent = inner.parent
            if parent is None or parent.type not in BLOCKS or not inner.is_named or "comment" in inner.type:
                continue
            row = inner.start_point[0]
            lead = rows[row][: inner.start_point[1]]
            if lead.strip() or row == first or not lead:
                continue
            if inner.type == "return_statement" and inner.end_point[0] == row:
                returns.append((row - first, lead))
            places.append((row - first, lead))
        if not places:
            continue
        words = re.findall(r"[A-Za-z_]\w+", code)
        names = sorted({word for word in words if words.count(word) > 1 and word not in KEYWORDS and not word.isupper() and 2 < len(word) < 22 and word[0].islower()})
        base = len(lines[0]) - len(lines[0].lstrip())
        steps = sorted({len(lead.expandtabs(8)) - len(lines[0][:base].expandtabs(8)) for _, lead in places if len(lead.expandtabs(8)) > len(lines[0][:base].expandtabs(8))})
        tabbed = any(lead.startswith("\t") for _, lead in places)
        unit = "\t" if tabbed else " " * (steps[0] if steps and steps[0] in (2, 4, 8) else len(INDENT[language]) or 4)
        found.append(Function(package, language, str(path.relative_to(root)), first + 1, lines, imports, names, places, returns, quoted, unit))
    return found


def indented(line: str, lead: str, language: str, unit: str) -> str:
    """A shape's line at another place: its own steps are those of the file."""
    step = INDENT[language]
    depth = 0
    while line.startswith(step):
        line = line[len(step) :]
        depth += 1
    return (lead + unit * depth + line).rstrip()


def place(function: Function, lines: list[tuple[str, str]], dice: random.Random):
    """A shape's lines within a function: the function with the flaw, without it, and the flagged lines; None if there is no place."""
    code = [line for sign, line in lines if sign in ("P", "B", "Q", "G")]
    ends = any(line.lstrip().startswith("return ") and not line.startswith((" ", "\t")) for line in code)
    if ends:
        if not function.returns:
            return None
        at, lead = dice.choice(function.returns)
        tail = function.lines[at + 1 :]
    else:
        at, lead = dice.choice(function.places)
        tail = function.lines[at:]
    spoken = lambda line: indented(line, lead, function.language if function.language != "typescript" else "typescript", function.unit)
    head = function.lines[:at]
    before = [spoken(line) for sign, line in lines if sign == "P"]
    bad = [spoken(line) for sign, line in lines if sign == "B"]
    behind = [spoken(line) for sign, line in lines if sign == "Q"]
    other = [spoken(line) for sign, line in lines if sign == "G-"]
    good = [spoken(line) for sign, line in lines if sign == "G" and line.strip()]
    unsafe = head + before + bad + behind + tail
    safe = head + (other or before) + good + behind + tail
    first = len(head) + len(before) + 1
    return unsafe, safe, (first, first + len(bad) - 1)
