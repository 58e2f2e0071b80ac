//! Counts test cases by what test runners print.

use std::fmt;
use std::ops::AddAssign;

/// How many cases passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cases {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

impl Cases {
    /// A stage that is one check.
    pub(crate) const ONE: Self = Self { passed: 1, failed: 0 };

    /// Sums the summary lines in a runner's output: those of Rust's test
    /// harness and wasm-bindgen's (`test result: ok. 3 passed; 0 failed; …`),
    /// a plain `3 passed, 0 failed`, and Node's `ℹ pass 3` with `ℹ fail 0`.
    pub(crate) fn count(output: &str) -> Self {
        let mut sum = Self::default();
        for line in output.lines() {
            if let Some(cases) = parse(line.trim()) {
                sum += cases;
            }
        }
        sum
    }
}

impl AddAssign for Cases {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Cases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

fn parse(line: &str) -> Option<Cases> {
    if let Some(passed) = line.strip_prefix("ℹ pass ") {
        return Some(Cases { passed: passed.parse().ok()?, failed: 0 });
    }
    if let Some(failed) = line.strip_prefix("ℹ fail ") {
        return Some(Cases { passed: 0, failed: failed.parse().ok()? });
    }
    let (passed, failed) = match line.strip_prefix("test result: ") {
        Some(harness) => {
            let (_, counts) = harness.split_once(". ")?;
            let mut parts = counts.split("; ");
            (parts.next()?, parts.next()?)
        }
        None => line.split_once(", ")?,
    };
    Some(Cases {
        passed: passed.strip_suffix(" passed")?.parse().ok()?,
        failed: failed.strip_suffix(" failed")?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_are_counted_and_nothing_else() {
        for (name, output, passed, failed) in [
            ("nothing", "", 0, 0),
            (
                "cargo",
                "running 2 tests\ntest a ... ok\n\n\
                 test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
                2,
                0,
            ),
            (
                "several binaries, one failing",
                "test result: ok. 2 passed; 0 failed; 0 ignored\n\
                 test result: FAILED. 5 passed; 3 failed; 0 ignored\n",
                7,
                3,
            ),
            (
                "wasm-bindgen",
                "test result: ok. 14 passed; 0 failed; 0 ignored; 0 filtered out",
                14,
                0,
            ),
            (
                "node",
                "✖ b (1.2ms)\nℹ tests 7\nℹ suites 0\nℹ pass 6\nℹ fail 1\nℹ cancelled 0\n",
                6,
                1,
            ),
            ("plain", "ok a\nnot ok b\n1 passed, 1 failed\n", 1, 1),
            ("prose", "12 passed the gate, 3 failed\n3 passed, some failed\n", 0, 0),
        ] {
            assert_eq!(Cases::count(output), Cases { passed, failed }, "{name}");
        }
    }
}
