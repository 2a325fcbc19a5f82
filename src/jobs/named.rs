//! Names that people shorten: which one the beginning of it means.

use super::desk::DeskError;

/// The beginning of a name: some hexadecimal digits, at least one.
#[derive(Debug)]
pub(super) struct Beginning {
    digits: String,
}

/// How many names are shown where several begin so, and how many digits of each.
const SHOWN: (usize, usize) = (3, 12);

impl Beginning {
    /// What was asked for, if a name can begin so.
    pub(super) fn new(asked: &str) -> Option<Self> {
        let digits = asked.trim().to_ascii_lowercase();
        let hexadecimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        hexadecimal.then_some(Self { digits })
    }

    /// The only one of some names that begins so; `None` where none does. What has the same name is one.
    pub(super) fn only<'n, T>(
        &self,
        what: &'static str,
        names: impl Iterator<Item = (T, &'n [u8])>,
    ) -> Result<Option<T>, DeskError> {
        let mut found: Vec<(T, &[u8])> = names.filter(|(_, name)| self.begins(name)).collect();
        found.sort_by_key(|(_, name)| *name);
        found.dedup_by_key(|(_, name)| *name);
        if found.len() > 1 {
            let shown = |name: &[u8]| hexadecimal(name).take(SHOWN.1).map(char::from).collect();
            return Err(DeskError::Ambiguous {
                name: self.digits.clone(),
                what,
                count: found.len(),
                first: found.iter().take(SHOWN.0).map(|(_, name)| shown(name)).collect(),
            });
        }
        Ok(found.pop().map(|(only, _)| only))
    }

    fn begins(&self, name: &[u8]) -> bool {
        self.digits.len() <= name.len() * 2
            && self.digits.bytes().eq(hexadecimal(name).take(self.digits.len()))
    }
}

fn hexadecimal(name: &[u8]) -> impl Iterator<Item = u8> + '_ {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    name.iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|nibble| DIGITS.get(usize::from(nibble)).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [[u8; 2]; 5] = [[0xab, 0x01], [0xab, 0x02], [0xab, 0x13], [0xab, 0x24], [0x0c, 0x00]];

    fn asked(name: &str) -> Result<Option<usize>, DeskError> {
        let names = NAMES.iter().enumerate().map(|(index, name)| (index, name.as_slice()));
        Beginning::new(name).map_or(Ok(None), |beginning| beginning.only("runs", names))
    }

    #[test]
    fn one_digit_will_do_where_only_one_name_begins_so() {
        assert_eq!(asked("0").unwrap(), Some(4));
        assert_eq!(asked(" AB1 ").unwrap(), Some(2));
        assert_eq!(asked("ab02").unwrap(), Some(1));
        for unknown in ["", "f", "ab020", "abx", "ab-0"] {
            assert_eq!(asked(unknown).unwrap(), None, "{unknown:?}");
        }
    }

    #[test]
    fn a_beginning_of_several_says_how_many_and_shows_the_first() {
        let told = |name| asked(name).unwrap_err().to_string();
        assert_eq!(told("a"), "`a` begins the names of 4 runs: ab01, ab02, ab13, …; give more of it");
        assert_eq!(told("ab0"), "`ab0` begins the names of 2 runs: ab01, ab02; give more of it");
    }
}
