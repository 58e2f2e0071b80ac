//! How long a wait has really lasted, on a machine that sleeps and in a pane
//! whose timers the host slows down.
//!
//! A wait is counted in ticks, and a tick that comes late counts as one: the
//! host had no chance to answer while nothing ran. `js/patience.js` waits for
//! servers in the same way.

/// The distance of ticks, in milliseconds.
const SHORTEST_TICK_MS: u64 = 20;
const LONGEST_TICK_MS: u64 = 1_000;

/// A wait with a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    limit_ms: u64,
    waited_ms: u64,
    last_tick_ms: Option<u64>,
}

impl Patience {
    /// A wait that begins with its first tick.
    #[must_use]
    pub fn new(limit_ms: u64) -> Self {
        Self { limit_ms, waited_ms: 0, last_tick_ms: None }
    }

    /// The limit, in milliseconds.
    #[must_use]
    pub fn limit_ms(&self) -> u64 {
        self.limit_ms
    }

    /// How far apart ticks are to be: an eighth of the limit, within reason.
    #[must_use]
    pub fn tick_ms(&self) -> u64 {
        (self.limit_ms / 8).clamp(SHORTEST_TICK_MS, LONGEST_TICK_MS)
    }

    /// Counts the time since the last tick and says whether the wait is over.
    #[must_use]
    pub fn tick(&mut self, now_ms: u64) -> bool {
        let passed = self.last_tick_ms.map_or(0, |last| now_ms.saturating_sub(last));
        self.last_tick_ms = Some(now_ms);
        self.waited_ms += passed.min(self.tick_ms() * 3 / 2);
        self.waited_ms >= self.limit_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When a wait of 8 s is over, with ticks at these distances in seconds.
    fn over_after(distances: impl IntoIterator<Item = u64>) -> Option<u64> {
        let mut patience = Patience::new(8_000);
        let mut now = 1_000;
        let _begun = patience.tick(now);
        distances.into_iter().find_map(|distance| {
            now += distance * 1_000;
            patience.tick(now).then_some((now - 1_000) / 1_000)
        })
    }

    #[test]
    fn ends_at_its_limit_on_a_machine_that_is_awake() {
        assert_eq!(over_after([1; 20]), Some(8));
    }

    #[test]
    fn counts_an_hour_of_sleep_as_one_tick() {
        assert_eq!(over_after([1, 3_600].into_iter().chain([1; 20])), Some(3_607));
    }

    #[test]
    fn a_clock_that_stands_or_goes_back_counts_nothing() {
        let mut patience = Patience::new(1_000);
        for now in [5_000, 5_000, 4_000, 3_000] {
            assert!(!patience.tick(now));
        }
    }
}
