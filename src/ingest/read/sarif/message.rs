//! SARIF messages made plain: looked up, filled in, their embedded links reduced to the words on them.

use super::objects::Message;

/// Message strings under their ids, in order of these.
pub(super) type Strings = Vec<(String, String)>;

/// The plain text of a message, and whether it is all of it: no more than `limit` bytes are put together. One that
/// names a message string finds it in the first of `tables` that has it.
pub(super) fn plain(message: &Message<'_>, tables: &[&Strings], limit: usize) -> (String, bool) {
    let own = first_filled([&*message.text, &*message.markdown]);
    let text = if own.is_empty() && !message.id.is_empty() {
        let id: &str = &message.id;
        tables.iter().find_map(|table| string(table, id)).unwrap_or_default()
    } else {
        own
    };
    if text.is_empty() {
        // The id and the arguments are all there is; better than nothing said.
        let mut words: Vec<&str> = message.arguments.iter().map(|argument| &**argument).collect();
        if !message.id.is_empty() && &*message.id != "default" {
            words.insert(0, &message.id);
        }
        let joined = words.join(" ");
        let (text, is_whole) = within(&joined, limit);
        return (text.to_owned(), is_whole);
    }
    if message.arguments.is_empty() {
        let (text, is_whole) = within(text, limit);
        return (without_links(text), is_whole);
    }
    let arguments: Vec<&str> = message.arguments.iter().map(|argument| &**argument).collect();
    let (text, is_whole) = filled(text, &arguments, limit);
    (without_links(&text), is_whole)
}

fn string<'s>(table: &'s Strings, id: &str) -> Option<&'s str> {
    let at = table.partition_point(|(known, _)| known.as_str() < id);
    table.get(at).filter(|(known, _)| known == id).map(|(_, text)| text.as_str())
}

/// As much of a text as fits.
fn within(text: &str, limit: usize) -> (&str, bool) {
    let kept = text.get(..text.floor_char_boundary(limit)).unwrap_or_default();
    (kept, kept.len() == text.len())
}

/// The text of a description, markdown where there is no other.
pub(super) fn described(message: &Message<'_>) -> String {
    first_filled([&*message.text, &*message.markdown]).trim().to_owned()
}

fn first_filled<const N: usize>(texts: [&str; N]) -> &str {
    texts.into_iter().find(|text| !text.trim().is_empty()).unwrap_or_default()
}

/// Puts arguments in the places of `{0}`, `{1}`…; `{{` and `}}` are braces. A place without an argument is kept. Stops
/// at the limit: the same argument may be asked for any number of times.
fn filled(text: &str, arguments: &[&str], limit: usize) -> (String, bool) {
    let mut out = String::with_capacity(text.len().min(limit));
    let mut rest = text;
    while out.len() <= limit
        && let Some(at) = rest.find(['{', '}'])
    {
        let (before, brace) = rest.split_at(at);
        out.push_str(before);
        if let Some(tail) = brace.strip_prefix("{{") {
            out.push('{');
            rest = tail;
        } else if let Some(tail) = brace.strip_prefix("}}") {
            out.push('}');
            rest = tail;
        } else {
            let argument = brace.strip_prefix('{').and_then(|inner| {
                let (number, tail) = number_before(inner, '}')?;
                Some((arguments.get(number)?, tail))
            });
            match argument {
                Some((argument, tail)) => {
                    // One byte more than fits tells that it was too much.
                    let room = limit.saturating_sub(out.len()) + 4;
                    out.push_str(within(argument, room).0);
                    rest = tail;
                }
                None => {
                    let (kept, tail) = brace.split_at(1);
                    out.push_str(kept);
                    rest = tail;
                }
            }
        }
    }
    if out.len() <= limit {
        out.push_str(rest);
    }
    let is_whole = out.len() <= limit;
    out.truncate(out.floor_char_boundary(limit));
    (out, is_whole)
}

/// Reduces `[words](1)` to `words` where the target is a location's number or a `sarif:` URI, and takes the
/// backslash from escaped brackets. Links to the web stay as they are: their target says something.
fn without_links(text: &str) -> String {
    if !text.contains("](") && !text.contains("\\[") && !text.contains("\\]") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    // Where in `out` each bracket stands that may open a link, and those that did.
    let mut open: Vec<usize> = Vec::new();
    let mut opened: Vec<usize> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['[', ']', '\\']) {
        let (before, mark) = rest.split_at(at);
        out.push_str(before);
        if let Some(tail) = mark.strip_prefix("\\[").or_else(|| mark.strip_prefix("\\]")) {
            out.push_str(mark.get(1..2).unwrap_or_default());
            rest = tail;
            continue;
        }
        let (sign, tail) = mark.split_at(1);
        rest = tail;
        match sign {
            "[" => {
                open.push(out.len());
                out.push('[');
            }
            "]" => match (open.pop(), link_target(tail)) {
                (Some(start), Some(behind)) => {
                    opened.push(start);
                    rest = behind;
                }
                _ => out.push(']'),
            },
            _ => out.push_str(sign),
        }
    }
    out.push_str(rest);
    if opened.is_empty() {
        return out;
    }
    opened.sort_unstable();
    let mut opened = opened.into_iter().peekable();
    let bracket = |(at, c): (usize, char)| opened.next_if_eq(&at).is_none().then_some(c);
    out.char_indices().filter_map(bracket).collect()
}

/// What stands behind `(1)` or `(sarif:/runs/0/…)`. Looks only a little ahead, so that a text of nothing but
/// brackets takes no more than one pass.
fn link_target(text: &str) -> Option<&str> {
    let target = text.strip_prefix('(')?;
    if target.starts_with("sarif:") {
        let end = target.bytes().take(300).position(|b| b == b')')?;
        return target.get(end + 1..);
    }
    number_before(target, ')').map(|(_, behind)| behind)
}

/// The short number in front of a character, and what stands behind that.
fn number_before(text: &str, end: char) -> Option<(usize, &str)> {
    let digits = text.bytes().take(9).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, rest.strip_prefix(end)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_doubled_braces_are_braces() {
        for (text, expected) in [
            ("`{0}` flows to {1}", "`x` flows to y"),
            ("{{0}} is {0}", "{0} is x"),
            ("{7} and {", "{7} and {"),
            ("{0", "{0"),
            ("}{1}", "}y"),
        ] {
            assert_eq!(filled(text, &["x", "y"], 99), (expected.to_owned(), true), "{text}");
        }
        assert_eq!(filled("{0}{0}{0}", &["éé"], 7), ("ééé".to_owned(), false));
        assert_eq!(filled("{0} and so on", &["éé"], 4), ("éé".to_owned(), false));
    }

    #[test]
    fn links_to_locations_become_their_words() {
        for (text, expected) in [
            ("depends on [a value](1).", "depends on a value."),
            ("[a [b](2) c](3)", "a b c"),
            ("[flows](1),(2)", "flows,(2)"),
            ("see [CVE-1](https://cve/1)", "see [CVE-1](https://cve/1)"),
            ("x[i](j) and \\[kept\\](1)", "x[i](j) and [kept](1)"),
            ("[there](sarif:/runs/0/results/1)", "there"),
            ("a](1) é[", "a](1) é["),
        ] {
            assert_eq!(without_links(text), expected, "{text}");
        }
    }
}
