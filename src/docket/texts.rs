//! Which cases' messages hold the words of a filter. The messages stay in the store and are streamed past.

use memchr::memmem::Finder;

use super::bits::Bits;
use super::filter::Filter;
use super::pattern::fold;

/// The cases in whose messages each word of a filter occurs.
#[derive(Debug, Default)]
pub struct TextHits {
    words: Vec<Word>,
    folded: Vec<u8>,
}

#[derive(Debug)]
struct Word {
    text: String,
    finder: Finder<'static>,
    cases: Bits,
}

impl TextHits {
    /// Looks for every word of a filter. Where [`super::Needs::texts`] is set, all messages must then be
    /// shown to it.
    #[must_use]
    pub fn new(filter: &Filter) -> Self {
        let mut hits = Self::default();
        for word in filter.words() {
            if hits.cases(word).is_none() {
                let finder = Finder::new(fold(word).as_bytes()).into_owned();
                hits.words.push(Word { text: word.to_owned(), finder, cases: Bits::default() });
            }
        }
        hits
    }

    /// Shows the message of a case (by its number less one), in whatever letter case. Several of one case add
    /// up.
    pub fn show(&mut self, index: u32, message: &[u8]) {
        self.folded.clear();
        if message.is_ascii() {
            self.folded.extend_from_slice(message);
            self.folded.make_ascii_lowercase();
        } else {
            self.folded.extend_from_slice(fold(&String::from_utf8_lossy(message)).as_bytes());
        }
        for word in &mut self.words {
            if word.finder.find(&self.folded).is_some() {
                word.cases.set(index, true);
            }
        }
    }

    /// The cases that a word occurs in; `None` where it was not looked for.
    pub(super) fn cases(&self, word: &str) -> Option<&Bits> {
        self.words.iter().find(|known| known.text == word).map(|known| &known.cases)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_finds_its_messages_whatever_their_case() {
        let filter: Filter = "sql -\"USER Input\" ÉTÉ sql".parse().unwrap();
        let mut hits = TextHits::new(&filter);
        hits.show(0, b"Detected SQL with user input");
        hits.show(3, "sql l'été, user  input".as_bytes());
        hits.show(3, b"SQL\xff");
        let cases =
            |word| -> Vec<u32> { (0..5).filter(|&case| hits.cases(word).unwrap().has(case)).collect() };
        assert_eq!((cases("sql"), cases("USER Input"), cases("ÉTÉ")), (vec![0, 3], vec![0], vec![3]));
        assert_eq!(hits.cases("other"), None);
        assert_eq!(hits.words.len(), 3);
    }
}
