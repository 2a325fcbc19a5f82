//! Grades as models write them: words, priorities, scores, shares.

use serde_json::Value;

use crate::domain::{Confidence, Score, Severity};
use crate::ingest::look::Look;
use crate::ingest::reader::{self, Scale};

/// The words for severity. Several of them in one text: the gravest holds.
pub(super) const SEVERITY: Scale = &[
    ("critical", Severity::Critical),
    ("crit", Severity::Critical),
    ("blocker", Severity::Critical),
    ("catastrophic", Severity::Critical),
    ("extreme", Severity::Critical),
    ("very high", Severity::Critical),
    ("p0", Severity::Critical),
    ("sev0", Severity::Critical),
    ("sev1", Severity::Critical),
    ("high", Severity::High),
    ("severe", Severity::High),
    ("major", Severity::High),
    ("important", Severity::High),
    ("serious", Severity::High),
    ("error", Severity::High),
    ("p1", Severity::High),
    ("sev2", Severity::High),
    ("medium", Severity::Medium),
    ("moderate", Severity::Medium),
    ("med", Severity::Medium),
    ("warning", Severity::Medium),
    ("significant", Severity::Medium),
    ("p2", Severity::Medium),
    ("sev3", Severity::Medium),
    ("low", Severity::Low),
    ("minor", Severity::Low),
    ("very low", Severity::Low),
    ("p3", Severity::Low),
    ("sev4", Severity::Low),
    ("info", Severity::Info),
    ("informational", Severity::Info),
    ("information", Severity::Info),
    ("informative", Severity::Info),
    ("note", Severity::Info),
    ("notice", Severity::Info),
    ("trivial", Severity::Info),
    ("negligible", Severity::Info),
    ("p4", Severity::Info),
    ("p5", Severity::Info),
    ("sev5", Severity::Info),
];

/// A severity as it was understood.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Grade {
    pub(super) severity: Option<Severity>,
    /// As written.
    pub(super) words: String,
    /// A CVSS score that stood in it.
    pub(super) score: Option<Score>,
}

/// The grade of a single word or two.
pub(super) fn word(text: &str) -> Option<Severity> {
    reader::grade(SEVERITY, text)
}

/// Whether a grade says that there is no weakness at all.
pub(super) fn is_none(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    matches!(
        text.as_str(),
        "none"
            | "safe"
            | "secure"
            | "no risk"
            | "not vulnerable"
            | "no vulnerability"
            | "no severity"
            | "benign"
    )
}

/// Reads a grade. `cvss`: the field holds a CVSS score, not a grade of some scale.
pub(super) fn read(value: &Value, cvss: bool) -> Grade {
    match value {
        Value::Number(number) => {
            let words = number.to_string();
            number_grade(number.as_f64().unwrap_or_default(), words.contains('.'), cvss, &words)
        }
        Value::String(text) => text_grade(text, cvss),
        Value::Object(_) => object_grade(value, cvss),
        Value::Array(list) => list.iter().map(|value| read_flat(value, cvss)).fold(Grade::default(), graver),
        _ => Grade::default(),
    }
}

/// As [`read`], without looking into lists again.
fn read_flat(value: &Value, cvss: bool) -> Grade {
    if value.is_array() { Grade::default() } else { read(value, cvss) }
}

fn graver(one: Grade, other: Grade) -> Grade {
    if other.severity > one.severity || one.words.is_empty() { other } else { one }
}

/// `{"level": "High", "score": 8.1, "vector": "CVSS:3.1/…"}`
fn object_grade(value: &Value, cvss: bool) -> Grade {
    let named = |names: &[&str]| {
        names.iter().map(|name| value.at(name)).find(|value| value.is_string() || value.is_number()).cloned()
    };
    let mut grade =
        named(&["level", "severity", "rating", "value", "label", "name", "baseSeverity", "base_severity"])
            .map(|level| read(&level, false))
            .unwrap_or_default();
    let score = named(&["score", "cvss", "cvss_score", "base_score", "baseScore", "cvssScore"])
        .map(|score| read(&score, true));
    let vector = named(&["vector", "vector_string", "vectorString", "cvss_vector"]);
    if let Some(score) = score {
        let known = score.score.unwrap_or_default();
        grade.score = Some(Score {
            vector: vector.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(),
            ..known
        });
        if grade.severity.is_none() {
            (grade.severity, grade.words) = (score.severity, score.words);
        }
    } else if let Some(vector) = vector {
        grade.score = read(&vector, true).score;
    }
    if cvss && grade.words.is_empty() {
        grade.words = "cvss".to_owned();
    }
    grade
}

fn text_grade(text: &str, cvss: bool) -> Grade {
    let words = text.trim().to_owned();
    let lower = words.to_lowercase();
    let vector = lower.find("cvss:").and_then(|at| words.get(at..)).and_then(|rest| {
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, ')' | ',' | ';')).unwrap_or(rest.len());
        rest.get(..end).filter(|vector| vector.contains("/AV:") || vector.contains("/av:"))
    });
    let plain = vector.map_or_else(|| lower.clone(), |vector| lower.replacen(&vector.to_lowercase(), " ", 1));
    let tokens: Vec<&str> = plain
        .split(|c: char| !(c.is_alphanumeric() || c == '.'))
        .map(|token| token.trim_matches('.'))
        .filter(|token| !token.is_empty())
        .collect();
    let pair = |one: &str, two: &str| word(&format!("{one} {two}")).or_else(|| word(&format!("{one}{two}")));
    let mut severity: Option<Severity> = None;
    let mut skip = false;
    for (at, token) in tokens.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        let double = tokens.get(at + 1).and_then(|next| pair(token, next));
        skip = double.is_some();
        severity = severity.max(double.or_else(|| word(token)));
    }
    // The first number that is no version of CVSS: `CVSS v3.1: 9.8`.
    let number = tokens.iter().enumerate().find_map(|(at, token)| {
        let version = matches!(*token, "2.0" | "3.0" | "3.1" | "4.0")
            && tokens.get(at.wrapping_sub(1)).is_some_and(|word| matches!(*word, "cvss" | "v" | "version"))
            && tokens.iter().skip(at + 1).any(|token| token.parse::<f64>().is_ok());
        if version { None } else { token.parse::<f64>().ok().map(|number| (number, token.contains('.'), at)) }
    });
    let cvss = cvss || lower.contains("cvss");
    let mut grade = Grade { severity, words: words.clone(), score: None };
    if let Some((number, fraction, at)) = number {
        let after =
            plain.split(tokens.get(at).copied().unwrap_or_default()).nth(1).unwrap_or_default().trim_start();
        let out_of = after.strip_prefix('/').or_else(|| after.strip_prefix("out of")).and_then(|rest| {
            rest.trim_start().split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok()
        });
        let by_number = match out_of {
            Some(5) => number_grade(number.round(), false, false, &words),
            Some(10) => number_grade(number, true, cvss, &words),
            Some(100) => number_grade(number / 10.0, true, false, &words),
            _ if after.starts_with('%') => number_grade(number / 10.0, true, false, &words),
            _ => number_grade(number, fraction, cvss, &words),
        };
        // A word beside a number is what the source means; the number is kept where it is a CVSS score.
        if grade.severity.is_none() {
            grade.severity = by_number.severity;
        }
        grade.score = by_number.score.filter(|_| cvss);
    }
    if let Some(vector) = vector {
        grade.score.get_or_insert_with(Score::default).vector = vector.to_owned();
    }
    grade
}

/// A bare whole number from 1 to 5 counts in fives, 5 the gravest; anything else counts in tens as CVSS does.
fn number_grade(number: f64, fraction: bool, cvss: bool, words: &str) -> Grade {
    let mut grade = Grade { words: words.to_owned(), ..Grade::default() };
    if !(0.0..=100.0).contains(&number) {
        return grade;
    }
    if !cvss && !fraction && (1.0..=5.0).contains(&number) {
        grade.severity = Some(Severity::from_number((number as u8).saturating_sub(1)));
        return grade;
    }
    let score = if number > 10.0 { number / 10.0 } else { number } as f32;
    grade.severity = Some(Severity::from_score(score));
    if cvss && number <= 10.0 {
        grade.score = Some(Score { score: Some(score), ..Score::default() });
    }
    grade
}

/// Reads how sure the model says it is: a word, a share of 1, a percentage, a count out of ten.
pub(super) fn confidence(value: &Value) -> Option<Confidence> {
    match value {
        Value::Number(number) => share(number.as_f64()?, number.is_f64()),
        Value::String(text) => {
            let lower = text.trim().to_lowercase();
            let worded = Confidence::from_words(&lower).or_else(|| {
                lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).find_map(|word| {
                    match word {
                        "definite" | "definitely" | "sure" => Some(Confidence::High),
                        "probable" | "probably" => Some(Confidence::Medium),
                        "speculative" | "theoretical" => Some(Confidence::Low),
                        _ => Confidence::from_words(word),
                    }
                })
            });
            worded.or_else(|| {
                let digits: String = lower
                    .chars()
                    .skip_while(|c| !c.is_ascii_digit())
                    .take_while(|c| c.is_ascii_digit() || *c == '.')
                    .collect();
                let number: f64 = digits.trim_end_matches('.').parse().ok()?;
                let rest = lower.split_once(digits.as_str()).map_or("", |(_, rest)| rest.trim_start());
                if rest.starts_with('%') {
                    Confidence::from_share(number / 100.0)
                } else if let Some(whole) =
                    rest.strip_prefix('/').and_then(|rest| rest.trim().parse::<f64>().ok())
                {
                    Confidence::from_share(number / whole.max(1.0))
                } else {
                    share(number, digits.contains('.'))
                }
            })
        }
        Value::Object(_) => ["level", "score", "value", "label"]
            .iter()
            .map(|name| value.at(name))
            .filter(|value| value.is_string() || value.is_number())
            .find_map(confidence),
        _ => None,
    }
}

fn share(number: f64, fraction: bool) -> Option<Confidence> {
    if !fraction && (2.0..=10.0).contains(&number) {
        return Confidence::from_share(number / 10.0);
    }
    Confidence::from_share(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn severities_of_every_spelling_find_their_grade() {
        for (value, severity, score) in [
            (json!("High"), Some(Severity::High), None),
            (json!("SEVERE"), Some(Severity::High), None),
            (json!("moderate"), Some(Severity::Medium), None),
            (json!("P1"), Some(Severity::High), None),
            (json!("P0 - drop everything"), Some(Severity::Critical), None),
            (json!("SEV-1"), Some(Severity::Critical), None),
            (json!("Very High"), Some(Severity::Critical), None),
            (json!("very low"), Some(Severity::Low), None),
            (json!("Medium to High"), Some(Severity::High), None),
            (json!("🔴 Critical"), Some(Severity::Critical), None),
            (json!("informational"), Some(Severity::Info), None),
            (json!("8.1/10"), Some(Severity::High), None),
            (json!("4/5"), Some(Severity::High), None),
            (json!("90/100"), Some(Severity::Critical), None),
            (json!("CVSS 9.8 (Critical)"), Some(Severity::Critical), Some(9.8)),
            (json!("CVSS v3.1: 5.3"), Some(Severity::Medium), Some(5.3)),
            (json!("High (CVSS 6.5)"), Some(Severity::High), Some(6.5)),
            (json!(5), Some(Severity::Critical), None),
            (json!(1), Some(Severity::Info), None),
            (json!(3.0), Some(Severity::Low), None),
            (json!("3"), Some(Severity::Medium), None),
            (json!(9), Some(Severity::Critical), None),
            (json!(0), Some(Severity::Info), None),
            (json!(75), Some(Severity::High), None),
            (json!({"level": "high", "score": 7.5}), Some(Severity::High), Some(7.5)),
            (json!(["low", "high"]), Some(Severity::High), None),
            (json!("urgent"), None, None),
            (json!(-1), None, None),
            (json!(null), None, None),
            (json!(true), None, None),
        ] {
            let grade = read(&value, false);
            assert_eq!(grade.severity, severity, "{value}");
            assert_eq!(grade.score.and_then(|score| score.score), score, "{value}");
        }
        let vector = read(&json!("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H (9.8)"), true);
        assert_eq!(vector.severity, Some(Severity::Critical));
        assert_eq!(vector.score.unwrap().vector, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
        assert_eq!(read(&json!(3), true).severity, Some(Severity::Low));
    }

    #[test]
    fn confidences_are_words_shares_or_percentages() {
        use Confidence::{High, Low, Medium};
        for (value, expected) in [
            (json!("high"), Some(High)),
            (json!("Very High (95%)"), Some(High)),
            (json!("likely"), Some(Medium)),
            (json!(0.9), Some(High)),
            (json!(0.5), Some(Medium)),
            (json!("0.2"), Some(Low)),
            (json!("85%"), Some(High)),
            (json!(85), Some(High)),
            (json!("7/10"), Some(Medium)),
            (json!(8), Some(High)),
            (json!(1), Some(High)),
            (json!({"level": "low"}), Some(Low)),
            (json!("maybe"), None),
            (json!(-4), None),
            (json!(null), None),
        ] {
            assert_eq!(confidence(&value), expected, "{value}");
        }
    }
}
