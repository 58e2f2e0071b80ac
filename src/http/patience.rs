//! How long a wait has really lasted, on a machine that sleeps and in a pane
//! whose timers the host slows down.
//!
//! A timer that was set for 90 s and fires after an hour of sleep has not
//! waited for an hour: the server had no chance to be heard. So the wait is
//! counted in ticks, and a tick that comes late counts as one tick.

/// A wait that is counted in ticks. The driver calls [`tick`](Self::tick)
/// every [`tick_ms`](Self::tick_ms) and [`heard`](Self::heard) whenever
/// something arrives.
#[derive(Clone, Debug, PartialEq)]
pub struct Patience {
    limit_ms: u32,
    waited_ms: u32,
    last_tick_ms: f64,
}

impl Patience {
    /// Begins to wait at `now_ms` of a clock that never goes back.
    #[must_use]
    pub fn new(limit_ms: u32, now_ms: f64) -> Self {
        Self { limit_ms, waited_ms: 0, last_tick_ms: now_ms }
    }

    /// How far apart ticks are: an eighth of the limit, between 20 ms and 1 s.
    #[must_use]
    pub fn tick_ms(&self) -> u32 {
        (self.limit_ms / 8).clamp(20, 1_000)
    }

    /// Something arrived: the wait starts over.
    pub fn heard(&mut self) {
        self.waited_ms = 0;
    }

    /// Counts the time since the last tick and says whether the wait is over.
    #[must_use]
    pub fn tick(&mut self, now_ms: f64) -> bool {
        let passed = (now_ms - self.last_tick_ms).max(0.0);
        self.last_tick_ms = now_ms;
        let most = f64::from(self.tick_ms()) * 1.5;
        self.waited_ms = self.waited_ms.saturating_add(passed.min(most) as u32);
        self.waited_ms >= self.limit_ms
    }

    /// The limit, for the error that tells of it.
    #[must_use]
    pub fn limit_ms(&self) -> u32 {
        self.limit_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ticks at the given distances; the time at which the wait was over.
    fn over_after(mut patience: Patience, distances: impl IntoIterator<Item = f64>) -> Option<f64> {
        let mut now = 0.0;
        for distance in distances {
            now += distance;
            if patience.tick(now) {
                return Some(now);
            }
        }
        None
    }

    #[test]
    fn on_a_machine_that_is_awake_it_ends_at_its_limit() {
        let patience = Patience::new(8_000, 0.0);
        assert_eq!(over_after(patience, [1_000.0; 20]), Some(8_000.0));
    }

    #[test]
    fn an_hour_of_sleep_counts_as_one_tick() {
        let patience = Patience::new(8_000, 0.0);
        let distances = [1_000.0, 3_600_000.0].into_iter().chain([1_000.0; 20]);
        assert_eq!(over_after(patience, distances), Some(3_601_000.0 + 6_000.0));
    }

    #[test]
    fn what_arrives_starts_it_over() {
        let mut patience = Patience::new(2_000, 0.0);
        let mut now = 0.0;
        for _ in 0..100 {
            now += 250.0;
            assert!(!patience.tick(now));
            patience.heard();
        }
    }

    #[test]
    fn a_clock_that_goes_back_does_no_harm() {
        let mut patience = Patience::new(1_000, 500.0);
        assert!(!patience.tick(100.0));
        assert!(!patience.tick(200.0));
    }
}
