//! Measures how long steps take.

use std::fmt;
use std::time::{Duration, Instant};

/// The time now, for differences only.
#[expect(
    clippy::disallowed_methods,
    reason = "steps are timed here; the rule keeps clocks out of the core, which xtask isn't part of"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A duration as people read it: `0.4 s`, `12 s`, `3 min 20 s`.
pub(crate) struct Readable(pub(crate) Duration);

impl fmt::Display for Readable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        if seconds < 9.95 {
            write!(f, "{seconds:.1} s")
        } else if seconds < 99.5 {
            write!(f, "{seconds:.0} s")
        } else {
            let whole = self.0.as_secs();
            write!(f, "{} min {:02} s", whole / 60, whole % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        for (milliseconds, expected) in [
            (0, "0.0 s"),
            (420, "0.4 s"),
            (9_940, "9.9 s"),
            (9_960, "10 s"),
            (99_400, "99 s"),
            (99_600, "1 min 39 s"),
            (200_000, "3 min 20 s"),
            (3_605_000, "60 min 05 s"),
        ] {
            assert_eq!(Readable(Duration::from_millis(milliseconds)).to_string(), expected);
        }
    }
}
