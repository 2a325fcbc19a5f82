//! Whose account this is: in whose name verdicts are given where nobody says so.

use super::environment;
use crate::domain::Reviewer;

/// The user's own name where it can be a reviewer's, else their number.
pub(super) fn user_as_reviewer() -> Reviewer {
    user().parse().unwrap_or_else(|_| Reviewer::of_user(rustix::process::getuid().as_raw()))
}

pub(super) fn user() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| environment(name)?.into_string().ok())
        .or_else(|| {
            account(&std::fs::read_to_string("/etc/passwd").ok()?, rustix::process::getuid().as_raw())
        })
        .unwrap_or_else(|| Reviewer::of_user(rustix::process::getuid().as_raw()).to_string())
}

/// The name of an account in the form of `passwd(5)`.
fn account(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(uid) && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\n\nbroken\nann:x:1000:1000::/home/ann:/bin/sh\n";
        assert_eq!(account(passwd, 1000).as_deref(), Some("ann"));
        assert_eq!(account(passwd, 0).as_deref(), Some("root"));
        assert_eq!(account(passwd, 7), None);
    }
}
