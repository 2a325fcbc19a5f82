//! CVSS vectors of every version, and the score that the specification computes from one.
//!
//! Never guesses: a vector that lacks a mandatory metric, or gives one a value its version does not know, has no
//! score. Metrics of the temporal, threat or environmental groups are read past in versions 2 and 3, whose base
//! score does not depend on them; in version 4 there is one score, and it takes all that is given.

/// A version of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// 2.0, with or without its parentheses.
    V2,
    /// 3.0.
    V30,
    /// 3.1; also a vector of version 3 that does not say which.
    V31,
    /// 4.0.
    V4,
}

/// A vector taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector<'a> {
    /// Its version.
    pub version: Version,
    metrics: Vec<(&'a str, &'a str)>,
}

/// More metrics than any version has; a longer text is no vector.
const MOST_METRICS: usize = 40;

impl<'a> Vector<'a> {
    /// Takes a vector apart: `CVSS:3.1/AV:N/…`, `AV:N/AC:L/Au:N/…`, `(AV:N/…)`, `CVSS2#AV:N/…`. `None` where it is
    /// none, or names a metric twice.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim().trim_start_matches('(').trim_end_matches(')').trim_end_matches('/');
        let (version, rest) = match text.split_once(['/', '#']) {
            Some(("CVSS:4.0", rest)) => (Some(Version::V4), rest),
            Some(("CVSS:3.1", rest)) => (Some(Version::V31), rest),
            Some(("CVSS:3.0", rest)) => (Some(Version::V30), rest),
            Some(("CVSS:2.0" | "CVSS2", rest)) => (Some(Version::V2), rest),
            _ => (None, text),
        };
        let mut metrics: Vec<(&str, &str)> = Vec::new();
        for part in rest.split('/') {
            let (name, value) = part.split_once(':')?;
            if name.is_empty() || value.is_empty() || metrics.len() >= MOST_METRICS {
                return None;
            }
            if metrics.iter().any(|(known, _)| *known == name) {
                return None;
            }
            metrics.push((name, value));
        }
        let named = |name: &str| metrics.iter().any(|(known, _)| *known == name);
        let version = version.or_else(|| {
            if named("Au") {
                Some(Version::V2)
            } else if named("AT") && named("VC") {
                Some(Version::V4)
            } else if named("PR") && named("S") {
                Some(Version::V31)
            } else {
                None
            }
        })?;
        Some(Self { version, metrics })
    }

    /// The value of a metric, as written.
    #[must_use]
    pub fn get(&self, metric: &str) -> Option<&'a str> {
        self.metrics.iter().find(|(name, _)| *name == metric).map(|(_, value)| *value)
    }

    /// The base score (version 4: the score of all metrics given), exactly as the specification computes it.
    #[must_use]
    pub fn score(&self) -> Option<f32> {
        let tenths = match self.version {
            Version::V2 => self.score_2()?,
            Version::V30 | Version::V31 => self.score_3()?,
            Version::V4 => v4::tenths(self)?,
        };
        // A tenth is not exact in binary; this gives the number nearest to the one printed.
        Some((tenths / 10.0) as f32)
    }

    fn weight(&self, metric: &str, weights: &[(&str, f64)]) -> Option<f64> {
        let value = self.get(metric)?;
        weights.iter().find(|(known, _)| *known == value).map(|(_, weight)| *weight)
    }

    /// CVSS v2.0 guide, section 3.2.1, in tenths.
    fn score_2(&self) -> Option<f64> {
        const IMPACT: &[(&str, f64)] = &[("N", 0.0), ("P", 0.275), ("C", 0.660)];
        let access = self.weight("AV", &[("L", 0.395), ("A", 0.646), ("N", 1.0)])?;
        let complexity = self.weight("AC", &[("H", 0.35), ("M", 0.61), ("L", 0.71)])?;
        let authentication = self.weight("Au", &[("M", 0.45), ("S", 0.56), ("N", 0.704)])?;
        let (c, i, a) = (self.weight("C", IMPACT)?, self.weight("I", IMPACT)?, self.weight("A", IMPACT)?);
        let impact = 10.41 * (1.0 - (1.0 - c) * (1.0 - i) * (1.0 - a));
        let exploitability = 20.0 * access * complexity * authentication;
        let factor = if impact > 0.0 { 1.176 } else { 0.0 };
        Some(nearest_tenth((0.6 * impact + 0.4 * exploitability - 1.5) * factor))
    }

    /// CVSS v3.1 specification, section 7.1 and appendix A, in tenths; v3.0 has the same weights.
    fn score_3(&self) -> Option<f64> {
        const IMPACT: &[(&str, f64)] = &[("H", 0.56), ("L", 0.22), ("N", 0.0)];
        let changed = match self.get("S")? {
            "C" => true,
            "U" => false,
            _ => return None,
        };
        let access = self.weight("AV", &[("N", 0.85), ("A", 0.62), ("L", 0.55), ("P", 0.2)])?;
        let complexity = self.weight("AC", &[("L", 0.77), ("H", 0.44)])?;
        let privileges = if changed {
            self.weight("PR", &[("N", 0.85), ("L", 0.68), ("H", 0.5)])?
        } else {
            self.weight("PR", &[("N", 0.85), ("L", 0.62), ("H", 0.27)])?
        };
        let interaction = self.weight("UI", &[("N", 0.85), ("R", 0.62)])?;
        let (c, i, a) = (self.weight("C", IMPACT)?, self.weight("I", IMPACT)?, self.weight("A", IMPACT)?);
        let base = 1.0 - (1.0 - c) * (1.0 - i) * (1.0 - a);
        let impact =
            if changed { 7.52 * (base - 0.029) - 3.25 * (base - 0.02).powi(15) } else { 6.42 * base };
        if impact <= 0.0 {
            return Some(0.0);
        }
        let exploitability = 8.22 * access * complexity * privileges * interaction;
        let sum = impact + exploitability;
        Some(next_tenth((if changed { 1.08 * sum } else { sum }).min(10.0)))
    }
}

/// The score of a vector, where it is one and complete.
#[must_use]
pub fn score(vector: &str) -> Option<f32> {
    Vector::parse(vector)?.score()
}

/// Rounds to the nearest tenth, halves up, and gives tenths; the small summand undoes the binary error.
fn nearest_tenth(value: f64) -> f64 {
    (value * 10.0 + 1e-6).round().max(0.0)
}

/// `Roundup` of CVSS v3.1, appendix A, which is done in integers because of the binary error; gives tenths.
fn next_tenth(value: f64) -> f64 {
    let scaled = (value * 100_000.0).round();
    if scaled % 10_000.0 == 0.0 { scaled / 10_000.0 } else { (scaled / 10_000.0).floor() + 1.0 }
}

mod v4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples_get_their_published_scores() {
        let examples = [
            // CVSS v2.0 guide, section 3.3.
            ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8),
            ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0),
            ("AV:L/AC:H/Au:N/C:C/I:C/A:C", 6.2),
            ("(AV:N/AC:L/Au:N/C:P/I:P/A:P)", 7.5),
            ("CVSS2#AV:N/AC:M/Au:N/C:N/I:P/A:N/E:F/RL:OF", 4.3),
            // CVSS v3.1 examples document.
            ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4),
            ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1),
            ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),
            ("CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L", 4.2),
            ("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", 4.6),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
            ("AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
            ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N/RL:O", 5.5),
            // CVSS v4.0 examples document.
            ("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10.0),
            ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.7),
            ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", 5.2),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0.0),
        ];
        for (vector, expected) in examples {
            assert_eq!(score(vector), Some(expected), "{vector}");
        }
    }

    #[test]
    fn a_vector_that_is_none_or_incomplete_has_no_score() {
        for vector in [
            "",
            "critical",
            "9.8",
            "CVSS:3.1/",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
            "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H",
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:W",
            "AV:N/AC:L/Au:N/C:X/I:N/A:N",
            "OWASP/K9:M1:O0:Z2/D1:X1:W1:L3/C2:I1:A1:T1/F1:R1:S2:P3/50",
        ] {
            assert_eq!(score(vector), None, "{vector}");
        }
    }

    #[test]
    fn the_version_is_told_by_the_prefix_or_by_the_metrics() {
        for (vector, version) in [
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Version::V30),
            ("AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Version::V31),
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", Version::V2),
            ("AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", Version::V4),
        ] {
            assert_eq!(Vector::parse(vector).map(|vector| vector.version), Some(version), "{vector}");
        }
    }
}
