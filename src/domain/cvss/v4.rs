//! The score of CVSS v4.0: a macro-vector's table value, less the mean distance to the next lower macro-vectors.

use super::{Vector, nearest_tenth};

/// The published scores of all macro-vectors in tenths. Rows: EQ1, then EQ2, then EQ3 with EQ6 in the order of
/// [`JOINT`]; columns: EQ4, then EQ5.
#[rustfmt::skip]
static SCORES: [[u8; 9]; 30] = [
    [100, 98, 95, 100, 93, 91, 93, 89, 81],
    [99, 95, 92, 96, 87, 81, 90, 80, 68],
    [98, 95, 90, 93, 89, 81, 88, 78, 69],
    [95, 92, 84, 92, 81, 65, 80, 70, 48],
    [92, 82, 72, 79, 69, 50, 69, 55, 27],
    [99, 95, 92, 95, 90, 84, 92, 82, 72],
    [97, 92, 85, 91, 83, 71, 81, 71, 53],
    [95, 92, 85, 92, 80, 70, 84, 71, 50],
    [93, 85, 73, 82, 72, 59, 70, 52, 30],
    [86, 75, 52, 71, 52, 29, 63, 29, 17],
    [98, 94, 91, 94, 86, 77, 87, 74, 63],
    [95, 87, 81, 89, 74, 64, 75, 63, 49],
    [94, 88, 76, 86, 74, 59, 72, 57, 52],
    [89, 77, 67, 76, 58, 50, 57, 52, 25],
    [83, 70, 54, 65, 58, 26, 53, 21, 13],
    [95, 88, 76, 90, 75, 61, 77, 68, 52],
    [90, 76, 70, 77, 62, 53, 66, 59, 30],
    [89, 76, 62, 74, 57, 47, 61, 57, 24],
    [78, 67, 58, 59, 57, 23, 52, 29, 16],
    [71, 59, 30, 58, 26, 15, 23, 13, 6],
    [93, 86, 75, 86, 74, 56, 70, 52, 40],
    [87, 72, 58, 74, 61, 34, 54, 40, 22],
    [85, 74, 62, 72, 55, 46, 53, 34, 19],
    [75, 55, 51, 57, 41, 19, 36, 19, 8],
    [64, 51, 20, 47, 21, 11, 24, 9, 4],
    [88, 73, 60, 73, 59, 41, 54, 45, 20],
    [75, 53, 50, 55, 40, 20, 43, 22, 11],
    [75, 58, 40, 61, 48, 20, 46, 17, 8],
    [55, 45, 21, 51, 18, 9, 18, 7, 2],
    [53, 24, 14, 24, 12, 5, 10, 3, 1],
];

/// The values that EQ3 and EQ6 can have together; no vital impact (EQ3 is 2) excludes a required one (EQ6 is 0).
const JOINT: [(u8, u8); 5] = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 1)];

/// A metric, and its values from the worst on; a value's position is its severity level.
type Levels = (&'static str, &'static [&'static str]);

const EQ1: [Levels; 3] = [("AV", &["N", "A", "L", "P"]), ("PR", &["N", "L", "H"]), ("UI", &["N", "P", "A"])];
const EQ2: [Levels; 2] = [("AC", &["L", "H"]), ("AT", &["N", "P"])];
const EQ36: [Levels; 6] = [
    ("VC", &["H", "L", "N"]),
    ("VI", &["H", "L", "N"]),
    ("VA", &["H", "L", "N"]),
    ("CR", &["H", "M", "L"]),
    ("IR", &["H", "M", "L"]),
    ("AR", &["H", "M", "L"]),
];
const EQ4: [Levels; 3] =
    [("SC", &["S", "H", "L", "N"]), ("SI", &["S", "H", "L", "N"]), ("SA", &["S", "H", "L", "N"])];

/// The highest severity vectors of a macro-vector's part, as levels of its metrics, and the part's depth.
struct Part {
    highest: &'static [&'static [u8]],
    depth: u8,
}

static PARTS_1: [Part; 3] = [
    Part { highest: &[&[0, 0, 0]], depth: 1 },
    Part { highest: &[&[1, 0, 0], &[0, 1, 0], &[0, 0, 1]], depth: 4 },
    Part { highest: &[&[3, 0, 0], &[1, 1, 1]], depth: 5 },
];
static PARTS_2: [Part; 2] =
    [Part { highest: &[&[0, 0]], depth: 1 }, Part { highest: &[&[1, 0], &[0, 1]], depth: 2 }];
/// In the order of [`JOINT`].
static PARTS_36: [Part; 5] = [
    Part { highest: &[&[0, 0, 0, 0, 0, 0]], depth: 7 },
    Part { highest: &[&[0, 0, 1, 1, 1, 0], &[0, 0, 0, 1, 1, 1]], depth: 6 },
    Part { highest: &[&[1, 0, 0, 0, 0, 0], &[0, 1, 0, 0, 0, 0]], depth: 8 },
    Part {
        highest: &[
            &[1, 0, 1, 0, 1, 0],
            &[1, 0, 0, 0, 1, 1],
            &[0, 1, 0, 1, 0, 1],
            &[0, 1, 1, 1, 0, 0],
            &[1, 1, 0, 0, 0, 1],
        ],
        depth: 8,
    },
    Part { highest: &[&[1, 1, 1, 0, 0, 0]], depth: 10 },
];
static PARTS_4: [Part; 3] = [
    Part { highest: &[&[1, 0, 0]], depth: 6 },
    Part { highest: &[&[1, 1, 1]], depth: 5 },
    Part { highest: &[&[2, 2, 2]], depth: 4 },
];

/// The score in tenths.
pub(super) fn tenths(vector: &Vector<'_>) -> Option<f64> {
    let metrics = Metrics(vector);
    // Every mandatory metric must be there, even where an environmental one overrides it.
    for (name, values) in EQ1.iter().chain(&EQ2).chain(EQ36.get(..3)?).chain(&EQ4) {
        let value = vector.get(name)?;
        if !values.contains(&value) || (value == "S" && name.starts_with('S')) {
            return None;
        }
    }
    let is = |name: &str, value: &str| metrics.value(name) == Some(value);
    if ["VC", "VI", "VA", "SC", "SI", "SA"].into_iter().all(|name| is(name, "N")) {
        return Some(0.0);
    }

    let open = ["AV", "PR", "UI"].into_iter().filter(|name| is(name, "N")).count();
    let eq1 = match open {
        3 => 0,
        1 | 2 if !is("AV", "P") => 1,
        _ => 2,
    };
    let eq2 = u8::from(!(is("AC", "L") && is("AT", "N")));
    let eq3 = if is("VC", "H") && is("VI", "H") {
        0
    } else if is("VC", "H") || is("VI", "H") || is("VA", "H") {
        1
    } else {
        2
    };
    let eq4 = if is("SI", "S") || is("SA", "S") {
        0
    } else if is("SC", "H") || is("SI", "H") || is("SA", "H") {
        1
    } else {
        2
    };
    let eq5 = match metrics.value("E")? {
        "A" => 0,
        "P" => 1,
        "U" => 2,
        _ => return None,
    };
    let required = [("CR", "VC"), ("IR", "VI"), ("AR", "VA")];
    let eq6 = u8::from(!required.into_iter().any(|(need, impact)| is(need, "H") && is(impact, "H")));

    let value = looked_up(eq1, eq2, eq3, eq4, eq5, eq6)?;
    let lower36 = match (eq3, eq6) {
        (0, 0) => [looked_up(eq1, eq2, 0, eq4, eq5, 1), looked_up(eq1, eq2, 1, eq4, eq5, 0)]
            .into_iter()
            .flatten()
            .reduce(f64::max),
        (1, 0) => looked_up(eq1, eq2, 1, eq4, eq5, 1),
        _ => looked_up(eq1, eq2, eq3 + 1, eq4, eq5, eq6),
    };
    let joint = JOINT.iter().position(|pair| *pair == (eq3, eq6))?;
    let distances = [
        (looked_up(eq1 + 1, eq2, eq3, eq4, eq5, eq6), metrics.depth(&EQ1, PARTS_1.get(usize::from(eq1))?)?),
        (looked_up(eq1, eq2 + 1, eq3, eq4, eq5, eq6), metrics.depth(&EQ2, PARTS_2.get(usize::from(eq2))?)?),
        (lower36, metrics.depth(&EQ36, PARTS_36.get(joint)?)?),
        (looked_up(eq1, eq2, eq3, eq4 + 1, eq5, eq6), metrics.depth(&EQ4, PARTS_4.get(usize::from(eq4))?)?),
        // EQ5 has one metric, so a vector is always at the top of it.
        (looked_up(eq1, eq2, eq3, eq4, eq5 + 1, eq6), 0.0),
    ];
    let mut lower = 0.0;
    let mut sum = 0.0;
    for (next, depth) in distances {
        if let Some(next) = next {
            lower += 1.0;
            sum += (value - next) * depth;
        }
    }
    let mean = if lower > 0.0 { sum / lower } else { 0.0 };
    Some(nearest_tenth((value - mean).clamp(0.0, 100.0) / 10.0))
}

/// A macro-vector's score in tenths; `None` where there is no such macro-vector.
fn looked_up(eq1: u8, eq2: u8, eq3: u8, eq4: u8, eq5: u8, eq6: u8) -> Option<f64> {
    if eq1 > 2 || eq2 > 1 || eq4 > 2 || eq5 > 2 {
        return None;
    }
    let joint = JOINT.iter().position(|pair| *pair == (eq3, eq6))?;
    let row = (usize::from(eq1) * 2 + usize::from(eq2)) * JOINT.len() + joint;
    let column = usize::from(eq4) * 3 + usize::from(eq5);
    SCORES.get(row)?.get(column).map(|&tenths| f64::from(tenths))
}

struct Metrics<'v, 'a>(&'v Vector<'a>);

impl<'a> Metrics<'_, 'a> {
    /// The value that counts: the modified one where given; the worst case for what is not defined.
    fn value(&self, name: &str) -> Option<&'a str> {
        let given = |name: &str| self.0.get(name).filter(|value| *value != "X");
        match name {
            "E" => Some(given("E").unwrap_or("A")),
            "CR" | "IR" | "AR" => Some(given(name).unwrap_or("H")),
            _ => given(&format!("M{name}")).or_else(|| given(name)),
        }
    }

    fn levels(&self, metrics: &[Levels]) -> Option<Vec<u8>> {
        metrics
            .iter()
            .map(|(name, values)| {
                let value = self.value(name)?;
                let level = values.iter().position(|known| *known == value)?;
                u8::try_from(level).ok()
            })
            .collect()
    }

    /// How far the vector lies below the highest one of its part, as a share of the part's depth.
    fn depth(&self, metrics: &[Levels], part: &Part) -> Option<f64> {
        let levels = self.levels(metrics)?;
        let below = part.highest.iter().find_map(|highest| {
            levels.iter().zip(*highest).map(|(level, top)| level.checked_sub(*top)).sum::<Option<u8>>()
        })?;
        Some(f64::from(below) / f64::from(part.depth))
    }
}
