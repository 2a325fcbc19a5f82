//! Claims about credentials: which claims are, and how what they quote is masked. Enough is kept to recognise a secret,
//! never enough to use it.

use std::ops::Range;

use crate::domain::{Claim, Cwe, Kind, Place, Step};
use crate::source::Language;

/// Rules of tools for code that look for credentials and whose names do not say so.
const RULES: &[&str] = &["B105", "B106", "B107", "G101", "S2068", "S6418", "S6437"];
/// What names of rules call a credential, separators left out.
const WORDS: &[&str] = &["secret", "password", "passwd", "passphrase", "pwd", "credential", "token", "key"];
/// Hard-coded credentials, passwords and keys.
const WEAKNESSES: &[Cwe] = &[Cwe(798), Cwe(259), Cwe(321)];
/// A word like `secret` further than this from `hardcoded` belongs to something else.
const NEAR: usize = 24;
/// Masking less than this wherever it stands would riddle a text and hide nothing.
pub(in crate::ingest) const SHORTEST: usize = 4;
/// What was only found in the code, and may be any word, is looked for in messages from this length on.
pub(in crate::ingest) const TELLING: usize = 8;

/// Whether a rule of a tool for code looks for credentials in it: its name says so, or its weakness does and its name
/// speaks of one.
pub(super) fn is_about(rule: &str, title: &str, cwes: &[Cwe]) -> bool {
    let parts = || rule.split(['.', '/', ':']);
    if parts().any(|part| RULES.contains(&part) || matches!(part, "secrets" | "no-secrets")) {
        return true;
    }
    let weak = cwes.iter().any(|cwe| WEAKNESSES.contains(cwe));
    [rule, title].into_iter().any(|name| {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        let Some(at) = name.find("hardcod") else {
            return weak && WORDS.iter().any(|word| name.contains(word));
        };
        let around = at.saturating_sub(NEAR)..(at + NEAR).min(name.len());
        WORDS.iter().any(|word| name.get(around.clone()).is_some_and(|near| near.contains(word)))
    })
}

/// Makes a claim of a tool for code one about a secret, if its rule looks for such; `title` is the rule's.
pub(super) fn sift(claim: &mut Claim, title: &str) {
    if claim.kind == Kind::Code && is_about(&claim.rule, title, &claim.cwes) {
        let known = told(&claim.message).unwrap_or_default().to_owned();
        hide(claim, &known, true);
    }
}

/// The password that Bandit puts into its message.
pub(super) fn told(message: &str) -> Option<&str> {
    let (secret, _) = message.strip_prefix("Possible hardcoded password: '")?.rsplit_once('\'')?;
    Some(secret)
}

/// Makes a claim one about a secret, and masks the secret wherever it is quoted. `known` is the secret where the tool
/// tells it. Else it is in what the claim flags: the literals of a region `in_code`, all of the region that a scanner
/// for secrets names, or, where only lines are quoted, somewhere in them.
pub(super) fn hide(claim: &mut Claim, known: &str, in_code: bool) {
    claim.kind = Kind::Secret;
    // Fixes and metavariables hold the secret or parts of it, and steps quote code around it.
    claim.fixes.clear();
    claim.notes.retain(|(name, _)| !name.starts_with('$') && name != "proposed fix");
    for Step { place, .. } in claim.traces.iter_mut().flatten().chain(&mut claim.related) {
        place.snippet.clear();
        place.context.clear();
    }
    let known = known.trim();
    let mut secrets: Vec<String> = Vec::new();
    for place in claim.place.iter_mut().chain(&mut claim.more_places) {
        secrets.extend(hide_place(place, known, in_code));
    }
    secrets.retain(|secret| secret.len() >= TELLING || secret.bytes().any(|byte| byte.is_ascii_digit()));
    secrets.push(known.to_owned());
    let texts = [&mut claim.title, &mut claim.message].into_iter();
    let notes = claim.notes.iter_mut().map(|(_, text)| text);
    let steps = claim.traces.iter_mut().flatten().chain(&mut claim.related).map(|step| &mut step.message);
    for text in texts.chain(notes).chain(steps) {
        *text = mask_all(text, &secrets);
    }
}

/// Masks what a place quotes; gives the secrets that were found in it.
fn hide_place(place: &mut Place, known: &str, in_code: bool) -> Vec<String> {
    let (snippet, context) = (std::mem::take(&mut place.snippet), std::mem::take(&mut place.context));
    let mut secrets: Vec<String> = Vec::new();
    if !known.is_empty() && (snippet.contains(known) || context.contains(known)) {
        secrets.push(known.to_owned());
    } else if in_code && quotes_its_texts(&place.path) {
        let flagged = flagged(place, &context);
        let near = literals(&context)
            .into_iter()
            .filter(|range| range.start < flagged.end && flagged.start < range.end);
        let found = near.filter_map(|range| context.get(range));
        let own = literals(&snippet).into_iter().filter_map(|range| snippet.get(range));
        secrets = found.chain(own).map(str::to_owned).collect();
        secrets.sort_unstable();
        secrets.dedup();
    }
    if secrets.is_empty() && !snippet.trim().is_empty() {
        secrets.push(snippet.trim().to_owned());
    }
    // A secret that holds another goes first.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let hidden = |text: &str| {
        if secrets.iter().any(|secret| text.contains(secret.as_str()) && may_be_replaced(text, secret)) {
            mask_all(text, &secrets)
        } else {
            text.split_inclusive('\n').map(hidden_line).collect()
        }
    };
    place.snippet = hidden(&snippet);
    place.context = hidden(&context);
    secrets
}

/// The bytes of the context that the place's lines are.
fn flagged(place: &Place, context: &str) -> Range<usize> {
    let Some(above) = place.start.line.checked_sub(place.context_line).filter(|_| place.context_line > 0)
    else {
        return 0..context.len();
    };
    let below = place.last_line() - place.context_line;
    let ends: Vec<usize> = context
        .split_inclusive('\n')
        .scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        })
        .collect();
    let end = |line: u32| usize::try_from(line).ok().and_then(|line| ends.get(line)).copied();
    let start = if above == 0 { Some(0) } else { end(above - 1) };
    start.map_or(0..context.len(), |start| start..end(below).unwrap_or(context.len()))
}

/// Whether a file's language puts every text in quotes, so that what is outside of them is no secret.
pub(in crate::ingest) fn quotes_its_texts(path: &str) -> bool {
    match Language::detect(path, "") {
        Language::Other(name) => matches!(name, "rust" | "kotlin" | "swift" | "scala" | "groovy" | "dart"),
        _ => true,
    }
}

/// What stands in quotes in a piece of code, but for names that a secret is kept under: `config["password"]`.
pub(in crate::ingest) fn literals(code: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(found) = code.get(at..).and_then(|rest| rest.find(['"', '\'', '`'])) {
        let open = at + found;
        let rest = code.get(open..).unwrap_or_default();
        let quote = rest.get(..1).unwrap_or_default();
        let triple = quote.repeat(3);
        let mark = if rest.starts_with(&triple) { triple.as_str() } else { quote };
        let start = open + mark.len();
        let goes_on = mark.len() == 3 || quote == "`";
        let end = end_of_literal(code, start, mark, goes_on);
        at = (end + mark.len()).min(code.len()).max(start);
        // Behind a text that its line's end has ended, the next line begins anew.
        if !code.get(end..).is_some_and(|rest| rest.starts_with(mark)) {
            at = end;
        }
        let text = code.get(start..end).unwrap_or_default();
        if !text.trim().is_empty() && !is_key(text, code.get(at..).unwrap_or_default()) {
            all.push(start..end);
        }
    }
    all
}

fn end_of_literal(code: &str, start: usize, mark: &str, goes_on: bool) -> usize {
    let mut escaped = false;
    for (at, c) in code.get(start..).unwrap_or_default().char_indices() {
        let at = start + at;
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if !goes_on => return at,
            _ if code.get(at..).is_some_and(|rest| rest.starts_with(mark)) => return at,
            _ => {}
        }
    }
    code.len()
}

fn is_key(text: &str, behind: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.len() <= 40
        && lower.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-' | '.'))
        && WORDS.iter().any(|word| lower.contains(word))
        && [":", "]", "=>"].iter().any(|mark| behind.trim_start().starts_with(mark))
}

/// Masks a secret: at most four leading characters stay, and never more than a quarter of it.
pub(super) fn mask(secret: &str) -> String {
    let length = secret.chars().count();
    let kept: String = secret.chars().take((length / 4).min(4)).collect();
    if secret.is_empty() { kept } else { format!("{kept}****") }
}

/// Masks words that are long and hold digits, and what was masked already.
pub(super) fn mask_words(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=' | '.' | '*');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_part) {
        let (before, from) = rest.split_at(at);
        let (word, behind) = from.split_at(from.find(|c| !is_part(c)).unwrap_or(from.len()));
        out.push_str(before);
        let long = word.chars().count() >= 16 && word.contains(|c: char| c.is_ascii_digit());
        out.push_str(&if long || word.contains("**") { mask(word) } else { word.to_owned() });
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn mask_all(text: &str, secrets: &[String]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| mask_in(&text, secret))
}

/// Masks every occurrence of a secret in a text; of one under four characters those in quotes.
pub(super) fn mask_in(text: &str, secret: &str) -> String {
    if secret.is_empty() {
        return text.to_owned();
    }
    if secret.chars().count() >= SHORTEST {
        return text.replace(secret, &mask(secret));
    }
    ['"', '\'', '`'].iter().fold(text.to_owned(), |text, quote| {
        text.replace(&format!("{quote}{secret}{quote}"), &format!("{quote}{}{quote}", mask(secret)))
    })
}

/// Whether [`mask_in`] hides a secret of this length in the text.
fn may_be_replaced(text: &str, secret: &str) -> bool {
    secret.chars().count() >= SHORTEST || mask_in(text, secret) != text
}

fn hidden_line(line: &str) -> String {
    let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
    let bare = text.trim_start();
    let indent = text.get(..text.len() - bare.len()).unwrap_or_default();
    format!("{indent}{}{end}", mask(bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_secret_keeps_at_most_four_characters() {
        for (secret, masked) in [
            ("", ""),
            ("abc", "****"),
            ("abcdefgh", "ab****"),
            ("AKIAIOSFODNN7EXAMPLE", "AKIA****"),
            ("ключ-очень-длинный-ключ", "ключ****"),
        ] {
            assert_eq!(mask(secret), masked);
        }
        assert_eq!(mask_in("key = 'AKIAIOSFODNN7EXAMPLE';", "AKIAIOSFODNN7EXAMPLE"), "key = 'AKIA****';");
        assert_eq!(mask_in("a = 'a'", "a"), "a = '****'");
    }

    #[test]
    fn rules_about_credentials_are_told_by_their_names_and_weaknesses() {
        for (rule, title, cwes) in [
            ("B105", "", &[][..]),
            ("G101", "", &[]),
            ("python:S2068", "", &[]),
            ("generic.secrets.security.detected-aws-access-key", "", &[]),
            ("py/hardcoded-credentials", "", &[]),
            ("java/hardcoded-password-in-method-call", "", &[]),
            ("javascript/HardcodedNonCryptoSecret", "", &[547]),
            ("HARD_CODE_KEY", "", &[]),
            ("X1", "Password is hard-coded", &[]),
            ("shop.python.secret-in-code", "", &[798]),
            ("node_secret", "", &[798]),
            ("cwe-798", "Hardcoded API token", &[798]),
        ] {
            let cwes: Vec<Cwe> = cwes.iter().copied().map(Cwe).collect();
            assert!(is_about(rule, title, &cwes), "{rule}");
        }
        for (rule, title, cwes) in [
            ("B108", "hardcoded tmp directory", &[377][..]),
            ("B608", "hardcoded sql expressions", &[89]),
            ("py/clear-text-logging-sensitive-data", "password in a log", &[312]),
            ("weak-password-hash", "", &[916]),
            ("X2", "Hard-coded initialisation vector makes what is encrypted with any key weak", &[329]),
            ("no-key", "", &[]),
        ] {
            let cwes: Vec<Cwe> = cwes.iter().copied().map(Cwe).collect();
            assert!(!is_about(rule, title, &cwes), "{rule}");
        }
    }

    fn hidden(path: &str, snippet: &str, context: &str, known: &str, in_code: bool) -> Place {
        let mut place = Place::lines(path, 4, 4);
        (place.snippet, place.context, place.context_line) = (snippet.into(), context.into(), 3);
        let mut claim = Claim { place: Some(place), ..Claim::default() };
        hide(&mut claim, known, in_code);
        claim.place.unwrap()
    }

    #[test]
    fn the_literals_of_flagged_code_are_masked_and_no_others() {
        let context = "x = 'kept as it is'\nconfig[\"password\"] = 'hunter2hunter2'\ny = 'hunter2hunter2'\n";
        assert_eq!(
            hidden("a.py", "", context, "", true).context,
            "x = 'kept as it is'\nconfig[\"password\"] = 'hun****'\ny = 'hun****'\n"
        );
        let pem = "x = 1\nKEY = \"\"\"-----BEGIN\nMIIEow\n\"\"\"\n";
        assert_eq!(hidden("a.py", "", pem, "", true).context, "x = 1\nKEY = \"\"\"----****\"\"\"\n");
        let odd = "x = 1\nk = \"it's \\\"one\\\"\" or 'abc'\n";
        assert_eq!(hidden("a.py", "", odd, "", true).context, "x = 1\nk = \"it'****\" or '****'\n");
    }

    #[test]
    fn where_texts_need_no_quotes_all_that_is_flagged_is_masked() {
        let context = "a: 1\npassword: hunter2hunter2 # \"prod\"\n";
        for (path, in_code) in [("a.yaml", true), ("a.py", false)] {
            let place = hidden(path, "", context, "", in_code);
            assert_eq!(place.context, "a****\npass****\n", "{path}");
        }
        let place = hidden("a.yaml", "hunter2hunter2", context, "", false);
        assert_eq!(
            (place.snippet.as_str(), place.context.as_str()),
            ("hun****", "a: 1\npassword: hun**** # \"prod\"\n")
        );
    }

    #[test]
    fn what_the_tool_tells_is_masked_wherever_it_stands() {
        let mut claim = Claim {
            rule: "B105".into(),
            message: "Possible hardcoded password: 'it's'".into(),
            place: Some(Place { context: "p = 'it\\'s'\n".into(), ..Place::lines("a.py", 1, 1) }),
            notes: vec![("$X".into(), "it's".into()), ("more".into(), "see it's".into())],
            ..Claim::default()
        };
        sift(&mut claim, "hardcoded password string");
        assert_eq!(
            (claim.kind, claim.message.as_str()),
            (Kind::Secret, "Possible hardcoded password: 'i****'")
        );
        assert_eq!(claim.place.unwrap().context, "p = 'i****'\n");
        assert_eq!(claim.notes, [("more".to_owned(), "see i****".to_owned())]);
    }
}
