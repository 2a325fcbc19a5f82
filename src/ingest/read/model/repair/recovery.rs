//! What is kept where a text ends too early, or holds something that fits nowhere.

use super::{CUT, Damage, Expect, Failure, MISSING_BRACKETS, Mender, Step};

impl Mender<'_> {
    /// The text ended: what is incomplete is dropped, what is open is closed, and both are told.
    pub(super) fn cut(&mut self) {
        let Some(frame) = self.frames.last() else { return };
        let partial = frame.expect != Expect::After;
        // An element that lacks only its bracket may lack members too.
        let element =
            self.frames.windows(2).any(|pair| matches!(pair, [outer, inner] if outer.array && !inner.array));
        let damage = Damage {
            path: self.path(self.frames.len()),
            begins: self.frames.iter().map(|frame| frame.from).collect(),
            range: frame.from..self.pos,
            failure: Failure::Truncated,
            why: "it stops in the middle",
        };
        if partial {
            let member = frame.member;
            self.done.json.truncate(member);
        }
        let note = if partial || element { CUT } else { MISSING_BRACKETS };
        if !self.done.general.contains(&note) {
            self.done.general.push(note);
        }
        while let Some(frame) = self.frames.pop() {
            self.out().push(if frame.array { ']' } else { '}' });
        }
        self.done.damages.push(damage);
    }

    /// The steps from the root to the container at `depth`.
    fn path(&self, depth: usize) -> Vec<Step> {
        self.frames
            .iter()
            .take(depth.saturating_sub(1))
            .map(|frame| {
                if frame.array {
                    return Step::Index(frame.index);
                }
                let key = self.done.json.get(frame.key.clone()).unwrap_or_default();
                Step::Key(serde_json::from_str(key).unwrap_or_default())
            })
            .collect()
    }

    /// After something that fits nowhere: gives up the innermost element of a list that holds it and goes on behind
    /// it. Where no list does, what was complete is kept as if the text ended here. False: nothing can be kept.
    pub(super) fn resume(&mut self, why: &'static str) -> bool {
        let element = self
            .frames
            .windows(2)
            .rposition(|pair| matches!(pair, [outer, inner] if outer.array && !inner.array))
            .map(|outer| outer + 1);
        let Some(element) = element else {
            let kept = self.frames.last().is_some_and(|frame| frame.expect == Expect::After);
            if kept {
                self.cut();
            }
            return kept;
        };
        let path = self.path(element + 1);
        let begins = self.frames.iter().take(element + 1).map(|frame| frame.from).collect();
        let Some((from, out)) = self.frames.get(element).map(|frame| (frame.from, frame.out)) else {
            return false;
        };
        self.pos = self.behind_element();
        self.done.json.truncate(out);
        self.done.json.push_str("null");
        let _ = self.done.local.split_off(&out);
        self.frames.truncate(element);
        let range = from..self.pos;
        self.done.damages.push(Damage { path, begins, range, failure: Failure::Invalid, why });
        let _ = self.value_done();
        true
    }

    /// Where the next `}` stands that an element's end could be: before a comma and another object, before `]`, or
    /// last of all.
    fn behind_element(&self) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = self.pos;
        while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(b'}', rest)) {
            let behind = at + found + 1;
            let (next, place) = self.next_byte(behind);
            let fits = match next {
                None | Some(b']') => true,
                Some(b',') => self.next_byte(place + 1).0 == Some(b'{'),
                _ => false,
            };
            if fits {
                return behind;
            }
            at = behind;
        }
        bytes.len()
    }
}
