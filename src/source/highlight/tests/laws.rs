use proptest::prelude::*;

use super::*;

fn path() -> impl Strategy<Value = &'static str> {
    let paths = "a.py a.ts a.tsx a.js A.java a.go a.c a.cpp A.cs a.rb a.php a.rs a.yml Dockerfile a.toml \
        a.sh a.html a.md a.sql a.vue a.erb a.kt a.swift a.tf a.css a.xml a.ini a.pl a.unknown";
    prop::sample::select(paths.split_whitespace().collect::<Vec<_>>())
}

/// What opens, closes and nests in some language, and what is none of that.
fn text() -> impl Strategy<Value = String> {
    let marks = r#"" ' ` ''' """ ${ #{ { } ( ) [ ] < > </ /* */ // # -- <!-- --> <?php ?> <% %> <<EOF <<~A EOF A
        \ \u{ @ $ : ; = => | - def class fn if end return 1.5e3 0x %s &amp; ``` SELECT <script> </script>
        <a b="c"> r" f" $( (( )) a é 日本 😀"#;
    let mark = prop::sample::select(marks.split_whitespace().collect::<Vec<_>>());
    let blank = prop::sample::select(vec![
        "\n", "\n", "\r\n", "\r", "\t", " ", " ", "    ", "\0", "\u{feff}", "\u{301}",
    ]);
    let piece = prop_oneof![
        6 => mark.prop_map(str::to_owned),
        3 => blank.prop_map(str::to_owned),
        1 => "\\PC{0,8}"
    ];
    prop::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
}

fn check(text: &str, lines: &[Vec<Span>]) -> Result<(), TestCaseError> {
    let index = LineIndex::new(text);
    prop_assert_eq!(lines.len(), index.count() as usize);
    for (number, spans) in (1..).zip(lines) {
        let line = index.line(number).unwrap();
        let mut end = 0;
        for span in spans {
            prop_assert!(span.end > end);
            end = span.end;
            prop_assert!(line.is_char_boundary(end as usize));
        }
        prop_assert_eq!(end as usize, line.len());
    }
    Ok(())
}

proptest! {
    #[test]
    fn spans_cover_every_line_of_any_text(path in path(), text in text(), repeated in 1_usize..40) {
        let text = text.repeat(repeated);
        let lines = all(path, &text);
        check(&text, &lines)?;
        let guess = highlighter(path, &text).guess(1..u32::MAX, NEVER).unwrap();
        check(&text, &guess.lines)?;
        if guess.exact {
            prop_assert_eq!(guess.lines, lines);
        }
    }
}

proptest! {
    // A case parses thousands of lines.
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn parts_of_a_text_are_as_in_the_whole(path in path(), text in text(), from in 1_u32..2_000, many in 0_u32..300) {
        let text = text.repeat(60);
        let mut highlighter = highlighter(path, &text);
        let whole = all(path, &text);
        for first in [from, from.div_ceil(2), 1] {
            let part = highlighter.exact(first..first + many, NEVER).unwrap();
            let start = (first as usize - 1).min(whole.len());
            prop_assert_eq!(&part, &whole[start..(start + many as usize).min(whole.len())]);
        }
        let guess = highlighter.guess(from..from + many, NEVER).unwrap();
        if guess.exact {
            prop_assert_eq!(Some(guess.lines), highlighter.exact(from..from + many, NEVER));
        }
    }
}
