use proptest::prelude::*;

use super::*;

fn at(text: &str, secret: &str) -> Range<usize> {
    let start = text.find(secret).unwrap();
    start..start + secret.len()
}

fn claimed(text: &str, path: &str, line: u32, exact: Option<&str>) -> Vec<String> {
    let lines = LineIndex::new(text);
    let whole = lines.range(line).unwrap();
    let ends = |end: usize| u32::try_from(end).unwrap();
    let located =
        Located { lines: (line, line), bytes: (ends(whole.start), ends(whole.end)), ..Located::default() };
    texts(text, &pointed_at(text, path, (&located, exact.map(|secret| at(text, secret))), &lines))
}

#[test]
fn the_literals_that_a_claim_flags_are_the_secrets_or_the_place_that_it_names() {
    let code = "x = 'kept'\nlogin('ann', \"hunter2hunter2\")\nurl = 'https://ann:hunter3@host'\n";
    assert_eq!(claimed(code, "a.py", 2, None), ["ann", "hunter2hunter2"]);
    assert_eq!(claimed(code, "a.py", 2, Some("\"hunter2hunter2\"")), ["hunter2hunter2"]);
    assert_eq!(claimed(code, "a.py", 3, Some("hunter3")), ["hunter3"]);
    let yaml = "a: 1\n  password: hunter2hunter2\n";
    assert_eq!(claimed(yaml, "a.yaml", 2, None), ["password: hunter2hunter2"]);
    assert_eq!(claimed(yaml, "a.yaml", 2, Some("hunter2hunter2")), ["hunter2hunter2"]);
    assert_eq!(claimed("KEY = load()\n", "a.py", 1, None), ["KEY = load()"]);
}

#[test]
fn a_secret_is_masked_wherever_it_stands_and_a_short_word_only_as_a_text() {
    let code = "p = 'hunter2hunter2'  # hunter2hunter2\nadmin = 'admin'\nfrom admin import x\n";
    let spans = occurrences(code, &["hunter2hunter2".into(), "admin".into()]);
    assert_eq!(
        cover(code, &spans),
        "p = 'hun***********'  # hun***********\nadmin = 'a****'\nfrom admin import x\n"
    );
}

#[test]
fn what_was_masked_is_found_again_in_a_line_that_is_the_same_or_by_enough_of_it() {
    let old = "def f():\n    p = 'hunter2hunter2'\nkey = \"AKIAIOSFODNN7EXAMPLE\"\n";
    let hidden = vec![at(old, "hunter2hunter2"), at(old, "AKIAIOSFODNN7EXAMPLE")];
    let masked = cover(old, &hidden);
    let new =
        "import os\n\nclass A:\n        p = 'hunter2hunter2'\nkeys = [\"AKIAIOSFODNN7EXAMPLE\", 'post']\n";
    let found = texts(new, &like(&masked, &hidden, new, WHOLE_LEAD));
    assert_eq!(found, ["AKIAIOSFODNN7EXAMPLE", "hunter2hunter2"]);
    let other = "p = 'hunted2hunter2'; p2 = 'hunter2hunter22'\n";
    assert_eq!(like(&masked, &hidden, other, WHOLE_LEAD), Spans::new());
    assert_eq!(texts(other, &like(&masked, &hidden, other, 1)), ["hunted2hunter2"]);
}

proptest! {
    #[test]
    fn a_masked_text_has_its_lines_and_columns(
        parts in prop::collection::vec(("[a-z ='\\n\u{e9}\u{4e2d}\u{1f600}]{0,12}", any::<bool>()), 0..8),
    ) {
        let (mut text, mut spans) = (String::new(), Spans::new());
        for (part, secret) in &parts {
            let start = text.len();
            text.push_str(part);
            if *secret {
                spans.push(start..text.len());
            }
        }
        let spans = united(spans);
        let masked = cover(&text, &spans);
        let widths = |text: &str| {
            text.chars().map(|c| (c.len_utf8(), c.len_utf16(), c == '\n')).collect::<Vec<_>>()
        };
        prop_assert_eq!(widths(&masked), widths(&text));
        for span in &spans {
            let (secret, left) = (&text[span.clone()], &masked[span.clone()]);
            let same = secret.chars().zip(left.chars()).take_while(|(one, other)| one == other).count();
            let bare = secret.chars().all(|c| c.is_ascii_lowercase());
            prop_assert!(!bare || same <= WHOLE_LEAD && same * 4 <= secret.chars().count(), "{secret} {left}");
        }
        // Masked once more it is the same, and its own masks are found in it and in the text.
        prop_assert_eq!(cover(&masked, &spans), masked.clone());
    }

    #[test]
    fn nothing_that_is_looked_for_makes_it_panic(
        masked in "[a-c'\\n\u{e9}\u{4e2d}]{0,40}",
        text in "[a-c'\\n\u{e9}\u{4e2d}]{0,40}",
        ends in prop::collection::vec((0_usize..60, 0_usize..60), 0..4),
    ) {
        let whole = |range: &Range<usize>| masked.get(range.clone()).is_some();
        let spans = united(ends.into_iter().map(|(start, end)| start..end).filter(whole).collect());
        let found = like(&cover(&masked, &spans), &spans, &text, 1);
        prop_assert!(found.iter().all(|span| text.get(span.clone()).is_some()));
        prop_assert_eq!(cover(&text, &found).len(), text.len());
    }
}

#[test]
fn a_later_text_is_masked_as_the_kept_one_was_and_differs_in_what_has_changed() {
    let text = "import os\nkey = \"hunter2\"\nuse(key)\n";
    let secret = 17..24;
    let kept = super::cover(text, &[secret]);
    assert_eq!(super::masked_as(&kept, text), kept, "nothing has changed");
    let now = "import os\nimport db\nkey = \"hunter2\"\nuse(\"hunter2\", 2)\n";
    let masked = super::masked_as(&kept, now);
    assert!(!masked.contains("hunter2"), "{masked}");
    assert_eq!(masked.lines().filter(|line| kept.lines().all(|known| known != *line)).count(), 2, "{masked}");
    assert_eq!(super::masked_as(text, now), now, "what was not masked then is not now");
}

#[test]
fn a_text_is_as_it_was_kept_whatever_is_masked_in_it_and_in_nothing_else() {
    let text = "key = \"hunter2é漢\"\nuse(key)\n";
    let secret = 7..text.find("\"\n").unwrap();
    let kept = super::cover(text, std::slice::from_ref(&secret));
    assert_ne!(kept, text);
    assert!(super::is_as_kept(&kept, text) && super::is_as_kept(text, text));
    assert!(!super::is_as_kept(&kept, &text.replace("use", "see")));
    assert!(!super::is_as_kept(&kept, &text.replace("hunter2", "hunter22")));
    assert!(!super::is_as_kept(text, &kept), "what is masked now was not then");
}

#[test]
fn what_is_masked_is_found_in_a_later_text_and_taken_out_of_others() {
    let kept = "import x\nkey = 'AKIA************'\n# ****\n";
    let text = "# ****\n\n    key = 'AKIAIOSFODNN7EXA'\nkey = 'other'\n";
    let secrets = super::hidden_in(kept, text);
    assert_eq!(secrets, ["IOSFODNN7EXA"]);
    assert_eq!(super::without("-key = 'AKIAIOSFODNN7EXA'\n", &secrets), "-key = 'AKIA************'\n");
}
