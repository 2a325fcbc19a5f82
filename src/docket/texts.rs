//! Which cases' messages hold the words of a filter. The messages stay in the store and are streamed past; what was
//! found of a word is kept for the next filter that has it, as most do while one is written.

use std::ops::Range;

use memchr::memmem::{self, Finder};

use super::bits::Bits;
use super::filter::Filter;
use super::pattern::fold;
use crate::store::PackedTexts;

/// So many words are kept.
const KEPT: usize = 16;

/// The cases in whose messages each word of a filter occurs.
#[derive(Debug, Default)]
pub struct TextHits {
    words: Vec<Word>,
    folded: Vec<u8>,
    /// The messages of the cases up to this number were all shown.
    seen: u32,
}

#[derive(Debug, Clone)]
struct Word {
    text: String,
    finder: Finder<'static>,
    /// Only these can hold it: they hold a part of it.
    within: Option<Bits>,
    cases: Bits,
    /// All messages were looked through for it.
    is_known: bool,
}

/// Words that all messages of a docket's version were looked through for.
#[derive(Debug, Default)]
pub struct KnownWords {
    version: u64,
    words: Vec<Word>,
}

impl TextHits {
    /// Looks for every word of a filter. Where [`super::Needs::texts`] is set, all messages must then be
    /// shown to it.
    #[must_use]
    pub fn new(filter: &Filter) -> Self {
        Self::knowing(filter, &KnownWords::default(), 0)
    }

    /// Looks for those words that are not known for this version of the docket.
    #[must_use]
    pub fn knowing(filter: &Filter, known: &KnownWords, version: u64) -> Self {
        let mut hits = Self::default();
        for text in filter.words() {
            if hits.cases(text).is_some() {
                continue;
            }
            hits.words.push(known.word(text, version));
        }
        hits
    }

    /// Whether messages need not be shown to it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.words.iter().all(|word| word.is_known)
    }

    /// Whether messages of these cases, by their numbers less one, have to be shown to it.
    #[must_use]
    pub fn may_be_in(&self, cases: Range<u32>) -> bool {
        self.words.iter().any(|word| word.may_be_in(cases.clone()))
    }

    /// Shows the messages of many cases, the first by its number less one, in whatever letter case; the cases ascend.
    /// Several of one case add up.
    pub fn show(&mut self, first: u32, messages: PackedTexts<'_>) {
        self.seen = (first..).zip(messages.places()).last().map_or(self.seen, |(last, _)| last + 1);
        // Folding them all in one pass, and no message for itself, makes a million of them four times as fast.
        let is_ascii = messages.pool().is_ascii();
        if is_ascii {
            self.folded.clear();
            self.folded.extend_from_slice(messages.pool());
            self.folded.make_ascii_lowercase();
        }
        for word in self.words.iter_mut().filter(|word| !word.is_known) {
            // Messages that many cases share mostly come one after the other.
            let (mut last, mut holds) = (0..0, false);
            for (index, place) in (first..).zip(messages.places()) {
                if word.within.as_ref().is_some_and(|within| !within.has(index)) {
                    continue;
                }
                if place != last {
                    holds = if is_ascii {
                        let text = self.folded.get(place.clone()).unwrap_or_default();
                        word.finder.find(text).is_some()
                    } else {
                        let text = messages.pool().get(place.clone()).unwrap_or_default();
                        word.finder.find(fold(&String::from_utf8_lossy(text)).as_bytes()).is_some()
                    };
                    last = place;
                }
                if holds {
                    word.cases.set(index, true);
                }
            }
        }
    }

    /// The case up to which everything is known, while messages are being shown to it.
    pub(super) const fn seen(&self) -> u32 {
        self.seen
    }

    /// The cases that a word occurs in; `None` where it was not looked for.
    pub(super) fn cases(&self, word: &str) -> Option<&Bits> {
        self.words.iter().find(|known| known.text == word).map(|known| &known.cases)
    }
}

impl Word {
    fn may_be_in(&self, cases: Range<u32>) -> bool {
        !self.is_known && self.within.as_ref().is_none_or(|within| within.has_any(cases))
    }
}

impl KnownWords {
    /// A word as far as it is known in a version of the docket. While one is written, what held it before the last
    /// letter is all that can hold it now.
    fn word(&self, text: &str, version: u64) -> Word {
        let known = if self.version == version { self.words.as_slice() } else { &[] };
        if let Some(word) = known.iter().find(|word| word.text == text) {
            return word.clone();
        }
        let folded = fold(text);
        let parts =
            known.iter().filter(|word| memmem::find(folded.as_bytes(), word.finder.needle()).is_some());
        Word {
            text: text.to_owned(),
            finder: Finder::new(folded.as_bytes()).into_owned(),
            within: parts.min_by_key(|word| word.cases.count()).map(|word| word.cases.clone()),
            cases: Bits::default(),
            is_known: false,
        }
    }

    /// Keeps what was found once all messages were shown; forgets what was found in another version of the docket.
    pub fn keep(&mut self, hits: &TextHits, version: u64) {
        if self.version != version {
            self.words.clear();
            self.version = version;
        }
        for word in &hits.words {
            if self.words.iter().all(|known| known.text != word.text) {
                self.words.push(Word { is_known: true, within: None, ..word.clone() });
            }
        }
        let over = self.words.len().saturating_sub(KEPT);
        self.words.drain(..over);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::store::Texts;

    /// Messages as a store has them packed, from the first case on.
    pub(in super::super) fn packed<T: AsRef<[u8]>>(messages: impl IntoIterator<Item = T>) -> Vec<u8> {
        let (mut texts, mut known) = (Texts::default(), rustc_hash::FxHashMap::default());
        for (slot, message) in messages.into_iter().enumerate() {
            texts.set(slot, message.as_ref(), &mut known);
        }
        texts.pack()
    }

    fn cases(hits: &TextHits, word: &str) -> Vec<u32> {
        (0..9000).filter(|&case| hits.cases(word).unwrap().has(case)).collect()
    }

    #[test]
    fn each_word_finds_its_messages_whatever_their_case() {
        let filter: Filter = "sql -\"USER Input\" ÉTÉ sql".parse().unwrap();
        let mut hits = TextHits::new(&filter);
        hits.show(0, PackedTexts::new(&packed(["Detected SQL with user input", "", "SQ", "L"])));
        hits.show(4, PackedTexts::new(&packed([&b"sql l'\xc3\xa9t\xc3\xa9, user  input"[..], b"SQL\xff"])));
        hits.show(8000, PackedTexts::new(&packed(["an sql", "an sql", "other", "an sql"])));
        assert_eq!(cases(&hits, "sql"), [0, 4, 5, 8000, 8001, 8003]);
        assert_eq!((cases(&hits, "USER Input"), cases(&hits, "ÉTÉ")), (vec![0], vec![4]));
        assert_eq!(hits.cases("other"), None);
        assert_eq!(hits.words.len(), 3);
    }

    #[test]
    fn a_word_is_looked_for_once_in_each_version_of_the_docket() {
        let filter: Filter = "sql".parse().unwrap();
        let mut known = KnownWords::default();
        let mut hits = TextHits::knowing(&filter, &known, 7);
        assert!(!hits.is_whole());
        hits.show(0, PackedTexts::new(&packed(["sql"])));
        known.keep(&hits, 7);
        let more = TextHits::knowing(&"sql injection".parse().unwrap(), &known, 7);
        assert_eq!((more.is_whole(), cases(&more, "sql")), (false, vec![0]));
        let mut same = TextHits::knowing(&filter, &known, 7);
        assert!(same.is_whole());
        same.show(5, PackedTexts::new(&packed(["sql"])));
        assert_eq!(cases(&same, "sql"), [0]);
        assert!(!TextHits::knowing(&filter, &known, 8).is_whole());
        known.keep(&hits, 8);
        assert!(!TextHits::knowing(&filter, &known, 7).is_whole());
        for word in 0..40 {
            known.keep(&TextHits::new(&format!("w{word}").parse().unwrap()), 8);
        }
        assert_eq!(known.words.len(), KEPT);
    }

    #[test]
    fn what_holds_no_part_of_a_word_is_not_looked_through_for_it() {
        let mut known = KnownWords::default();
        let mut hits = TextHits::knowing(&"sq".parse().unwrap(), &known, 7);
        assert!(hits.may_be_in(4096..8192));
        hits.show(0, PackedTexts::new(&packed(["an SQL", "none", "a squad"])));
        hits.show(4096, PackedTexts::new(&packed(["none"])));
        known.keep(&hits, 7);
        assert!(!TextHits::knowing(&"sq".parse().unwrap(), &known, 7).may_be_in(0..4096));
        let mut more = TextHits::knowing(&"sql none".parse().unwrap(), &known, 7);
        assert!(more.may_be_in(0..4096) && more.may_be_in(4096..8192));
        more.show(0, PackedTexts::new(&packed(["an SQL", "none", "a squad"])));
        assert_eq!((cases(&more, "sql"), cases(&more, "none")), (vec![0], vec![1]));
        let only = TextHits::knowing(&"sql".parse().unwrap(), &known, 7);
        assert!(only.may_be_in(0..4096) && !only.may_be_in(4096..8192));
        assert!(TextHits::knowing(&"sql".parse().unwrap(), &known, 8).may_be_in(4096..8192));
    }

    proptest::proptest! {
        /// Letter by letter, as a filter is written, and back.
        #[test]
        fn what_is_known_of_parts_of_a_word_changes_nothing(
            messages in proptest::collection::vec("[aAb ÉéSß]{0,6}", 1..20),
            words in proptest::collection::vec("[aAbÉéSß]{1,4}", 1..6),
        ) {
            let packed = packed(&messages);
            let mut known = KnownWords::default();
            for word in &words {
                for (end, _) in word.char_indices().skip(1).chain([(word.len(), ' ')]) {
                    let text = &word[..end];
                    let filter: Filter = text.parse().unwrap();
                    let mut hits = TextHits::knowing(&filter, &known, 1);
                    hits.show(0, PackedTexts::new(&packed));
                    known.keep(&hits, 1);
                    let mut afresh = TextHits::new(&filter);
                    afresh.show(0, PackedTexts::new(&packed));
                    proptest::prop_assert_eq!(cases(&hits, text), cases(&afresh, text));
                }
            }
        }
    }
}
