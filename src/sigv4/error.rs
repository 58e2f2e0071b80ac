//! Why a request can't be signed.

use std::fmt;

use crate::error::{Code, Failure};
use crate::http::header::HeaderError;
use crate::http::url::UrlError;

/// Why a request can't be signed. Quotes no value of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SigningError {
    /// The address.
    Url(UrlError),
    /// The method is no RFC 9110 token, or none that fetch sends.
    Method,
    /// A GET or HEAD with a body, which fetch refuses.
    Body,
    /// A header's name.
    HeaderName(HeaderError),
    /// A header's value has something else than visible ASCII and blanks.
    HeaderValue {
        /// The header's name.
        name: String,
    },
    /// The region is empty or has a character that none has.
    Region,
    /// The service is empty or has a character that none has.
    Service,
    /// The time is beyond the year 9999.
    Time,
}

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(error) => error.fmt(f),
            Self::Method => f.write_str("the method is not one that can be sent"),
            Self::Body => f.write_str("a GET or HEAD request can't have a body"),
            Self::HeaderName(error) => error.fmt(f),
            Self::HeaderValue { name } => write!(
                f,
                "the value of {name} has a character that can't be signed: only visible ASCII and blanks can"
            ),
            Self::Region => f.write_str("the region is not the name of one, such as us-east-1"),
            Self::Service => f.write_str("the service is not a signing name, such as execute-api"),
            Self::Time => f.write_str("the time is not between the years 1970 and 9999"),
        }
    }
}

impl std::error::Error for SigningError {}

impl From<SigningError> for Failure {
    fn from(error: SigningError) -> Self {
        Self::new(Code::InvalidArgument, error.to_string())
    }
}
