//! A test case and what it finds wrong.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::environment::Engine;
use crate::stage::Stage;

/// What a case, or the way to it, found wrong.
#[derive(Debug)]
pub(crate) struct Complaint(String);

impl Complaint {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Complaint {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self(text)
    }
}

pub(crate) type Outcome<T = ()> = Result<T, Complaint>;

/// Complains unless something holds.
macro_rules! ensure {
    ($holds:expr, $($why:tt)+) => {
        if !$holds {
            return Err($crate::case::Complaint::new(format!($($why)+)));
        }
    };
}

/// Complains unless two values are the same.
macro_rules! ensure_eq {
    ($what:expr, $found:expr, $expected:expr) => {
        // A match keeps what both expressions borrow from alive.
        match (&$found, &$expected) {
            (found, expected) => {
                if *found != *expected {
                    let what = $what;
                    return Err($crate::case::Complaint::new(format!(
                        "{what}: found {found:?}, expected {expected:?}"
                    )));
                }
            }
        }
    };
}

pub(crate) use {ensure, ensure_eq};

/// How long a case may take unless it says otherwise.
const LIMIT: Duration = Duration::from_secs(30);

type Run = Box<dyn Fn(Arc<Stage>) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// Something to try.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) limit: Duration,
    /// Engines that can't do it, and why.
    pub(crate) not_in: Vec<(Engine, &'static str)>,
    pub(crate) run: Run,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Case {
    pub(crate) fn new<F>(
        name: impl Into<String>,
        run: impl Fn(Arc<Stage>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        Self {
            name: name.into(),
            limit: LIMIT,
            not_in: Vec::new(),
            run: Box::new(move |stage| Box::pin(run(stage))),
        }
    }

    pub(crate) fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    pub(crate) fn not_in(mut self, engine: Engine, why: &'static str) -> Self {
        self.not_in.push((engine, why));
        self
    }
}
