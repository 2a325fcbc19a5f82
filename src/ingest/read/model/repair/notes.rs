//! What can be wrong with JSON and mended, in the words that claims carry.

/// A comma before a closing bracket.
pub const TRAILING_COMMA: &str = "trailing comma removed";
/// Two commas where one belongs.
pub const REPEATED_COMMA: &str = "repeated comma removed";
/// Two elements with only white space between them.
pub const MISSING_COMMA: &str = "missing comma between elements";
/// `//`, `/* */` or `#`.
pub const COMMENTS: &str = "comments removed";
/// `…` or `...` in the place of a member or an element.
pub const ELISION: &str = "an ellipsis left out";
/// White space that JSON does not know.
pub const WHITE_SPACE: &str = "odd white space replaced";
/// `=` or `=>` between key and value.
pub const COLON: &str = "`=` read as `:`";
/// A key with nothing behind its colon.
pub const NO_VALUE: &str = "missing value read as null";
/// A bracket that opens nothing, or closes nothing.
pub const EXTRA_BRACKET: &str = "extra closing bracket removed";
/// A bracket missing between two that are there.
pub const MISSING_BRACKET: &str = "missing closing bracket";
/// Brackets missing at the end, behind something complete.
pub const MISSING_BRACKETS: &str = "missing closing brackets at the end";
/// The text stops in the middle of something; what stood complete before it is kept.
pub const CUT: &str = "from an answer that was cut short";
/// `(…)` in the place of a list.
pub const TUPLE: &str = "Python tuple read as a list";
/// `True`, `None`, `undefined`…
pub const LITERALS: &str = "Python literals True, False, None";
/// A text that stands without quotes.
pub const BARE: &str = "unquoted text";
/// A key that stands without quotes.
pub const BARE_KEY: &str = "unquoted keys";
/// `'…'`
pub const SINGLE_QUOTES: &str = "single quotes";
/// `“…”`
pub const SMART_QUOTES: &str = "smart quotes";
/// A template literal.
pub const BACKTICKS: &str = "backtick quotes";
/// `"""…"""`
pub const TRIPLE_QUOTES: &str = "triple-quoted string";
/// `r"…"`, `f"…"`
pub const PREFIX: &str = "Python string prefix removed";
/// A line break inside a string.
pub const NEWLINE: &str = "unescaped newline in a string";
/// A tab or another control character inside a string.
pub const CONTROL: &str = "unescaped control character in a string";
/// A quote inside a string.
pub const QUOTE: &str = "unescaped quote in a string";
/// `\d` and the like.
pub const BACKSLASH: &str = "unescaped backslash in a string";
/// `\'`, `\x41`
pub const ESCAPE: &str = "escape of another language";
