//! Owns the search for the n best answers: as many unfinished ones are kept as answers are wanted, each continued by what
//! is likeliest over all of them. As `transformers` does it, so that the same model gives the same answers.

use std::time::Instant;

use super::InferError;
use super::decode::{Ended, Flow, Found, Rules, Steps, is_circling, log_total, penalise};

/// An unfinished answer.
struct Line<T> {
    tokens: Vec<u32>,
    /// The logarithm of its likelihood.
    total: f32,
    numbers: Vec<f32>,
    state: T,
}

/// A way to go on.
struct Way {
    line: usize,
    token: u32,
    total: f32,
}

/// The `width` best answers, the best first. What is told is the likeliest unfinished one, before each is continued.
pub(super) fn search<S: Steps>(
    steps: &mut S,
    (numbers, state): (Vec<f32>, S::State),
    width: usize,
    rules: &Rules<'_>,
    tell: &mut dyn FnMut(&[u32]) -> Result<Flow, InferError>,
) -> Result<Vec<Found>, InferError> {
    let mut lines = vec![Line { tokens: Vec::new(), total: 0.0, numbers, state }];
    let mut done: Vec<Found> = Vec::new();
    let scored = |total: f32, length: usize| total / (length.max(1) as f32).powf(rules.length_penalty);
    let mut ended = Ended::Tokens;
    for length in 0..rules.most {
        let last = length + 1 == rules.most;
        // Enough that some go on even where each line could also end in every way there is.
        let ways = ways(&mut lines, width * (1 + rules.stops.len()).max(2), rules);
        let mut chosen: Vec<Way> = Vec::with_capacity(width);
        for (rank, way) in ways.into_iter().enumerate() {
            if rules.stops.contains(&way.token) {
                // An end that is not among the first is only there because its line is.
                if let (true, Some(line)) = (rank < width, lines.get(way.line)) {
                    let score = scored(way.total, length + 1);
                    keep(&mut done, Found { tokens: line.tokens.clone(), score, ended: Ended::Stop }, width);
                }
            } else if chosen.len() < width && (rank < width || !last) {
                chosen.push(way);
            }
        }
        // What is unfinished can only get less likely.
        let best = chosen.first().map_or(f32::NEG_INFINITY, |way| way.total);
        let worst = done.iter().map(|found| found.score).fold(f32::INFINITY, f32::min);
        if chosen.is_empty() || (done.len() >= width && worst >= scored(best, length + 1)) {
            return Ok(sorted(done));
        }
        let mut next = Vec::with_capacity(chosen.len());
        for way in chosen {
            let Some(line) = lines.get(way.line) else { continue };
            let tokens = [line.tokens.as_slice(), &[way.token]].concat();
            if rules.watch_circles && is_circling(&tokens) {
                let score = scored(way.total, length + 1);
                keep(&mut done, Found { tokens, score, ended: Ended::Repeating }, width);
                continue;
            }
            next.push((tokens, way));
        }
        // Between two runs, so that it ends within a token also where many lines are kept.
        let mut continued = Vec::with_capacity(next.len());
        let mut stopped = None;
        let best = next.first().map(|(tokens, _)| tokens.clone()).unwrap_or_default();
        for (tokens, way) in next {
            if stopped.is_none() {
                stopped = match tell(&best)? {
                    Flow::Stop => Some(Ended::Cancelled),
                    Flow::On if Instant::now() >= rules.until => Some(Ended::Time),
                    Flow::On => None,
                };
            }
            let Some(line) = lines.get(way.line) else { continue };
            let (numbers, state) = if last || stopped.is_some() {
                (Vec::new(), line.state.clone())
            } else {
                steps.next(&line.state, way.token)?
            };
            continued.push(Line { tokens, total: way.total, numbers, state });
        }
        lines = continued;
        if let Some(why) = stopped {
            ended = why;
            break;
        }
        if lines.is_empty() {
            return Ok(sorted(done));
        }
    }
    for line in lines {
        let score = scored(line.total, line.tokens.len());
        keep(&mut done, Found { tokens: line.tokens, score, ended }, width);
    }
    Ok(sorted(done))
}

/// The likeliest ways to go on over all lines, the likeliest first.
fn ways<T>(lines: &mut [Line<T>], count: usize, rules: &Rules<'_>) -> Vec<Way> {
    let mut all: Vec<Way> = Vec::new();
    for (at, line) in lines.iter_mut().enumerate() {
        let total = log_total(&line.numbers);
        line.numbers.iter_mut().for_each(|number| *number -= total);
        penalise(&mut line.numbers, rules, &line.tokens);
        let mut order: Vec<u32> = (0..u32::try_from(line.numbers.len()).unwrap_or(u32::MAX)).collect();
        let of = |token: &u32| line.numbers.get(*token as usize).copied().unwrap_or(f32::NEG_INFINITY);
        let likelier = |a: &u32, b: &u32| of(b).total_cmp(&of(a)).then(a.cmp(b));
        if order.len() > count {
            order.select_nth_unstable_by(count, likelier);
            order.truncate(count);
        }
        order.sort_unstable_by(likelier);
        all.extend(order.iter().map(|token| Way { line: at, token: *token, total: line.total + of(token) }));
    }
    all.sort_by(|a, b| b.total.total_cmp(&a.total).then(a.line.cmp(&b.line)).then(a.token.cmp(&b.token)));
    all.truncate(count);
    all
}

/// Keeps an answer if it is among the best.
fn keep(done: &mut Vec<Found>, found: Found, width: usize) {
    done.push(found);
    if done.len() > width {
        let worst = (0..done.len()).min_by(|&a, &b| score(done, a).total_cmp(&score(done, b)));
        if let Some(worst) = worst {
            done.remove(worst);
        }
    }
}

fn score(done: &[Found], at: usize) -> f32 {
    done.get(at).map_or(f32::NEG_INFINITY, |found| found.score)
}

fn sorted(mut done: Vec<Found>) -> Vec<Found> {
    done.sort_by(|a, b| b.score.total_cmp(&a.score));
    done
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::decode::greedy;
    use super::super::decode::tests::{Table, rules};
    use super::*;

    fn best(table: &mut Table, width: usize, rules: &Rules<'_>) -> Vec<Found> {
        let begin = (table.rows[1].clone(), vec![1]);
        search(table, begin, width, rules, &mut |_| Ok(Flow::On)).unwrap()
    }

    /// By the likelihood of whole answers: the first token's likeliest choice (2) leads to a worse answer than 3.
    fn garden_path() -> Table {
        let ln = |shares: [f32; 4]| shares.iter().map(|share| share.ln()).collect();
        Table {
            rows: vec![
                ln([1.0, 1e-9, 1e-9, 1e-9]),
                ln([1e-9, 1e-9, 0.6, 0.4]),
                ln([0.3, 0.3, 0.2, 0.2]),
                ln([0.97, 0.01, 0.01, 0.01]),
            ],
            runs: 0,
        }
    }

    #[test]
    fn a_better_answer_than_the_greedy_one_is_found() {
        let rules = Rules { length_penalty: 0.0, ..rules(4) };
        let found = best(&mut garden_path(), 2, &rules);
        assert_eq!((found[0].tokens.as_slice(), found[0].ended), ([3].as_slice(), Ended::Stop));
        assert!(found[0].score > found[1].score && found.len() == 2);
    }

    #[test]
    fn what_is_called_off_is_known_as_cut_and_asks_for_nothing_more() {
        let mut table = garden_path();
        let begin = (table.rows[1].clone(), vec![1]);
        let found = search(&mut table, begin, 2, &rules(10), &mut |_| Ok(Flow::Stop)).unwrap();
        assert_eq!(table.runs, 0);
        assert!(
            found.iter().all(|found| found.ended == Ended::Cancelled && found.tokens.len() == 1),
            "{found:?}"
        );
    }

    proptest! {
        #[test]
        fn one_line_is_greedy(rows in proptest::collection::vec(proptest::collection::vec(-5.0..5.0_f32, 4), 4), most in 1..12_usize) {
            let rules = rules(most);
            let mut table = Table { rows, runs: 0 };
            let begin = (table.rows[1].clone(), vec![1]);
            let one = greedy(&mut table, begin, &rules, &mut |_| Ok(Flow::On)).unwrap();
            let found = best(&mut table, 1, &rules);
            // The search may find an end later on that is better than the first; where the first is all, it is the same.
            prop_assert!(found[0].score >= one.score - 1e-4, "{found:?} {one:?}");
            if one.ended == Ended::Tokens {
                prop_assert_eq!(&found[0].tokens, &one.tokens);
            }
        }

        #[test]
        fn answers_are_as_many_as_asked_for_different_and_in_order(
            rows in proptest::collection::vec(proptest::collection::vec(-3.0..3.0_f32, 6), 6), width in 1..4_usize,
        ) {
            let found = best(&mut Table { rows, runs: 0 }, width, &rules(6));
            prop_assert_eq!(found.len(), width);
            for pair in found.windows(2) {
                prop_assert!(pair[0].score >= pair[1].score);
                prop_assert!(pair[0].tokens != pair[1].tokens || pair[0].ended != pair[1].ended);
            }
        }
    }
}
