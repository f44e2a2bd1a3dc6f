//! Names of scratch objects: they tell what they are and when they were made.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use migrate_core::{Code, Error};

const PREFIX: &str = "migrate_scratch_";

/// What a run that was killed has left behind is this old at least. Nothing that still runs is.
const ABANDONED_AFTER: Duration = Duration::from_hours(1);

/// A name that nobody has: `migrate_scratch_`, the seconds since 1970, a random number.
///
/// # Errors
/// [`Code::Io`] if the system has no randomness.
pub(super) fn new_name() -> Result<String, Error> {
    let random = getrandom::u32()
        .map_err(|error| Error::new(Code::Io, format!("the system gives no random numbers: {error}")))?;
    Ok(format!("{PREFIX}{:x}_{random:08x}", seconds()))
}

/// Whether a name is of ours, and so old that its run has ended.
pub(super) fn is_abandoned(name: &str) -> bool {
    made_at(name).is_some_and(|made| made.saturating_add(ABANDONED_AFTER.as_secs()) < seconds())
}

fn made_at(name: &str) -> Option<u64> {
    let (made, random) = name.strip_prefix(PREFIX)?.split_once('_')?;
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if random.len() != 8 || !is_hex(random) || !is_hex(made) {
        return None;
    }
    u64::from_str_radix(made, 16).ok()
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_old_name_of_ours_is_abandoned() {
        let name = new_name().unwrap();
        assert!(made_at(&name).is_some() && !is_abandoned(&name), "{name}");
        assert!(name.len() <= 63 && name != new_name().unwrap());
        assert!(is_abandoned("migrate_scratch_5f5e1000_0badcafe"));
        for other in
            ["migrate_scratch_", "migrate_scratch_5f5e1000", "migrate_scratch_5f5e1000_users", "shop"]
        {
            assert!(!is_abandoned(other), "{other}");
        }
    }
}
