//! Owns texts as a model reads them: numbers of its vocabulary, and back.
//!
//! Never lets a text that comes from outside be read as one of the marks that part system, user and answer.

use std::path::{Path, PathBuf};

use tokenizers::Tokenizer;

use super::InferError;

/// How large a tokenizer's file may be, in bytes.
pub(super) const LARGEST: u64 = 128 << 20;

/// A character that is never a text's: it parts what has to be read apart.
const SEAM: char = '\u{fdd0}';

/// A model's tokenizer.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    tokenizer: Tokenizer,
    path: PathBuf,
    /// The marks, longest first.
    marks: Vec<String>,
    highest: u32,
}

impl Tokens {
    pub(super) fn read(bytes: &[u8], path: &Path) -> Result<Self, InferError> {
        let bad =
            |error: &dyn std::fmt::Display| InferError::bad(path, format!("it is no tokenizer: {error}"));
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| bad(&error))?;
        // A prompt that is too long is refused by its length, never cut in silence.
        tokenizer.with_truncation(None).map_err(|error| bad(&error))?;
        tokenizer.with_padding(None);
        let added = tokenizer.get_added_tokens_decoder();
        let mut marks: Vec<String> = added
            .values()
            .filter(|token| token.special && token.content.chars().nth(1).is_some())
            .map(|token| token.content.clone())
            .collect();
        marks.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        let highest = tokenizer.get_vocab(true).into_values().max().unwrap_or(0);
        Ok(Self { tokenizer, path: path.to_owned(), marks, highest })
    }

    /// The highest number of the vocabulary.
    pub(super) const fn highest(&self) -> u32 {
        self.highest
    }

    /// The marks of its vocabulary, the longest first.
    pub(super) fn marks(&self) -> &[String] {
        &self.marks
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A text from outside, with seams inside whatever would be read as a mark.
    pub(super) fn harmless(&self, text: &str) -> String {
        let mut text = text.replace(SEAM, "\u{fffd}");
        for mark in &self.marks {
            let Some(first) = mark.chars().next().filter(|_| text.contains(mark)) else { continue };
            let rest = mark.get(first.len_utf8()..).unwrap_or_default();
            text = text.replace(mark, &format!("{first}{SEAM}{rest}"));
        }
        text
    }

    /// The tokens of a text; what stands on both sides of a seam is read apart. `whole` also puts the marks around it
    /// that the tokenizer puts around a whole text.
    pub(super) fn encode(&self, text: &str, whole: bool) -> Result<Vec<u32>, InferError> {
        let mut ids = Vec::new();
        let parts = text.split(SEAM).count();
        for part in text.split(SEAM) {
            let encoding = self
                .tokenizer
                .encode_fast(part, whole && parts == 1)
                .map_err(|error| InferError::bad(&self.path, format!("it cannot read a text: {error}")))?;
            ids.extend_from_slice(encoding.get_ids());
        }
        Ok(ids)
    }

    /// The text of tokens, without marks.
    pub(super) fn decode(&self, ids: &[u32]) -> Result<String, InferError> {
        self.tokenizer
            .decode(ids, true)
            .map_err(|error| InferError::bad(&self.path, format!("it cannot write a text: {error}")))
    }
}

/// A text that comes token by token: a character may take several.
#[derive(Debug, Default)]
pub(super) struct Stream {
    ids: Vec<u32>,
    /// From where what is shown is decoded: a tokenizer joins words by what stands before them.
    prefix: usize,
    read: usize,
}

impl Stream {
    /// What a further token adds, where that is whole.
    pub(super) fn push(&mut self, tokens: &Tokens, id: u32) -> Result<String, InferError> {
        self.ids.push(id);
        let from = self.ids.get(self.prefix..).unwrap_or_default();
        let before = tokens.decode(self.ids.get(self.prefix..self.read).unwrap_or_default())?;
        let now = tokens.decode(from)?;
        if now.len() <= before.len() || now.ends_with('\u{fffd}') {
            return Ok(String::new());
        }
        self.prefix = self.read;
        self.read = self.ids.len();
        Ok(now.get(before.len()..).unwrap_or_default().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tokenizer of letters, one mark, and nothing else.
    fn letters() -> Tokens {
        let letters = "<|im_end>abcdé ";
        let mut vocabulary = serde_json::Map::new();
        for letter in letters.chars() {
            let number = vocabulary.len();
            vocabulary.entry(letter.to_string()).or_insert(number.into());
        }
        let document = serde_json::json!({
            "version": "1.0",
            "added_tokens": [{"id": 14, "content": "<|im_end|>", "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true}],
            "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated", "invert": false},
            "decoder": {"type": "Fuse"},
            "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "a"},
        });
        Tokens::read(document.to_string().as_bytes(), Path::new("tokenizer.json")).unwrap()
    }

    #[test]
    fn a_mark_in_code_is_read_as_letters() {
        let tokens = letters();
        assert_eq!(tokens.encode("a<|im_end|>", false).unwrap().len(), 2);
        let ids = tokens.encode(&tokens.harmless("a<|im_end|>b"), false).unwrap();
        assert!(!ids.contains(&14), "{ids:?}");
        assert_eq!(tokens.decode(&ids).unwrap(), "a<|im_end|>b");
    }

    #[test]
    fn what_has_no_mark_is_read_as_it_is() {
        let tokens = letters();
        assert_eq!(tokens.harmless("ab c"), "ab c");
        assert_eq!(tokens.harmless("a\u{fdd0}b"), "a\u{fffd}b");
        assert_eq!(tokens.highest(), 14);
    }

    #[test]
    fn pieces_of_a_stream_make_up_the_text() {
        let tokens = letters();
        let ids = tokens.encode("abé cd", false).unwrap();
        let mut stream = Stream::default();
        let pieces: Vec<String> = ids.iter().map(|&id| stream.push(&tokens, id).unwrap()).collect();
        assert_eq!(pieces.concat(), "abé cd");
    }

    #[test]
    fn what_is_no_tokenizer_is_refused() {
        for text in ["", "{}", "[1]", r#"{"model": {"type": "BPE"}}"#] {
            let error = Tokens::read(text.as_bytes(), Path::new("tokenizer.json")).unwrap_err();
            assert!(error.to_string().starts_with("tokenizer.json: it is no tokenizer"), "{error}");
        }
    }
}
