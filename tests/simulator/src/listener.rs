//! One listener on loopback: binding, serving, and the signal that ends it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::serve::ListenerExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::access_log::{self, AccessLog};
use crate::organisation::StartError;
use crate::tls::TlsListener;

/// A port that is ours and not served yet.
pub(crate) struct Bound {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
}

/// Takes a port of 127.0.0.1; 0 takes a free one.
pub(crate) async fn bind(port: u16) -> Result<Bound, StartError> {
    let refused = |source| StartError::Bind { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok(Bound { listener, address })
}

/// Serves until shutdown, and until the last connection has ended after it. Over TLS with an acceptor.
pub(crate) async fn serve(
    name: &'static str,
    bound: Bound,
    tls: Option<TlsAcceptor>,
    router: Router,
    log: Option<AccessLog>,
    shutdown: Shutdown,
) {
    let router = match log {
        Some(log) => router.layer(middleware::from_fn_with_state(log, access_log::log)),
        None => router,
    };
    let Bound { listener, address } = bound;
    let ended = async move { shutdown.begun().await };
    let served = match tls {
        Some(acceptor) => {
            let listener = TlsListener::new(listener, address, acceptor);
            axum::serve(listener, router).with_graceful_shutdown(ended).await
        }
        None => {
            let listener = listener.tap_io(|stream| send_at_once(stream));
            axum::serve(listener, router).with_graceful_shutdown(ended).await
        }
    };
    if let Err(error) = served {
        eprintln!("{name}: {error}");
    }
}

/// Small events must leave at once, or the kernel glues them together.
pub(crate) fn send_at_once(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        eprintln!("can't switch off packet delay: {error}");
    }
}

/// A signal that everything with a wait in it listens to.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown(Arc<watch::Sender<bool>>);

impl Shutdown {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    pub(crate) fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Returns once the shutdown has begun.
    pub(crate) async fn begun(&self) {
        // The sender lives in `self`, so waiting can't fail.
        let _ = self.0.subscribe().wait_for(|begun| *begun).await;
    }
}
