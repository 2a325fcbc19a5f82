use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn name(number: usize) -> FindingId {
    FindingId::new([u8::try_from(number).unwrap(); 16])
}

fn named(numbers: &[usize]) -> Vec<FindingId> {
    numbers.iter().map(|&number| name(number)).collect()
}

fn split(case: usize, into: usize, out: &[usize], stay: &[usize]) -> Shape {
    Shape::Split { case: name(case).into(), into: name(into).into(), out: named(out), stay: named(stay) }
}

fn merge(into: usize, members: &[usize]) -> Shape {
    Shape::Merge { into: name(into).into(), members: named(members) }
}

/// A store of cases: findings in the order in which they came, each with the finding that it joined.
#[derive(Debug, Clone, Default)]
struct Store {
    members: Vec<Member>,
    numbers: Vec<usize>,
    names: FxHashMap<u32, FindingId>,
    next_case: u32,
}

impl Store {
    /// The findings of these numbers, in this order; the first of each group founds its case.
    fn of(order: &[usize], group: impl Fn(usize) -> usize) -> Self {
        let mut store = Self { next_case: 1, ..Self::default() };
        for &number in order {
            let kin = store.numbers.iter().rposition(|&known| group(known) == group(number));
            store.come(number, kin);
        }
        store
    }

    fn come(&mut self, number: usize, kin: Option<usize>) {
        let (born, case) = match kin.and_then(|kin| self.members.get(kin)) {
            Some(kin) => (kin.born, kin.case),
            None => (self.next_case, self.next_case),
        };
        if kin.is_none() {
            self.names.insert(born, name(number));
            self.next_case += 1;
        }
        self.members.push(Member { name: name(number), born, case, kin });
        self.numbers.push(number);
    }

    fn arrange(&mut self, acts: &[Shape]) {
        let places = self.members.iter().enumerate().map(|(index, member)| (member.name, index)).collect();
        let board = Board {
            members: &self.members,
            places: &places,
            names: self.names.clone(),
            next_case: self.next_case,
        };
        let arranged = arrange(board, acts);
        for (member, case) in self.members.iter_mut().zip(arranged.cases) {
            member.case = case;
        }
        self.names.extend(arranged.named);
        self.next_case = arranged.next_case;
    }

    /// The cases by what they are called, each with its findings.
    fn cases(&self) -> BTreeMap<FindingId, Vec<usize>> {
        let mut cases: BTreeMap<FindingId, Vec<usize>> = BTreeMap::new();
        for (member, number) in self.members.iter().zip(&self.numbers) {
            cases.entry(self.names[&member.case]).or_default().push(*number);
        }
        for members in cases.values_mut() {
            members.sort_unstable();
        }
        cases
    }
}

fn cases(of: &[(usize, &[usize])]) -> BTreeMap<FindingId, Vec<usize>> {
    of.iter().map(|(head, members)| (name(*head), members.to_vec())).collect()
}

#[test]
fn a_merge_holds_however_the_findings_came() {
    let acts = [merge(1, &[1, 2, 3])];
    for order in [[1, 2, 3], [3, 2, 1], [2, 3, 1]] {
        // 2 and 3 are one case by themselves.
        let mut store = Store::of(&order, |number| number.min(2));
        store.arrange(&acts);
        assert_eq!(store.cases(), cases(&[(1, &[1, 2, 3])]), "{order:?}");
        store.arrange(&[]);
        assert_eq!(store.cases().into_values().collect::<Vec<_>>(), [vec![1], vec![2, 3]]);
    }
}

#[test]
fn a_split_holds_where_those_taken_out_came_first() {
    let acts = [split(1, 2, &[2], &[1, 3])];
    for order in [[1, 2, 3], [2, 1, 3], [3, 2, 1], [2, 3, 1]] {
        let mut store = Store::of(&order, |_| 0);
        store.arrange(&acts);
        assert_eq!(store.cases(), cases(&[(1, &[1, 3]), (2, &[2])]), "{order:?}");
        store.arrange(&[]);
        assert_eq!(store.cases().into_values().collect::<Vec<_>>(), [vec![1, 2, 3]]);
    }
}

#[test]
fn what_joins_a_case_later_goes_where_its_kin_goes() {
    let mut store = Store::of(&[1, 2, 3], |_| 0);
    let acts = [split(1, 3, &[3], &[1, 2])];
    store.arrange(&acts);
    store.come(4, Some(2));
    assert_eq!(store.cases(), cases(&[(1, &[1, 2]), (3, &[3, 4])]));
    store.arrange(&acts);
    assert_eq!(store.cases(), cases(&[(1, &[1, 2]), (3, &[3, 4])]));
    store.arrange(&[acts[0].clone(), merge(3, &[1, 2, 3, 4])]);
    assert_eq!(store.cases(), cases(&[(3, &[1, 2, 3, 4])]));
    store.arrange(&[]);
    assert_eq!(store.cases().into_values().collect::<Vec<_>>(), [vec![1, 2, 3, 4]], "a split taken back");
}

#[test]
fn a_merge_whose_first_finding_has_not_come_is_called_after_another() {
    let acts = [merge(9, &[9, 1, 2])];
    let mut store = Store::of(&[1, 2], |number| number);
    store.arrange(&acts);
    assert_eq!(store.cases(), cases(&[(1, &[1, 2])]));
    store.come(9, None);
    store.arrange(&acts);
    assert_eq!(store.cases(), cases(&[(9, &[1, 2, 9])]));
}

#[test]
fn merges_that_two_people_made_apart_from_each_other_hold_both() {
    let mut store = Store::of(&[1, 2, 3], |number| number);
    store.arrange(&[merge(1, &[1, 2]), merge(3, &[3, 2])]);
    assert_eq!(store.cases(), cases(&[(3, &[1, 2, 3])]));
}

/// What somebody does next: with which of the cases, and which of its findings.
#[derive(Debug, Clone)]
enum Step {
    Split { case: usize, first: usize, bits: u32 },
    Merge { into: usize, from: usize },
    Undo,
    Come { kin: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (any::<usize>(), any::<usize>(), any::<u32>())
            .prop_map(|(case, first, bits)| Step::Split { case, first, bits }),
        3 => (any::<usize>(), any::<usize>()).prop_map(|(into, from)| Step::Merge { into, from }),
        1 => Just(Step::Undo),
        1 => any::<usize>().prop_map(|kin| Step::Come { kin }),
    ]
}

/// Acts as the desk makes them: on cases as they are at that moment, each naming all of their findings.
fn play(store: &mut Store, acts: &mut Vec<Shape>, step: &Step, come: &mut impl FnMut(&mut Store, usize)) {
    let now: Vec<(FindingId, Vec<usize>)> = store.cases().into_iter().collect();
    match *step {
        Step::Split { case, first, bits } => {
            let (called, members) = &now[case % now.len()];
            let others: Vec<usize> =
                members.iter().copied().filter(|&number| name(number) != *called).collect();
            if others.is_empty() {
                return;
            }
            let first = others[first % others.len()];
            let out: Vec<usize> = others
                .into_iter()
                .filter(|&number| number == first || bits >> (number % 32) & 1 == 1)
                .collect();
            let stay: Vec<usize> = members.iter().copied().filter(|number| !out.contains(number)).collect();
            acts.push(Shape::Split {
                case: (*called).into(),
                into: name(out[0]).into(),
                out: named(&out),
                stay: named(&stay),
            });
        }
        Step::Merge { into, from } => {
            let ((into, one), (from, other)) = (&now[into % now.len()], &now[from % now.len()]);
            if into == from {
                return;
            }
            acts.push(Shape::Merge {
                into: (*into).into(),
                members: named(&[&one[..], &other[..]].concat()),
            });
        }
        Step::Undo => {
            acts.pop();
        }
        Step::Come { kin } => return come(store, kin),
    }
    store.arrange(acts);
}

proptest! {
    /// Whatever people did to the cases of a workspace, the same comes of it where all is imported anew.
    #[test]
    fn a_store_made_anew_in_any_order_has_the_same_cases(
        groups in prop::collection::vec(0_usize..4, 2..9),
        steps in prop::collection::vec(step(), 1..9),
        order in any::<prop::sample::Index>(),
        cuts in prop::collection::vec(any::<bool>(), 9),
    ) {
        let all: Vec<usize> = (0..groups.len()).collect();
        let mut live = Store::of(&all, |number| groups[number]);
        let mut acts = Vec::new();
        for step in steps.iter().filter(|step| !matches!(step, Step::Come { .. })) {
            play(&mut live, &mut acts, step, &mut |_, _| {});
        }
        // Some other order, imported in several files, with the cases brought in line after each.
        let mut other = all.clone();
        other.rotate_left(order.index(all.len()));
        if order.index(2) == 1 {
            other.reverse();
        }
        let mut anew = Store { next_case: 1, ..Store::default() };
        for (at, &number) in other.iter().enumerate() {
            let kin = anew.numbers.iter().position(|&known| groups[known] == groups[number]);
            anew.come(number, kin);
            if cuts[at] {
                anew.arrange(&acts);
            }
        }
        anew.arrange(&acts);
        let sets = |store: &Store| {
            let mut sets: Vec<_> = store.cases().into_values().collect();
            sets.sort_unstable();
            sets
        };
        prop_assert_eq!(sets(&anew), sets(&live));
        // A case that was split or merged is called the same; others are called after whoever came first.
        let shaped: BTreeSet<FindingId> = acts.iter().flat_map(|act| match act {
            Shape::Split { case, into, .. } => vec![FindingId::from(*case), FindingId::from(*into)],
            Shape::Merge { into, .. } => vec![FindingId::from(*into)],
        }).collect();
        let called = |store: &Store| {
            store.cases().into_iter().filter(|(name, _)| shaped.contains(name)).collect::<BTreeMap<_, _>>()
        };
        prop_assert_eq!(called(&anew), called(&live));
    }

    /// Whatever came in between, doing it all again changes nothing, and every case is called after one of its own.
    #[test]
    fn regrouping_again_changes_nothing(
        groups in prop::collection::vec(0_usize..4, 2..9),
        steps in prop::collection::vec(step(), 1..12),
    ) {
        let all: Vec<usize> = (0..groups.len()).collect();
        let mut store = Store::of(&all, |number| groups[number]);
        let mut acts = Vec::new();
        for step in &steps {
            play(&mut store, &mut acts, step, &mut |store, kin| {
                let number = store.numbers.len();
                store.come(number, Some(kin % number));
            });
        }
        let before = store.cases();
        store.arrange(&acts);
        prop_assert_eq!(store.cases(), before.clone());
        for (called, members) in before {
            prop_assert!(members.iter().any(|&number| name(number) == called), "{} {:?}", called, members);
        }
    }
}
