//! Owns a model's golden numbers: what it answered to a fixed text when it was added, or as it was shipped. A runtime that
//! computes wrongly says nothing of it; these do.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::decode::largest;
use super::{InferError, files};

/// The file's name.
pub(super) const GOLDEN: &str = "golden.json";

/// How many tokens are asked for behind the text.
const STEPS: usize = 6;

/// How many numbers of each answer are kept.
const KEPT: usize = 48;

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Golden {
    /// Which runtime, in words.
    pub(super) made_by: String,
    /// The tokens it was asked about.
    pub(super) prompt: Vec<u32>,
    /// Its answers: behind the prompt, and behind each token that it chose itself.
    pub(super) steps: Vec<Step>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    /// The token that was read before it; `None` behind the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<u32>,
    /// The smallest and the largest number.
    pub(super) range: (f32, f32),
    /// Some of the numbers, by their places: the largest, and others evenly spread.
    pub(super) numbers: Vec<(u32, f32)>,
}

/// What is asked: code, since that is what it will read.
pub(super) const TEXT: &str =
    "def find(users, name):\n    query = \"SELECT * FROM users WHERE name = '\" + name + \"'\"\n";

impl Golden {
    /// Asks a model: `ask` reads tokens behind what was read before, the first time as a whole prompt.
    pub(super) fn ask(
        made_by: &str,
        prompt: &[u32],
        mut ask: impl FnMut(&[u32]) -> Result<Vec<f32>, InferError>,
    ) -> Result<Self, InferError> {
        let mut steps = Vec::with_capacity(STEPS);
        let mut numbers = ask(prompt)?;
        steps.push(Step::of(None, &numbers));
        while steps.len() < STEPS {
            let Some(token) = largest(&numbers) else { break };
            numbers = ask(&[token])?;
            steps.push(Step::of(Some(token), &numbers));
        }
        Ok(Self { made_by: made_by.to_owned(), prompt: prompt.to_vec(), steps })
    }

    /// Asks the same of a model as it is now. `tolerance` is a share of the range that an answer's numbers span.
    ///
    /// Gives the first difference.
    pub(super) fn differs(
        &self,
        tolerance: f32,
        mut ask: impl FnMut(&[u32]) -> Result<Vec<f32>, InferError>,
    ) -> Result<Option<String>, InferError> {
        for (at, step) in self.steps.iter().enumerate() {
            let told = match step.token {
                Some(token) => ask(&[token])?,
                None => ask(&self.prompt)?,
            };
            let bound = tolerance * (step.range.1 - step.range.0).max(1e-6);
            for &(place, number) in &step.numbers {
                let now = told.get(place as usize).copied().unwrap_or(f32::NAN);
                // Written so that what is no number is a difference too.
                let is_near = (now - number).abs() <= bound;
                if !is_near {
                    return Ok(Some(format!(
                        "after {at} tokens number {place} is {now} and should be {number}"
                    )));
                }
            }
        }
        Ok(None)
    }

    /// How far numbers may lie apart for weights of a precision: sums are made in another order elsewhere, and whole
    /// numbers are rounded from them.
    pub(super) fn tolerance(precision: &str) -> f32 {
        match precision {
            "fp32" => 0.002,
            "fp16" | "bf16" => 0.02,
            _ => 0.06,
        }
    }

    /// The golden numbers of a folder.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, InferError> {
        let Some(text) = files::text(folder, GOLDEN, 1 << 20)? else { return Ok(None) };
        let path = folder.join(GOLDEN);
        let golden: Self =
            serde_json::from_str(&text).map_err(|error| InferError::bad(&path, error.to_string()))?;
        let sound = (1..=4096).contains(&golden.prompt.len())
            && (1..=64).contains(&golden.steps.len())
            && golden.steps.iter().enumerate().all(|(at, step)| step.token.is_none() == (at == 0))
            && golden
                .steps
                .iter()
                .all(|step| !step.numbers.is_empty() && step.range.0.is_finite() && step.range.1.is_finite());
        if sound { Ok(Some(golden)) } else { Err(InferError::bad(&path, "it holds no golden numbers")) }
    }

    /// As it is kept.
    pub(super) fn written(&self, path: &Path) -> Result<String, InferError> {
        serde_json::to_string(self).map_err(|error| InferError::bad(path, error.to_string()))
    }
}

impl Step {
    fn of(token: Option<u32>, numbers: &[f32]) -> Self {
        let mut order: Vec<usize> = (0..numbers.len()).collect();
        let of = |at: &usize| numbers.get(*at).copied().unwrap_or(f32::NEG_INFINITY);
        order.sort_unstable_by(|a, b| of(b).total_cmp(&of(a)));
        order.truncate(KEPT / 2);
        let stride = (numbers.len() / (KEPT / 2)).max(1);
        order.extend((0..numbers.len()).step_by(stride));
        order.sort_unstable();
        order.dedup();
        let range = numbers.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &number| {
            (low.min(number), high.max(number))
        });
        let kept = order.iter().filter_map(|at| Some((u32::try_from(*at).ok()?, of(at)))).collect();
        Self { token, range, numbers: kept }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model whose numbers follow from all that it read.
    fn model(factor: f32) -> impl FnMut(&[u32]) -> Result<Vec<f32>, InferError> {
        let mut read = Vec::new();
        move |tokens| {
            read.extend_from_slice(tokens);
            let sum: u32 = read.iter().sum();
            Ok((0..200).map(|at| ((at * 37 + sum * 11) % 101) as f32 * factor).collect())
        }
    }

    #[test]
    fn a_model_answers_as_it_did() {
        let golden = Golden::ask("here", &[3, 4], model(1.0)).unwrap();
        assert_eq!((golden.steps.len(), golden.steps[0].token), (STEPS, None));
        assert_eq!(golden.differs(0.002, model(1.0)).unwrap(), None);
        assert_eq!(golden.differs(0.002, model(1.000_1)).unwrap(), None);
    }

    #[test]
    fn another_answer_is_told_at_its_first_difference() {
        let golden = Golden::ask("here", &[3, 4], model(1.0)).unwrap();
        let why = golden.differs(0.002, model(1.1)).unwrap().unwrap();
        assert!(why.starts_with("after 0 tokens number"), "{why}");
        assert!(golden.differs(0.002, |_| Ok(vec![f32::NAN; 200])).unwrap().is_some());
        assert!(golden.differs(0.002, |_| Ok(Vec::new())).unwrap().is_some());
    }

    #[test]
    fn golden_numbers_are_read_back_and_anything_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(GOLDEN);
        assert_eq!(Golden::read(folder.path()).unwrap(), None);
        let golden = Golden::ask("here", &[3, 4], model(1.0)).unwrap();
        std::fs::write(&path, golden.written(&path).unwrap()).unwrap();
        assert_eq!(Golden::read(folder.path()).unwrap(), Some(golden));
        for text in ["{}", r#"{"made_by": "x", "prompt": [], "steps": []}"#] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(Golden::read(folder.path()), Err(InferError::Bad { .. })), "{text}");
        }
    }
}
