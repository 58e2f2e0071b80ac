//! One line a request on stderr. Queries and headers are left out: they carry tokens.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

pub(crate) async fn log(
    State(listener): State<&'static str>,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let begun = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let elapsed = begun.elapsed().as_millis();
    eprintln!("{listener:7} {status} {method} {path} {elapsed} ms");
    response
}
