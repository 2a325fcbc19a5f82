//! How much a few letters are like a name: what stands behind every list from which one picks by letters.

/// How much a few letters are like a text, which has them in their order; `None`: it does not. Letters at the start of
/// a word and letters that follow each other count for more, what is left out between them for less.
#[must_use]
pub fn likeness(letters: &str, text: &str) -> Option<i32> {
    let mut wanted = letters.chars().filter(|letter| !letter.is_whitespace()).flat_map(char::to_lowercase);
    let mut letter = wanted.next();
    let (mut likeness, mut gap, mut before) = (0, 0, None::<char>);
    for known in text.chars() {
        let Some(asked) = letter else { break };
        if known == asked || (!known.is_lowercase() && known.to_lowercase().eq(std::iter::once(asked))) {
            let begins = before.is_none_or(|before| !before.is_alphanumeric())
                || (known.is_uppercase() && before.is_some_and(char::is_lowercase));
            likeness += match (begins, gap) {
                (true, _) => 6,
                (false, 0) => 4,
                (false, _) => 1,
            } - gap.min(4);
            gap = 0;
            letter = wanted.next();
        } else {
            gap += 1;
        }
        before = Some(known);
    }
    letter.is_none().then_some(likeness)
}

/// How much a few letters are like a path. Its file's name says more than the folders before it, and of two alike the
/// shorter is meant.
#[must_use]
pub fn likeness_of_path(letters: &str, path: &str) -> Option<i32> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let by_name = (!letters.contains('/')).then(|| likeness(letters, name)).flatten();
    let whole = by_name.map(|likeness| likeness * 2 + 16).or_else(|| likeness(letters, path))?;
    Some(whole * 8 - i32::try_from(path.len().min(400)).unwrap_or(400) / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_begin_words_and_stand_together_are_liked_more() {
        let like = |text| likeness("usr", text);
        assert!(like("src/user_store_repo.py") > like("src/cluster.py"));
        assert!(like("usr.py") > like("user_store.py"));
        assert!(likeness("ac", "AuthController") > likeness("ac", "attach"));
        assert_eq!(likeness("cb", "bc"), None);
        assert_eq!(likeness("É", "café"), likeness("é", "café"));
        assert!(likeness("", "anything").is_some());
    }

    #[test]
    fn a_file_is_meant_by_its_name_before_its_folders_and_the_shorter_before_the_longer() {
        let like = |text| likeness_of_path("db.py", text);
        assert!(like("src/db.py") > like("src/db.py/readme"));
        assert!(like("src/db.py") > like("d/b/x.py"));
        assert!(like("src/db.py") > like("src/very/deep/down/db.py"));
        assert!(likeness_of_path("src/db", "src/db.py") > likeness_of_path("src/db", "src/other/db.py"));
        assert_eq!(likeness_of_path("zz", "src/db.py"), None);
    }
}
