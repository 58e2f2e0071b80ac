//! One line a request on stderr. Queries and headers are left out: they carry tokens.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

/// Whose requests are written, and the token that must not be.
#[derive(Clone, Debug)]
pub(crate) struct AccessLog {
    pub(crate) listener: &'static str,
    pub(crate) token: String,
}

pub(crate) async fn log(State(log): State<AccessLog>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    // No path should carry the token; a client that puts it there is wrong enough.
    let path = request.uri().path().replace(&log.token, "••••");
    let begun = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let elapsed = begun.elapsed().as_millis();
    eprintln!("{:7} {status} {method} {path} {elapsed} ms", log.listener);
    response
}
