//! Ranges of versions as pip, npm and Cargo write them: whether one lets a version in, and how it is written where it is to
//! begin at that.
//!
//! What cannot be changed rightly is left, with why: a range of which the version is no part is somebody's decision.

use std::cmp::Ordering;

use super::version::compare;

/// Whose ranges they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Pip,
    Npm,
    Cargo,
}

/// One comparison of a range.
struct Bound<'r> {
    sign: &'r str,
    version: &'r str,
}

impl Bound<'_> {
    /// The numbers that stand there, without those that are left open: two of `1.2.*`.
    fn fixed(&self) -> Vec<&str> {
        self.version.split('.').take_while(|part| !matches!(*part, "*" | "x" | "X")).collect()
    }

    fn is_open(&self) -> bool {
        self.version.split('.').any(|part| matches!(part, "*" | "x" | "X"))
    }

    /// Whether a version is one of those that begin as this does, with so many of its numbers.
    fn begins(&self, to: &str, numbers: usize) -> bool {
        let fixed = self.fixed();
        let mut parts = to.split(['.', '-', '+']);
        fixed.iter().take(numbers).all(|part| parts.next().unwrap_or("0") == *part)
    }

    fn lets_in(&self, to: &str) -> bool {
        let order = compare(to, self.version);
        let count = self.fixed().len();
        match self.sign {
            ">=" => order != Ordering::Less,
            ">" => order == Ordering::Greater,
            "<" => order == Ordering::Less,
            "<=" => order != Ordering::Greater,
            "!=" => !(self.begins(to, count) && (self.is_open() || order == Ordering::Equal)),
            "~=" => order != Ordering::Less && self.begins(to, count.saturating_sub(1).max(1)),
            _ => self.begins(to, count) && (self.is_open() || order == Ordering::Equal),
        }
    }
}

const SIGNS: [&str; 11] = ["===", "~=", "==", "!=", "<=", ">=", "<", ">", "^", "~", "="];

fn bound(text: &str) -> Option<Bound<'_>> {
    let sign = SIGNS.into_iter().find(|sign| text.starts_with(sign)).unwrap_or("");
    let version = text.get(sign.len()..)?.trim();
    let bare = version.strip_prefix('v').unwrap_or(version);
    let begins = bare.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '*' | 'x' | 'X'));
    let is_version = begins && bare.chars().all(|c| c.is_ascii_alphanumeric() || ".-+*!_".contains(c));
    is_version.then_some(Bound { sign, version: bare })
}

/// A range in its comparisons, each as it is written; `None` where it is none.
fn bounds(text: &str, dialect: Dialect) -> Option<Vec<&str>> {
    if dialect != Dialect::Npm {
        return Some(text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect());
    }
    let mut parts: Vec<&str> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        // A sign may stand apart from its version.
        let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign)).unwrap_or("");
        let behind = rest.get(sign.len()..)?;
        let start = sign.len() + (behind.len() - behind.trim_start().len());
        let end = rest.get(start..)?.find(char::is_whitespace).map_or(rest.len(), |at| start + at);
        parts.push(rest.get(..end)?);
        rest = rest.get(end..)?.trim_start();
    }
    Some(parts)
}

/// What is asked for, written so that it begins at a version.
///
/// # Errors
/// Why that cannot be done, in words that go on after what asks for it.
pub(super) fn raised(asked: &str, to: &str, dialect: Dialect) -> Result<String, String> {
    let asked = asked.trim();
    let odd = || format!("asks for `{asked}`, which is another's to change");
    if asked.contains("||") || asked.contains(" - ") || asked.contains("===") {
        return Err(odd());
    }
    let written = bounds(asked, dialect).ok_or_else(odd)?;
    let read: Vec<Bound<'_>> =
        written.iter().map(|part| bound(part)).collect::<Option<_>>().ok_or_else(odd)?;
    match (dialect, read.as_slice()) {
        (_, []) => return Ok(format!(">={to}")),
        // What is pinned is pinned anew, also to another major version: the words say that it is one.
        (Dialect::Npm | Dialect::Cargo, [one])
            if matches!(one.sign, "^" | "~" | "=" | "") && !one.is_open() =>
        {
            let count = one.fixed().len();
            // `1` and `1.2` are ranges of npm's, of all that begin so.
            if dialect == Dialect::Npm && one.sign.is_empty() && count < 3 {
                return open(one, to, count, asked);
            }
            return Ok(format!("{}{to}", one.sign));
        }
        (Dialect::Npm, [one]) if one.is_open() && matches!(one.sign, "" | "=") => {
            return open(one, to, one.fixed().len(), asked);
        }
        (Dialect::Cargo, [one]) if one.is_open() && one.sign.is_empty() => {
            return match one.fixed().len() {
                0 => Ok(format!(">={to}")),
                1 if one.begins(to, 1) => Ok(to.to_owned()),
                numbers if one.begins(to, numbers) => Ok(format!("~{to}")),
                _ => Err(leaves_out(asked, to)),
            };
        }
        _ => {}
    }
    if read.iter().any(|bound| matches!(bound.sign, "^" | "~") || bound.sign.is_empty()) {
        return Err(odd());
    }
    if read
        .iter()
        .any(|bound| matches!(bound.sign, ">=" | ">") && compare(bound.version, to) != Ordering::Less)
    {
        return Err(format!("asks for `{asked}` already: what is in use was not installed by it"));
    }
    if !read.iter().all(|bound| bound.lets_in(to)) {
        return Err(leaves_out(asked, to));
    }
    let lower = read.iter().position(|bound| matches!(bound.sign, ">=" | ">"));
    let part = if dialect == Dialect::Npm { " " } else { "," };
    match lower.and_then(|at| Some((read.get(at)?, written.get(at)?))) {
        Some((bound, old)) => {
            let new = old.replacen(bound.version, to, 1).replacen(bound.sign, ">=", 1);
            Ok(asked.replacen(*old, &new, 1))
        }
        None if dialect == Dialect::Cargo => Ok(format!("{asked}, >={to}")),
        None => Ok(format!("{asked}{part}>={to}")),
    }
}

/// All versions that begin alike, from one on.
fn open(bound: &Bound<'_>, to: &str, numbers: usize, asked: &str) -> Result<String, String> {
    if !bound.begins(to, numbers) {
        return Err(leaves_out(asked, to));
    }
    Ok(match numbers {
        0 => format!(">={to}"),
        1 => format!("^{to}"),
        _ => format!("~{to}"),
    })
}

fn leaves_out(asked: &str, to: &str) -> String {
    format!("asks for `{asked}`, which leaves {to} out")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_range_begins_at_the_version_and_ends_where_it_did() {
        use Dialect::{Cargo, Npm, Pip};
        for (dialect, asked, after) in [
            (Pip, "", ">=1.5.2"),
            (Pip, ">=1.2,<2", ">=1.5.2,<2"),
            (Pip, "<2,>=1.2", "<2,>=1.5.2"),
            (Pip, ">1.2, <2", ">=1.5.2, <2"),
            (Pip, "<2", "<2,>=1.5.2"),
            (Pip, "~=1.2", "~=1.2,>=1.5.2"),
            (Pip, "==1.*", "==1.*,>=1.5.2"),
            (Pip, ">=1.2,!=1.4", ">=1.5.2,!=1.4"),
            (Npm, "1.2.3", "1.5.2"),
            (Npm, "^1.2.3", "^1.5.2"),
            (Npm, "~1.2", "~1.5.2"),
            (Npm, ">=1.2 <2", ">=1.5.2 <2"),
            (Npm, ">= 1.2 < 2.0.0", ">= 1.5.2 < 2.0.0"),
            (Npm, "1.x", "^1.5.2"),
            (Npm, "1", "^1.5.2"),
            (Npm, "1.5", "~1.5.2"),
            (Npm, "*", ">=1.5.2"),
            (Npm, "<2", "<2 >=1.5.2"),
            (Cargo, "1.2", "1.5.2"),
            (Cargo, "=1.2.3", "=1.5.2"),
            (Cargo, ">=1.2, <2", ">=1.5.2, <2"),
            (Cargo, "1.*", "1.5.2"),
            (Cargo, "*", ">=1.5.2"),
        ] {
            assert_eq!(raised(asked, "1.5.2", dialect).as_deref(), Ok(after), "{dialect:?} {asked}");
        }
    }

    #[test]
    fn a_range_that_leaves_the_version_out_or_is_another_thing_is_left_with_why() {
        use Dialect::{Cargo, Npm, Pip};
        for (dialect, asked, why) in [
            (Pip, ">=1.2,<1.5", "leaves 1.5.2 out"),
            (Pip, "~=1.2.3", "leaves 1.5.2 out"),
            (Pip, ">=1.2,!=1.5.2", "leaves 1.5.2 out"),
            (Pip, "==1.4.*", "leaves 1.5.2 out"),
            (Pip, ">=1.6", "already"),
            (Pip, "===1.2", "another's"),
            (Pip, "@ https://host/a.whl", "another's"),
            (Npm, ">=1 <1.5", "leaves 1.5.2 out"),
            (Npm, "2.x", "leaves 1.5.2 out"),
            (Npm, "1.2 || 2", "another's"),
            (Npm, "1.2 - 1.4", "another's"),
            (Npm, "latest", "another's"),
            (Npm, "git+https://host/a.git", "another's"),
            (Npm, "^1.2 ^1.3", "another's"),
            (Cargo, ">=0.1, <0.3", "leaves 1.5.2 out"),
            (Cargo, "0.*", "leaves 1.5.2 out"),
        ] {
            let refused = raised(asked, "1.5.2", dialect).unwrap_err();
            assert!(refused.contains(why), "{dialect:?} {asked}: {refused}");
        }
    }

    proptest! {
        #[test]
        fn what_a_raised_range_lets_in_the_old_one_let_in_too(
            low in (0_u32..4, 0_u32..6), high in (0_u32..4, 0_u32..6), to in (0_u32..4, 0_u32..6, 0_u32..6),
            other in (0_u32..4, 0_u32..6, 0_u32..6),
        ) {
            let asked = format!(">={}.{},<{}.{}", low.0, low.1, high.0, high.1);
            let version = |it: (u32, u32, u32)| format!("{}.{}.{}", it.0, it.1, it.2);
            let lets_in = |range: &str, version: &str| {
                bounds(range, Dialect::Pip).unwrap().iter().all(|part| bound(part).unwrap().lets_in(version))
            };
            let (to, other) = (version(to), version(other));
            if let Ok(after) = raised(&asked, &to, Dialect::Pip) {
                prop_assert!(lets_in(&after, &to) && lets_in(&asked, &to), "{asked} {to} {after}");
                if lets_in(&after, &other) {
                    prop_assert!(lets_in(&asked, &other), "{asked} {after} {other}");
                    prop_assert!(compare(&other, &to) != Ordering::Less, "{after} {other}");
                }
            }
        }

        #[test]
        fn no_text_is_a_fault(asked in "\\PC{0,24}", to in "[0-9.]{0,8}") {
            for dialect in [Dialect::Pip, Dialect::Npm, Dialect::Cargo] {
                let _ = raised(&asked, &to, dialect);
            }
        }
    }
}
