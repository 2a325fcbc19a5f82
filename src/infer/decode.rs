//! Owns how an answer is made of a model's numbers, a token at a time: greedy here, several at once in `beam`.
//!
//! Pure but for the clock, which bounds it: what runs the model is behind [`Steps`].

use std::time::Instant;

use super::InferError;

/// What runs a model.
pub(super) trait Steps {
    /// What it remembers of the tokens read so far.
    type State: Clone;

    /// Reads one more token; gives the numbers for the one after it.
    fn next(&mut self, state: &Self::State, token: u32) -> Result<(Vec<f32>, Self::State), InferError>;
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    On,
    /// Stop here; what there is so far is the answer.
    Stop,
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ended {
    /// The model said that it is done.
    Stop,
    /// It has as many tokens as it may have: it is cut.
    Tokens,
    /// It took as long as it may take: it is cut.
    Time,
    /// It was called off: it is cut.
    Cancelled,
    /// It went round in circles: it is cut.
    Repeating,
}

impl Ended {
    /// Whether the answer is whole.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Stop)
    }

    /// What is called so.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Stop, Self::Tokens, Self::Time, Self::Cancelled, Self::Repeating]
            .into_iter()
            .find(|ended| ended.word() == word)
    }

    /// In a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Tokens => "tokens",
            Self::Time => "time",
            Self::Cancelled => "cancelled",
            Self::Repeating => "repeating",
        }
    }
}

/// What an answer is made by.
#[derive(Debug, Clone)]
pub(super) struct Rules<'r> {
    /// Tokens that end it.
    pub(super) stops: &'r [u32],
    /// What is held against a token that was there before, as a factor; 1 is nothing.
    pub(super) penalty: f32,
    /// What counts as having been there before, beside the answer.
    pub(super) before: &'r [u32],
    /// By which power of its length an answer's score is divided.
    pub(super) length_penalty: f32,
    pub(super) most: usize,
    pub(super) until: Instant,
    /// Whether an answer that goes round in circles is cut.
    pub(super) watch_circles: bool,
}

/// An answer in tokens, the one that ended it left out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) tokens: Vec<u32>,
    pub(super) score: f32,
    pub(super) ended: Ended,
}

/// The likeliest token each time.
pub(super) fn greedy<S: Steps>(
    steps: &mut S,
    (mut numbers, mut state): (Vec<f32>, S::State),
    rules: &Rules<'_>,
    tell: &mut dyn FnMut(u32) -> Result<Flow, InferError>,
) -> Result<Found, InferError> {
    let mut tokens = Vec::new();
    let mut total = 0.0;
    let ended = loop {
        if tokens.len() >= rules.most {
            break Ended::Tokens;
        }
        penalise(&mut numbers, rules, &tokens);
        let Some(token) = largest(&numbers) else { break Ended::Stop };
        total += log_likelihood(&numbers, token);
        if rules.stops.contains(&token) {
            break Ended::Stop;
        }
        tokens.push(token);
        if tell(token)? == Flow::Stop {
            break Ended::Cancelled;
        }
        if rules.watch_circles && is_circling(&tokens) {
            break Ended::Repeating;
        }
        if Instant::now() >= rules.until {
            break Ended::Time;
        }
        if tokens.len() >= rules.most {
            break Ended::Tokens;
        }
        (numbers, state) = steps.next(&state, token)?;
    };
    let length = tokens.len() + usize::from(ended == Ended::Stop);
    let score = total / (length.max(1) as f32).powf(rules.length_penalty);
    Ok(Found { tokens, score, ended })
}

/// Holds against tokens that they were there before.
pub(super) fn penalise(numbers: &mut [f32], rules: &Rules<'_>, tokens: &[u32]) {
    if (rules.penalty - 1.0).abs() < f32::EPSILON {
        return;
    }
    let mut seen: Vec<u32> = rules.before.iter().chain(tokens).copied().collect();
    seen.sort_unstable();
    seen.dedup();
    for token in seen {
        if let Some(number) = numbers.get_mut(token as usize) {
            *number = if *number < 0.0 { *number * rules.penalty } else { *number / rules.penalty };
        }
    }
}

/// The place of the largest number; of equal ones the first.
pub(super) fn largest(numbers: &[f32]) -> Option<u32> {
    let mut best: Option<(usize, f32)> = None;
    for (at, &number) in numbers.iter().enumerate() {
        if best.is_none_or(|(_, most)| number > most) {
            best = Some((at, number));
        }
    }
    best.and_then(|(at, _)| u32::try_from(at).ok())
}

/// The logarithm of a token's share, all shares together being one.
pub(super) fn log_likelihood(numbers: &[f32], token: u32) -> f32 {
    numbers.get(token as usize).map_or(f32::NEG_INFINITY, |number| number - log_total(numbers))
}

/// What is taken from every number so that the shares are one together.
pub(super) fn log_total(numbers: &[f32]) -> f32 {
    let most = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    // In double precision: a vocabulary has a hundred thousand small terms.
    let sum: f64 = numbers.iter().map(|number| f64::from(number - most).exp()).sum();
    most + sum.ln() as f32
}

/// The longest stretch that is looked for as one that repeats.
const LONGEST_CIRCLE: usize = 64;

/// How many tokens have to be said over and over before it is a circle: a table of zeros is none yet.
const CIRCLE_TOKENS: usize = 96;

/// Whether the end of an answer is one stretch said over and over.
pub(super) fn is_circling(tokens: &[u32]) -> bool {
    (1..=LONGEST_CIRCLE).any(|period| {
        let needed = (period * 4).max(CIRCLE_TOKENS);
        let Some(from) = tokens.len().checked_sub(needed) else { return false };
        let tail = tokens.get(from..).unwrap_or_default();
        tail.iter().rev().zip(tail.iter().rev().skip(period)).all(|(now, before)| now == before)
    })
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    /// A model that is a table: the numbers for the next token by the last one.
    pub(in super::super) struct Table {
        pub(in super::super) rows: Vec<Vec<f32>>,
        pub(in super::super) runs: usize,
    }

    impl Steps for Table {
        type State = Vec<u32>;

        fn next(&mut self, state: &Vec<u32>, token: u32) -> Result<(Vec<f32>, Vec<u32>), InferError> {
            self.runs += 1;
            let state = [state.as_slice(), &[token]].concat();
            Ok((self.rows[token as usize].clone(), state))
        }
    }

    pub(in super::super) fn rules(most: usize) -> Rules<'static> {
        Rules {
            stops: &[0],
            penalty: 1.0,
            before: &[],
            length_penalty: 1.0,
            most,
            until: Instant::now() + Duration::from_secs(600),
            watch_circles: true,
        }
    }

    /// 1 is followed by 2, 2 by 3, 3 by the end.
    fn counting() -> Table {
        let likely = |token: usize| (0..4).map(|at| if at == token { 5.0 } else { 0.0 }).collect();
        Table { rows: vec![likely(0), likely(2), likely(3), likely(0)], runs: 0 }
    }

    fn answer(table: &mut Table, rules: &Rules<'_>, cancel_after: usize) -> Found {
        let begin = (table.rows[1].clone(), vec![1]);
        let mut told = 0;
        let mut tell = |_| {
            told += 1;
            Ok(if told >= cancel_after { Flow::Stop } else { Flow::On })
        };
        greedy(table, begin, rules, &mut tell).unwrap()
    }

    #[test]
    fn an_answer_ends_where_the_model_says_so() {
        let found = answer(&mut counting(), &rules(10), usize::MAX);
        assert_eq!((found.tokens.as_slice(), found.ended), ([2, 3].as_slice(), Ended::Stop));
        assert!(found.ended.is_whole() && found.score < 0.0);
    }

    #[test]
    fn an_answer_that_is_cut_is_known_as_cut() {
        let found = answer(&mut counting(), &rules(1), usize::MAX);
        assert_eq!((found.tokens.as_slice(), found.ended), ([2].as_slice(), Ended::Tokens));
        let late = Rules { until: Instant::now(), ..rules(10) };
        assert_eq!(answer(&mut counting(), &late, usize::MAX).ended, Ended::Time);
        assert_eq!(answer(&mut counting(), &rules(0), usize::MAX).ended, Ended::Tokens);
    }

    #[test]
    fn an_answer_is_called_off_before_the_next_token_is_asked_for() {
        let mut table = counting();
        let found = answer(&mut table, &rules(10), 1);
        assert_eq!((found.tokens.as_slice(), found.ended, table.runs), ([2].as_slice(), Ended::Cancelled, 0));
    }

    #[test]
    fn an_answer_that_goes_round_in_circles_is_cut() {
        let mut table = Table {
            rows: vec![vec![0.0, 0.0, 1.0, 0.0], vec![0.0, 0.0, 1.0, 0.0], vec![0.0, 1.0, 0.0, 0.0]],
            runs: 0,
        };
        let found = answer(&mut table, &rules(1000), usize::MAX);
        assert_eq!((found.tokens.len(), found.ended), (CIRCLE_TOKENS, Ended::Repeating));
        let unwatched = Rules { watch_circles: false, ..rules(1000) };
        assert_eq!(answer(&mut table, &unwatched, usize::MAX).ended, Ended::Tokens);
    }

    #[test]
    fn a_token_that_was_there_before_is_held_against() {
        let held = Rules { penalty: 2.0, before: &[1], ..rules(10) };
        let mut numbers = vec![1.0, 4.0, 3.0, -1.0];
        penalise(&mut numbers, &held, &[3]);
        assert_eq!(numbers, [1.0, 2.0, 3.0, -2.0]);
    }

    proptest! {
        #[test]
        fn what_says_something_new_is_no_circle(tokens in proptest::collection::vec(0..1000_u32, 0..300)) {
            let mut tokens = tokens;
            tokens.push(5000);
            prop_assert!(!is_circling(&tokens));
        }

        #[test]
        fn any_stretch_said_often_enough_is_a_circle(
            head in proptest::collection::vec(0..50_u32, 0..40),
            stretch in proptest::collection::vec(0..50_u32, 1..=LONGEST_CIRCLE),
        ) {
            let times = CIRCLE_TOKENS.div_ceil(stretch.len()).max(4);
            let tokens: Vec<u32> = head.into_iter().chain(stretch.iter().copied().cycle().take(times * stretch.len())).collect();
            prop_assert!(is_circling(&tokens));
        }

        #[test]
        fn shares_are_one_together(numbers in proptest::collection::vec(-50.0..50.0_f32, 1..50)) {
            let all: f32 = (0..numbers.len() as u32).map(|token| log_likelihood(&numbers, token).exp()).sum();
            prop_assert!((all - 1.0).abs() < 1e-3, "{all}");
        }
    }
}
