//! Tells the person at the terminal what happens, why, and how long it takes.

use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::clock::{self, Readable};

/// Prints a line. A reader that went away (`| head`) is no reason to stop.
pub(crate) fn say(line: impl fmt::Display) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Announces a step: what, and how long it usually takes.
pub(crate) fn step(what: impl fmt::Display, usually: &str) {
    say(format_args!("  {what} (usually {usually})"));
}

/// One line that follows a running command, on a terminal only.
pub(crate) struct Ticker {
    started: Instant,
    shown: Option<Duration>,
    terminal: bool,
}

/// How often the line is redrawn.
const REDRAW: Duration = Duration::from_millis(500);

impl Ticker {
    pub(crate) fn start() -> Self {
        Self { started: clock::now(), shown: None, terminal: io::stdout().is_terminal() }
    }

    /// Redraws the line when it is time to, with the log's last line beside the clock.
    pub(crate) fn tick(&mut self, log: &Path) {
        let elapsed = clock::now().duration_since(self.started);
        if !self.terminal || elapsed < self.shown.unwrap_or_default() + REDRAW {
            return;
        }
        self.shown = Some(elapsed);
        let tail: String = last_line(log).chars().filter(|c| !c.is_control()).take(60).collect();
        let mut out = io::stdout().lock();
        let _ = write!(out, "\r\x1b[K    {:>8}  {tail}", Readable(elapsed).to_string())
            .and_then(|()| out.flush());
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        if self.shown.is_some() {
            let mut out = io::stdout().lock();
            let _ = write!(out, "\r\x1b[K").and_then(|()| out.flush());
        }
    }
}

/// The last line of a file that has anything on it.
fn last_line(path: &Path) -> String {
    const TAIL: u64 = 2048;
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}
