//! Moments counted by the days on which they fell, in the reviewer's time.

use jiff::Zoned;
use jiff::civil::Date;

/// Days that are counted one by one; what is older is one number.
pub const DAYS: usize = 120;

/// How often something happened on each of the last days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Days {
    /// The last day; nothing where the calendar failed, and then all is in `before`.
    pub last: Option<Date>,
    /// Of each day up to the last one.
    pub each: Vec<u64>,
    /// Before all of them.
    pub before: u64,
}

impl Days {
    /// How often in the last days, so many of them.
    #[must_use]
    pub fn lately(&self, days: usize) -> u64 {
        self.each.iter().rev().take(days).sum()
    }

    /// How many there were at the end of each day.
    pub fn so_far(&self) -> impl Iterator<Item = u64> {
        self.each.iter().scan(self.before, |sum, day| {
            *sum += day;
            Some(*sum)
        })
    }
}

/// Counts moments by day.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    /// When each of the days begins, in milliseconds since 1970.
    begins: Vec<u64>,
    last: Option<Date>,
}

impl Calendar {
    /// The days up to the one of a moment, in its time zone.
    pub(super) fn until(now: &Zoned) -> Self {
        let today = now.date();
        let begin = |back: usize| {
            let day = today.checked_sub(jiff::Span::new().days(i64::try_from(back).ok()?)).ok()?;
            let first = day.to_zoned(now.time_zone().clone()).ok()?.timestamp().as_millisecond();
            u64::try_from(first).ok()
        };
        let begins: Option<Vec<u64>> = (0..DAYS).rev().map(begin).collect();
        let last = begins.is_some().then_some(today);
        Self { begins: begins.unwrap_or_default(), last }
    }

    /// No moment yet.
    pub(super) fn empty(&self) -> Days {
        Days { last: self.last, each: vec![0; self.begins.len()], before: 0 }
    }

    /// Counts a moment, in milliseconds since 1970; one to come is of the last day.
    pub(super) fn add(&self, to: &mut Days, wall_ms: u64) {
        let day = self.begins.partition_point(|begin| *begin <= wall_ms).checked_sub(1);
        match day.and_then(|day| to.each.get_mut(day)) {
            Some(day) => *day += 1,
            None => to.before += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_of_the_day_on_which_it_fell_where_the_reviewer_is() {
        // By its rules, for there may be no list of time zones.
        let berlin = jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let now = jiff::civil::date(2026, 3, 30).at(9, 30, 0, 0).to_zoned(berlin).unwrap();
        let calendar = Calendar::until(&now);
        let mut days = calendar.empty();
        let ms = |text: &str| {
            let moment: jiff::Timestamp = text.parse().unwrap();
            u64::try_from(moment.as_millisecond()).unwrap()
        };
        // A quarter past midnight in Berlin is the day before in universal time; the clocks went forward on the 29th.
        for moment in
            ["2026-03-29T22:15:00Z", "2026-03-29T21:45:00Z", "2026-03-28T23:30:00Z", "2027-01-01T00:00:00Z"]
        {
            calendar.add(&mut days, ms(moment));
        }
        calendar.add(&mut days, 0);
        let last = &days.each[DAYS - 3..];
        assert_eq!((last, days.before), (&[0, 2, 2][..], 1));
        assert_eq!(days.so_far().collect::<Vec<_>>()[DAYS - 3..], [1, 3, 5]);
        assert_eq!((days.lately(1), days.lately(7), days.last), (2, 4, Some(now.date())));
    }
}
