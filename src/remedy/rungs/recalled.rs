//! A remedy that was accepted for the same rule, adapted to this code: what it replaced must stand here too, with other
//! variables and literals at most.

use std::collections::HashMap;
use std::ops::Range;

use crate::remedy::ladder::Unusable;
use crate::remedy::{Answer, Edit, Fault, Offer, Onlooker, Origin, Rung, Subject};
use crate::text::{Family, Token, tokens};

/// The remedies that were accepted for the subject's rules.
#[derive(Debug, Default)]
pub struct Recalled;

impl Rung for Recalled {
    fn origin(&self) -> Origin {
        Origin::Recalled
    }

    fn offers(&mut self, subject: &Subject, _: Onlooker<'_>) -> Result<Vec<Offer>, Unusable> {
        let is_of_rule = |rule: &str| subject.said.iter().any(|said| said.claim.rule == rule);
        let mut precedents = subject.precedents.iter().filter(|it| is_of_rule(&it.rule)).peekable();
        if precedents.peek().is_none() {
            return Err((Fault::Nothing, "no remedy for this rule was accepted yet".into()));
        }
        let file = &subject.file;
        for precedent in precedents {
            let Some((old, new)) = only_change(&precedent.diff) else { continue };
            let Some((range, text)) = adapted(subject, &old, &new) else { continue };
            let text = subject.with_its_line_ends(&text);
            let Ok(edit) = Edit::new(&file.path, file.digest, file.text(), vec![(range, text)]) else {
                continue;
            };
            let name = precedent.remedy.to_string();
            let words = format!("as in the remedy {}", name.get(..10).unwrap_or_default());
            return Ok(vec![Offer { words, answer: Answer::Edits(vec![edit]) }]);
        }
        Err((Fault::NoPlace, "no accepted remedy for this rule replaces such code".into()))
    }
}

/// The lines that a difference takes out and puts in, where it does so in one place.
fn only_change(diff: &str) -> Option<(String, String)> {
    let (mut old, mut new) = (String::new(), String::new());
    let mut ended = false;
    for line in diff.lines().filter(|line| !line.starts_with("--- ") && !line.starts_with("+++ ")) {
        let to = match line.bytes().next() {
            Some(b'-') => &mut old,
            Some(b'+') => &mut new,
            _ => {
                ended |= !old.is_empty() || !new.is_empty();
                continue;
            }
        };
        if ended {
            return None;
        }
        to.push_str(line.get(1..)?);
        to.push('\n');
    }
    (!old.is_empty() && !new.is_empty()).then_some((old, new))
}

/// Where old code stands on what is flagged, other names aside, and the new code with the names that stand there.
fn adapted(subject: &Subject, old: &str, new: &str) -> Option<(Range<usize>, String)> {
    let family = subject.file.language().family();
    let wanted: Vec<Token<'_>> = tokens(old, family).collect();
    let scope = subject.file.text().get(subject.scope.clone())?;
    let here: Vec<Token<'_>> = tokens(scope, family).collect();
    if wanted.is_empty() || wanted.len() > here.len() {
        return None;
    }
    let base = subject.scope.start;
    here.windows(wanted.len()).find_map(|window| {
        let range = base + window.first()?.start..base + window.last()?.end();
        let on_it = range.start < subject.flagged.end && subject.flagged.start < range.end;
        let names = Some(()).filter(|()| on_it).and_then(|()| names(&wanted, window))?;
        Some((range, renamed(new, family, &names)?))
    })
}

/// What each name and literal of old code is called here; `None` where the code is another. What is called, and what
/// it is called on, must be the same.
fn names<'t>(old: &[Token<'t>], here: &[Token<'t>]) -> Option<HashMap<&'t str, &'t str>> {
    let mut names: HashMap<&str, &str> = HashMap::new();
    let mark = |tokens: &[Token<'_>], at: Option<usize>, marks: &[&str]| {
        at.and_then(|at| tokens.get(at)).is_some_and(|token| marks.contains(&token.text))
    };
    let mut depth = 0_i32;
    for (at, (then, now)) in old.iter().zip(here).enumerate() {
        depth += i32::from(then.text == "(") - i32::from(then.text == ")");
        let is_literal = |token: &Token<'_>| token.text.starts_with(['"', '\'', '`']);
        let alike = then.is_word() && now.is_word() || is_literal(then) && is_literal(now);
        let fixed = mark(old, Some(at + 1), &["(", "."])
            || mark(old, at.checked_sub(1), &["."])
            // An argument's name, not what a value is given to.
            || depth > 0 && mark(old, Some(at + 1), &["="]);
        if then.normal() != now.normal() && (!alike || fixed && then.is_word()) {
            return None;
        }
        if alike && *names.entry(then.text).or_insert(now.text) != now.text {
            return None;
        }
    }
    Some(names)
}

/// New code with other names, from its first token to its last.
fn renamed(new: &str, family: Family, names: &HashMap<&str, &str>) -> Option<String> {
    let all: Vec<Token<'_>> = tokens(new, family).collect();
    let mut out = String::new();
    let mut at = all.first()?.start;
    for token in &all {
        out.push_str(new.get(at..token.start)?);
        out.push_str(names.get(token.text).copied().unwrap_or(token.text));
        at = token.end();
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RemedyId;
    use crate::remedy::Precedent;
    use crate::remedy::testing::subject;

    const DIFF: &str = "--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,3 @@\n def f(t):\n-    return yaml.load(t, Loader=yaml.Loader)\n+    return yaml.safe_load(t)\n";

    fn recalled(text: &str, flagged: &str) -> Result<String, Fault> {
        let mut subject = subject("a.py", text, flagged);
        let (rule, path) = ("r".to_owned(), "x.py".to_owned());
        subject.precedents = vec![Precedent { remedy: RemedyId::default(), rule, path, diff: DIFF.into() }];
        let offers = Recalled.offers(&subject, Onlooker::nobody()).map_err(|unusable| unusable.0)?;
        let Answer::Edits(edits) = &offers[0].answer else { panic!("{offers:?}") };
        Ok(edits[0].apply(text).unwrap())
    }

    #[test]
    fn an_accepted_remedy_is_adapted_to_other_names() {
        let text = "def g(body, more):\n    return yaml.load(body, Loader=yaml.Loader)\n";
        assert_eq!(
            recalled(text, "yaml.load").unwrap(),
            "def g(body, more):\n    return yaml.safe_load(body)\n"
        );
    }

    #[test]
    fn other_code_is_left_alone() {
        for text in [
            "def g(body):\n    return json.load(body, Loader=yaml.Loader)\n",
            "def g(body):\n    return yaml.load_all(body, Loader=yaml.Loader)\n",
            "def g(body):\n    return yaml.load(body)\n",
            "def g(body):\n    return yaml.load(body[0], Loader=yaml.Loader)\n",
        ] {
            let flagged = text.lines().nth(1).unwrap().trim();
            assert_eq!(recalled(text, flagged), Err(Fault::NoPlace), "{text}");
        }
        let subject = subject("a.py", "a(b)\n", "a(b)");
        assert_eq!(Recalled.offers(&subject, Onlooker::nobody()).unwrap_err().0, Fault::Nothing);
    }

    #[test]
    fn a_difference_in_several_places_is_no_precedent() {
        assert_eq!(only_change("@@\n-a\n+b\n c\n-d\n+e\n"), None);
        assert_eq!(only_change("@@\n-a\n+b\n+c\n d\n"), Some(("a\n".into(), "b\nc\n".into())));
    }
}
