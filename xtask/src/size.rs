//! Measures what a page downloads at start, against the budget.

use std::fmt;
use std::fs;

use crate::build::{self, BuildError, Package};
use crate::process;
use crate::progress::say;
use crate::setup::Setup;
use crate::workspace::Workspace;

const BUDGET: &str = "xtask/size-budget.toml";

/// Why the size isn't known, or not good.
#[derive(Debug)]
pub(crate) enum SizeError {
    Build(BuildError),
    /// The measurement can't be read.
    Unreadable(String),
    /// The budget can't be read.
    NoBudget,
    OverBudget {
        gzip: u64,
        budget: u64,
    },
}

impl fmt::Display for SizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(error) => error.fmt(f),
            Self::Unreadable(line) => write!(f, "unexpected answer of size.mjs: {line:?}"),
            Self::NoBudget => write!(f, "{BUDGET} has no line `gzip_bytes = …`"),
            Self::OverBudget { gzip, budget } => write!(
                f,
                "{} bytes gzip are {} over the budget of {} ({BUDGET})",
                Grouped(*gzip),
                Grouped(gzip.saturating_sub(*budget)),
                Grouped(*budget)
            ),
        }
    }
}

impl std::error::Error for SizeError {}

/// Bytes of a file, plain and compressed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Measure {
    name: String,
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// Prints the table and checks the budget.
///
/// # Errors
/// See [`SizeError`].
pub(crate) fn check(
    workspace: &Workspace,
    setup: &mut Setup<'_>,
    package: &Package,
) -> Result<(), SizeError> {
    let node = setup.node().map_err(|error| SizeError::Build(error.into()))?;
    let mut command = node.script("size.mjs");
    let files = build::files_at_start(package).map_err(SizeError::Build)?;
    command.args(&files);
    let answer = process::read(&mut command).map_err(|error| SizeError::Build(error.into()))?;
    let mut measures = Vec::new();
    for line in answer.lines() {
        measures.push(parse(line).ok_or_else(|| SizeError::Unreadable(line.to_owned()))?);
    }
    if measures.len() != files.len() {
        return Err(SizeError::Unreadable(answer));
    }
    let total = measures.iter().fold(
        Measure { name: "together".into(), ..Measure::default() },
        |sum, each| Measure {
            raw: sum.raw + each.raw,
            gzip: sum.gzip + each.gzip,
            brotli: sum.brotli + each.brotli,
            ..sum
        },
    );
    say(format_args!("  {:<28} {:>9} {:>9} {:>9}", "bytes", "raw", "gzip", "brotli"));
    for measure in measures.iter().chain([&total]) {
        say(format_args!(
            "  {:<28} {:>9} {:>9} {:>9}",
            measure.name,
            Grouped(measure.raw).to_string(),
            Grouped(measure.gzip).to_string(),
            Grouped(measure.brotli).to_string()
        ));
    }
    let budget = fs::read_to_string(workspace.path(BUDGET))
        .ok()
        .and_then(|text| parse_budget(&text))
        .ok_or(SizeError::NoBudget)?;
    if total.gzip > budget {
        return Err(SizeError::OverBudget { gzip: total.gzip, budget });
    }
    let share = total.gzip * 100 / budget.max(1);
    say(format_args!("  {share} % of the budget of {} bytes gzip", Grouped(budget)));
    Ok(())
}

/// Reads `name raw gzip brotli`.
fn parse(line: &str) -> Option<Measure> {
    let mut words = line.split(' ');
    let measure = Measure {
        name: words.next()?.to_owned(),
        raw: words.next()?.parse().ok()?,
        gzip: words.next()?.parse().ok()?,
        brotli: words.next()?.parse().ok()?,
    };
    words.next().is_none().then_some(measure)
}

fn parse_budget(text: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix("gzip_bytes = "))?;
    value.replace('_', "").trim().parse().ok()
}

/// A number with its thousands apart: `12,345`.
struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_kept_apart() {
        for (number, expected) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")]
        {
            assert_eq!(Grouped(number).to_string(), expected);
        }
    }

    #[test]
    fn a_measurement_has_a_name_and_three_numbers() {
        let expected = Measure { name: "index.js".into(), raw: 300, gzip: 200, brotli: 100 };
        assert_eq!(parse("index.js 300 200 100"), Some(expected));
        for line in ["", "index.js 300 200", "index.js 300 200 x", "index.js 300 200 100 7"] {
            assert_eq!(parse(line), None, "{line}");
        }
    }

    #[test]
    fn the_committed_budget_is_read() {
        let text = fs::read_to_string(Workspace::locate().path(BUDGET)).unwrap();
        let budget = parse_budget(&text).unwrap();
        assert!((10_000..=150_000).contains(&budget), "{budget}");
        assert_eq!(parse_budget("# gzip_bytes = 1"), None);
    }
}
