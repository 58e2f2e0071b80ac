//! Requests and answers as values: what would be sent, where a credential may
//! go, when to send again and when to stop waiting.

pub mod answer;
pub mod credential;
pub mod endpoints;
pub mod header;
pub mod percent;
pub mod request;
pub mod retry;
pub mod url;

pub use answer::{Answer, Head, TransportError};
pub use credential::Credential;
pub use endpoints::Endpoints;
pub use header::{HeaderName, HeaderValue};
pub use request::{Method, Request};
pub use url::{BaseUrl, Origin};
