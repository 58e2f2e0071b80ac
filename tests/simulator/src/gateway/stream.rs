//! An answer's body as steps (wait, send, stall, break), and the body that takes them.
//!
//! The steps are a plain iterator, so that what a fault does to a stream is
//! decided without a clock or a connection; only [`body`] waits.

use std::collections::VecDeque;
use std::io;
use std::iter::Peekable;
use std::num::NonZeroUsize;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::stream;

use super::faults::{Buffered, Delivery};
use super::journal::{Outcome, Record};
use crate::listener::Shutdown;

/// How fast an answer is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// Tokens a second.
    Tokens(f64),
    /// As fast as the connection takes it.
    Max,
}

impl Speed {
    /// About as fast as a current model.
    pub const HUMAN: Self = Self::Tokens(70.0);

    /// How long these tokens take.
    pub(crate) fn time_for(self, tokens: usize) -> Duration {
        match self {
            Self::Max => Duration::ZERO,
            // Rounding a count of tokens to f64 is exact for any that fits an answer.
            #[expect(clippy::cast_precision_loss, reason = "small counts")]
            Self::Tokens(rate) => {
                Duration::try_from_secs_f64(tokens as f64 / rate).unwrap_or_default()
            }
        }
    }
}

impl std::str::FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "max" => Ok(Self::Max),
            _ => match text.parse::<f64>() {
                Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(Self::Tokens(rate)),
                _ => Err(format!(
                    "speed can't be {text:?}; write a number of tokens a second, or max"
                )),
            },
        }
    }
}

/// What happens next to a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Wait(Duration),
    Send(Bytes),
    /// Nothing more, with the connection open.
    Stall,
    /// The connection breaks.
    Break,
}

/// A body before it is sent.
pub(crate) type Steps = Box<dyn Iterator<Item = Step> + Send>;

/// Applies what a fault does to any body, whatever is in it.
pub(crate) fn deliver(steps: Steps, delivery: &Delivery) -> Steps {
    let mut steps = steps;
    if let Some(limit) = delivery.cut_bytes {
        steps = Box::new(CutBytes { steps, left: Some(limit) });
    }
    if delivery.buffered == Some(Buffered::Body) {
        steps = Box::new(Buffer { steps: Some(steps), held: VecDeque::new() });
    }
    if let Some(size) = delivery.chunk {
        let gap = delivery.gap.unwrap_or_default();
        steps = Box::new(Chunk { steps, size, gap, held: BytesMut::new(), ready: VecDeque::new() });
    }
    steps
}

/// Breaks the connection once this many bytes are out.
struct CutBytes {
    steps: Steps,
    left: Option<usize>,
}

impl Iterator for CutBytes {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let left = self.left?;
        if left == 0 {
            self.left = None;
            return Some(Step::Break);
        }
        match self.steps.next()? {
            Step::Send(bytes) => {
                let bytes = bytes.slice(..bytes.len().min(left));
                self.left = Some(left.saturating_sub(bytes.len()));
                Some(Step::Send(bytes))
            }
            other => Some(other),
        }
    }
}

/// Holds everything back until the end. A break or a stall comes instead of it.
struct Buffer {
    steps: Option<Steps>,
    held: VecDeque<Step>,
}

impl Iterator for Buffer {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if let Some(steps) = self.steps.take() {
            let mut waits = Duration::ZERO;
            let mut whole = BytesMut::new();
            let mut last = None;
            for step in steps {
                match step {
                    Step::Wait(time) => waits = waits.saturating_add(time),
                    Step::Send(bytes) => whole.extend_from_slice(&bytes),
                    other => {
                        last = Some(other);
                        break;
                    }
                }
            }
            self.held.push_back(Step::Wait(waits));
            self.held.push_back(last.unwrap_or(Step::Send(whole.freeze())));
        }
        self.held.pop_front()
    }
}

/// Sends pieces of one size. What is held back when something else happens leaves before it.
struct Chunk {
    steps: Steps,
    size: NonZeroUsize,
    gap: Duration,
    held: BytesMut,
    ready: VecDeque<Step>,
}

impl Chunk {
    fn flush(&mut self) {
        if !self.held.is_empty() {
            self.ready.push_back(Step::Send(self.held.split().freeze()));
        }
    }
}

impl Iterator for Chunk {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Some(step);
            }
            if self.held.len() >= self.size.get() {
                let piece = self.held.split_to(self.size.get()).freeze();
                if !self.gap.is_zero() {
                    self.ready.push_back(Step::Wait(self.gap));
                }
                return Some(Step::Send(piece));
            }
            match self.steps.next() {
                Some(Step::Send(bytes)) => self.held.extend_from_slice(&bytes),
                Some(Step::Wait(time)) => return Some(Step::Wait(time)),
                Some(other) => {
                    self.flush();
                    self.ready.push_back(other);
                }
                None => {
                    self.flush();
                    return self.ready.pop_front();
                }
            }
        }
    }
}

/// Lets a proxy that buffers wait for the end before it answers at all.
pub(crate) async fn hold(steps: Steps, shutdown: &Shutdown) -> Steps {
    let mut held = Buffer { steps: Some(steps), held: VecDeque::new() };
    if let Some(Step::Wait(time)) = held.next() {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = shutdown.begun() => {}
        }
    }
    Box::new(held)
}

struct Sending {
    steps: Peekable<Steps>,
    record: Record,
    shutdown: Shutdown,
}

/// Sends the steps as a response body and notes how far they came.
pub(crate) fn body(steps: Steps, record: Record, shutdown: Shutdown) -> Body {
    let mut sending = Sending { steps: steps.peekable(), record, shutdown };
    if sending.steps.peek().is_none() {
        sending.record.end(Outcome::Complete);
        return Body::empty();
    }
    Body::from_stream(stream::unfold(Some(sending), |sending| async {
        let mut sending = sending?;
        // One turn of the scheduler: the connection flushes what it was given before.
        tokio::task::yield_now().await;
        match advance(&mut sending).await {
            Some(Ok(bytes)) => Some((Ok(bytes), Some(sending))),
            Some(Err(error)) => Some((Err(error), None)),
            None => None,
        }
    }))
}

async fn advance(sending: &mut Sending) -> Option<io::Result<Bytes>> {
    let Sending { steps, record, shutdown } = sending;
    let broken = |record: &Record| {
        record.end(Outcome::Broken);
        Some(Err(io::Error::from(io::ErrorKind::ConnectionAborted)))
    };
    while let Some(step) = steps.next() {
        match step {
            Step::Wait(time) => {
                let finished = async {
                    tokio::time::sleep(time).await;
                };
                tokio::select! {
                    () = finished => {}
                    () = shutdown.begun() => return broken(record),
                }
            }
            Step::Send(bytes) => {
                record.sent(bytes.len());
                // The server stops asking once it has as many bytes as announced, so the end is noted here.
                if steps.peek().is_none() {
                    record.end(Outcome::Complete);
                }
                return Some(Ok(bytes));
            }
            Step::Stall => {
                shutdown.begun().await;
                return broken(record);
            }
            Step::Break => {
                // What was sent before shall arrive: the connection drops what it hasn't flushed.
                tokio::time::sleep(Duration::from_millis(30)).await;
                return broken(record);
            }
        }
    }
    record.end(Outcome::Complete);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(text: &'static str) -> Step {
        Step::Send(Bytes::from_static(text.as_bytes()))
    }

    fn run(steps: Vec<Step>, delivery: &Delivery) -> Vec<Step> {
        deliver(Box::new(steps.into_iter()), delivery).collect()
    }

    fn chunk(size: usize) -> Option<NonZeroUsize> {
        NonZeroUsize::new(size)
    }

    #[test]
    fn chunks_have_exactly_the_size() {
        let delivery = Delivery { chunk: chunk(3), ..Delivery::default() };
        let steps = run(vec![send("abcd"), send("efg"), send("h")], &delivery);
        assert_eq!(steps, [send("abc"), send("def"), send("gh")]);
    }

    #[test]
    fn chunks_leave_before_a_stall() {
        let delivery = Delivery { chunk: chunk(3), ..Delivery::default() };
        assert_eq!(
            run(vec![send("abcd"), Step::Stall], &delivery),
            [send("abc"), send("d"), Step::Stall]
        );
    }

    #[test]
    fn cut_bytes_breaks_inside_a_piece() {
        let delivery = Delivery { cut_bytes: Some(5), ..Delivery::default() };
        assert_eq!(
            run(vec![send("abc"), send("def")], &delivery),
            [send("abc"), send("de"), Step::Break]
        );
    }

    #[test]
    fn cut_bytes_past_the_end_changes_nothing() {
        let delivery = Delivery { cut_bytes: Some(50), ..Delivery::default() };
        assert_eq!(run(vec![send("abc")], &delivery), [send("abc")]);
    }

    #[test]
    fn buffered_waits_for_all_of_it() {
        let delivery = Delivery { buffered: Some(Buffered::Body), ..Delivery::default() };
        let wait = |ms| Step::Wait(Duration::from_millis(ms));
        assert_eq!(
            run(vec![wait(2), send("a"), wait(3), send("b")], &delivery),
            [wait(5), send("ab")]
        );
        assert_eq!(run(vec![send("a"), Step::Stall], &delivery), [wait(0), Step::Stall]);
    }
}
