//! What is told beside the conditions: of the line at hand, and then of all labels. Only numbers of many, and of cases only
//! what may be shown.

use super::{decisions_of, hidden, number, sparkline, value, verdict};
use crate::dataset::{Agreement, Condition, Measure};
use crate::domain::{Opinion, State as Standing};
use crate::jobs::{Crossing, GateView, Listed};
use crate::text::visible;
use crate::tui::gate::{Row, advised, may_show};
use crate::tui::state::State;
use crate::tui::theme::{Mark, Part, Theme};
use crate::tui::view::bars::grouped;
use crate::tui::view::cells::{cut, width, wrapped};

/// Weaknesses and reviewers that are told one by one; of the others how many there are.
const ROWS: usize = 40;
const REVIEWERS: usize = 12;
/// Columns of a weakness.
const NAME: usize = 9;

type Line = (String, Part);

/// Lines of so many columns.
struct Told {
    lines: Vec<Line>,
    columns: usize,
    theme: Theme,
}

pub(super) fn lines(state: &State, view: &GateView, columns: usize) -> Vec<Line> {
    let theme = state.theme;
    let mut told = Told { lines: Vec::new(), columns, theme };
    if let Some(why) = state.gate.failed.as_ref().filter(|_| !state.gate.is_counting()) {
        told.say(&format!("could not be counted anew: {why}"), Part::Failure);
    }
    match state.gate.rows.current() {
        Some(row @ Row::Condition(_)) => {
            if let Some(condition) = state.gate.condition(*row) {
                told.condition(state, condition);
            }
        }
        Some(row @ Row::Opposed(..)) => {
            if let Some((one, other)) = state.gate.pair(*row) {
                told.pair(state, (one, other));
            }
        }
        None => {}
    }
    told.labels(view);
    told.matrix(&view.matrix);
    told.agreement(&view.agreement);
    told.contradictions(state, view);
    told.throughput(view);
    told.lines
}

impl Told {
    fn say(&mut self, text: &str, part: Part) {
        self.lines.extend(wrapped(text, self.columns).into_iter().map(|line| (line, part)));
    }

    /// A text further in, which is cut: a column of numbers stays one.
    fn row(&mut self, text: &str, part: Part) {
        self.lines.push((cut(text, self.columns, self.theme.mark(Mark::Cut)), part));
    }

    fn gap(&mut self, heading: &str) {
        if !self.lines.is_empty() {
            self.lines.push((String::new(), Part::Text));
        }
        self.say(heading, Part::Heading);
    }

    fn condition(&mut self, state: &State, condition: &Condition) {
        self.say(condition.name, Part::Heading);
        self.say(&condition.words, Part::Text);
        let bounded = if condition.at_most { "at most" } else { "at least" };
        let values = format!("{}, {bounded} {}", value(condition, self.theme), number(condition.bound));
        if condition.holds {
            self.say(&format!("{values}: it holds"), Part::Added);
            return;
        }
        self.say(&format!("{values}: {} off", number(condition.gap)), Part::Failure);
        let advised = advised(state, condition);
        let hidden = condition.advice.len() - advised.len();
        let decisions = usize::try_from(condition.decisions).unwrap_or(usize::MAX);
        self.say(&format!("at least {}:", decisions_of(decisions)), Part::Text);
        for advice in advised {
            let there = match advice.available {
                Some(there) if there < advice.verdicts => {
                    format!(" (only {} are there)", grouped(there as usize))
                }
                _ => String::new(),
            };
            self.say(
                &format!("{:>6}  {}{there}", grouped(advice.verdicts as usize), advice.filter),
                Part::Key,
            );
        }
        if hidden > 0 {
            self.say("the rest is hidden until your own verdict", Part::Quiet);
        }
    }

    fn pair(&mut self, state: &State, (one, other): (&Listed, &Listed)) {
        self.say("nearly the same, and judged otherwise", Part::Heading);
        if !(may_show(state, one) && may_show(state, other)) {
            self.say("hidden until your own verdict", Part::Quiet);
            return;
        }
        for case in [one, other] {
            let opinion = case.standing.verdict.map_or("", Opinion::word).replace('_', " ");
            self.say(&case.heading(), Part::Text);
            self.say(&case.place(), Part::Bar);
            let by = case.standing.reviewers.join(", ");
            self.say(&format!("{} {opinion} by {by}", verdict(case, self.theme)), Part::Key);
        }
    }

    fn labels(&mut self, view: &GateView) {
        self.gap("labels");
        let (labels, history) = (view.labels, &view.history);
        if labels.gold == 0 {
            self.say(
                "no gold label yet: a verdict of yours, with the code on the screen, is one",
                Part::Quiet,
            );
            return;
        }
        let many = |number: u64| grouped(usize::try_from(number).unwrap_or(usize::MAX));
        let batch = if labels.has_batch {
            format!("{} since the last batch", many(labels.since_batch))
        } else {
            "no batch has left yet".to_owned()
        };
        let week = history.lately(7);
        self.say(
            &format!("{} gold, {} of them in 7 days; {batch}", many(labels.gold), many(week)),
            Part::Text,
        );
        let days = self.columns.saturating_sub(14).min(history.each.len());
        let so_far = sparkline(history.so_far(), days, self.theme);
        self.row(&format!("{:>12}  {so_far}", "so far"), Part::Key);
        let each = sparkline(history.each.iter().copied(), days, self.theme);
        self.row(&format!("{:>12}  {each}", "by day"), Part::Key);
        if let Some(last) = history.last {
            let first = last.checked_sub(jiff::Span::new().days(i64::try_from(days).unwrap_or(1) - 1));
            let first = first.map(|day| day.to_string()).unwrap_or_default();
            let gap = days.saturating_sub(first.len() + 10);
            if gap > 0 {
                self.row(&format!("{:>12}  {first}{}{last}", "", " ".repeat(gap)), Part::Quiet);
            }
        }
    }

    fn matrix(&mut self, rows: &[Crossing]) {
        let rows: Vec<&Crossing> = rows.iter().filter(|row| row.judged() > 0).collect();
        self.gap("verdicts by weakness");
        if rows.is_empty() {
            self.say("nobody has judged a case yet", Part::Quiet);
            return;
        }
        let each = (self.columns.saturating_sub(NAME) / 6).clamp(5, 11);
        let theme = self.theme;
        let heads = [
            ("confirmed", theme.opinion_sign(Opinion::Confirmed)),
            ("accepted", theme.opinion_sign(Opinion::RiskAccepted)),
            ("rejected", theme.opinion_sign(Opinion::Rejected)),
            ("unsure", theme.opinion_sign(Opinion::Unsure)),
            ("disputed", theme.state_sign(Standing::Disputed)),
            ("open", theme.or_plain("·", ".")),
        ];
        let is_wide = each > 9;
        let right = |text: &str| format!("{}{text}", " ".repeat(each.saturating_sub(width(text))));
        let head: String =
            heads.iter().map(|(word, sign)| right(if is_wide { word } else { sign })).collect();
        self.row(&format!("{:NAME$}{head}", ""), Part::Quiet);
        for row in rows.iter().take(ROWS) {
            let name = row.cwe.map_or_else(|| "none".to_owned(), |cwe| cwe.to_string());
            let counts = [row.confirmed, row.risk_accepted, row.rejected, row.unsure, row.disputed, row.open];
            let counts: String = counts.into_iter().map(|count| right(&short(count, each - 1))).collect();
            self.row(&format!("{name:NAME$}{counts}"), Part::Text);
        }
        if rows.len() > ROWS {
            self.say(&format!("and {} weaknesses more", grouped(rows.len() - ROWS)), Part::Quiet);
        }
        if !is_wide {
            let legend: Vec<String> = heads.iter().map(|(word, sign)| format!("{sign} {word}")).collect();
            self.say(&legend.join("  "), Part::Quiet);
        }
    }

    fn agreement(&mut self, told: &Agreement) {
        self.gap("agreement");
        let cases = |many: usize| format!("{} case{}", grouped(many), if many == 1 { "" } else { "s" });
        let measure =
            |it: &Measure| format!("{:.2} ({:.2} to {:.2}), {}", it.value, it.low, it.high, cases(it.cases));
        match &told.alpha {
            Some(alpha) => self.say(&format!("alpha of all  {}", measure(alpha)), Part::Text),
            None => self.say(
                &format!("no alpha yet: {} judged by several without sight of each other", cases(told.cases)),
                Part::Quiet,
            ),
        }
        for (cwe, alpha) in told.per_cwe.iter().take(REVIEWERS) {
            self.say(&format!("  {cwe}  {}", measure(alpha)), Part::Text);
        }
        for pair in told.pairs.iter().take(REVIEWERS) {
            let (one, other) = &pair.reviewers;
            let measured = pair.kappa.as_ref().map_or_else(|| cases(pair.cases), &measure);
            self.say(&format!("kappa of {} and {}  {measured}", visible(one), visible(other)), Part::Text);
        }
        let more = told.pairs.len().saturating_sub(REVIEWERS);
        if more > 0 {
            self.say(&format!("and {} pairs more", grouped(more)), Part::Quiet);
        }
        for oneself in told.oneself.iter().take(REVIEWERS) {
            let share = oneself.share.as_ref();
            let share = share.map_or_else(String::new, |it| {
                format!(": {:.2} ({:.2} to {:.2})", it.value, it.low, it.high)
            });
            let (name, same) = (visible(&oneself.reviewer), grouped(oneself.same));
            let words = format!("{name} with oneself: the same of {same} of {}{share}", cases(oneself.cases));
            self.say(&words, Part::Text);
        }
        if told.oneself.is_empty() {
            self.say("nothing came back to whoever had settled it yet", Part::Quiet);
        }
    }

    fn contradictions(&mut self, state: &State, view: &GateView) {
        self.gap("contradictions");
        if view.opposed_in_all == 0 {
            self.say("no cases that are nearly the same were judged otherwise", Part::Quiet);
            return;
        }
        let (all, hidden) = (view.opposed_in_all, hidden(state));
        let groups = if all == 1 { "group" } else { "groups" };
        let words =
            format!("{} {groups} of cases that are nearly the same were judged otherwise", grouped(all));
        self.say(&words, Part::Text);
        let listed = view.opposed.len() - hidden;
        if listed > 0 {
            self.say(
                &format!("{} of them below the conditions: each opens side by side", grouped(listed)),
                Part::Text,
            );
        }
        if hidden > 0 {
            self.say(&format!("{} hidden until your own verdict", grouped(hidden)), Part::Quiet);
        }
    }

    fn throughput(&mut self, view: &GateView) {
        self.gap("throughput");
        if view.throughput.is_empty() {
            self.say("no decision was timed yet", Part::Quiet);
        }
        for of in view.throughput.iter().take(REVIEWERS) {
            let (decisions, today) = (of.decisions as usize, of.days.lately(1) as usize);
            self.say(&format!("{}: {}", visible(&of.reviewer), decisions_of(decisions)), Part::Text);
            let pace = format!(
                "  {:.1} s each (the middle one), {:.0} in an hour of work; {} today, {} in 7 days",
                of.median,
                of.an_hour,
                grouped(today),
                grouped(of.days.lately(7) as usize)
            );
            self.say(&pace, Part::Bar);
            let days = self.columns.saturating_sub(14).min(of.days.each.len());
            let line = sparkline(of.days.each.iter().copied(), days, self.theme);
            self.row(&format!("{:>12}  {line}", "by day"), Part::Key);
        }
        let more = view.throughput.len().saturating_sub(REVIEWERS);
        if more > 0 {
            self.say(&format!("and {} reviewers more", grouped(more)), Part::Quiet);
        }
    }
}

/// A number in so many columns: thousands and millions where it has no room.
fn short(number: u64, columns: usize) -> String {
    let whole = grouped(usize::try_from(number).unwrap_or(usize::MAX));
    if whole.len() <= columns {
        return whole;
    }
    match number {
        0..10_000 => number.to_string(),
        10_000..1_000_000 => format!("{}k", number / 1000),
        _ => format!("{}M", number / 1_000_000),
    }
}
