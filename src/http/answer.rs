//! What came back for a request, or why nothing did.

use std::fmt;

/// Status and readable headers of an answer. Cross-origin, a browser shows
/// only a handful of headers unless the server exposes more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// HTTP status.
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// The header of that lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(existing, _)| existing == name).map(|(_, value)| value.as_str())
    }

    /// 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Type and subtype in lower case, without parameters. Empty when unknown.
    #[must_use]
    pub fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The server's identifier of the request, under the names that
    /// gateways and providers give it.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        ["request-id", "x-request-id", "x-amzn-requestid", "x-litellm-call-id", "apim-request-id"]
            .iter()
            .find_map(|name| self.header(name))
    }
}

/// An answer that was read whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Status and headers.
    pub head: Head,
    /// As text; bytes that aren't UTF-8 became U+FFFD.
    pub body: String,
}

/// Which wait ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// For the answer's first byte.
    FirstByte,
    /// For the next piece of an answer.
    Idle,
    /// For the end of an answer that is read whole.
    Whole,
}

/// Why there is no answer. A browser tells a page very little: refused
/// connections, DNS, TLS and CORS all look the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// Fetch rejected.
    Network {
        /// Whether the browser says that the machine has no network at all.
        offline: bool,
    },
    /// Nothing in time.
    TimedOut {
        /// Which wait.
        wait: Wait,
        /// How long it was.
        limit_ms: u32,
    },
    /// The server sent the browser elsewhere; credentials are never sent along.
    Redirected,
    /// The answer is larger than the limit.
    TooLarge {
        /// In bytes.
        limit: u32,
    },
    /// The connection broke while the answer was read.
    Interrupted,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network { offline: true } => f.write_str("this computer is offline"),
            Self::Network { offline: false } => f.write_str("no answer could be read"),
            Self::TimedOut { wait: Wait::FirstByte, limit_ms } => {
                write!(f, "no answer within {} s", seconds(*limit_ms))
            }
            Self::TimedOut { wait: Wait::Idle, limit_ms } => {
                write!(f, "the answer stopped arriving for {} s", seconds(*limit_ms))
            }
            Self::TimedOut { wait: Wait::Whole, limit_ms } => {
                write!(f, "the answer was not complete within {} s", seconds(*limit_ms))
            }
            Self::Redirected => f.write_str("the server answered with a redirect"),
            Self::TooLarge { limit } => write!(f, "the answer is larger than {limit} bytes"),
            Self::Interrupted => f.write_str("the connection broke while the answer arrived"),
        }
    }
}

impl std::error::Error for TransportError {}

/// Whole seconds, and tenths where there are any.
fn seconds(ms: u32) -> String {
    let tenths = ms % 1000 / 100;
    if tenths == 0 { (ms / 1000).to_string() } else { format!("{}.{tenths}", ms / 1000) }
}
