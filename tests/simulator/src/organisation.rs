//! The organisation as a whole: starts the listeners, knows their addresses, ends them.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::middleware;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::access_log::AccessLog;
use crate::certificates::{self, Authority, CertificateError};
use crate::clouds::{self, Clouds};
use crate::gateway::journal::Journal;
use crate::gateway::stream::Speed;
use crate::gateway::{self, Gateway};
use crate::identity::{self, Identity};
use crate::listener::{self, Shutdown};
use crate::secrets::{self, IssuedSecret, Secrets, Sighting};
use crate::{bootstrap, host_page, pane, tls};

/// The token that the gateway accepts unless told otherwise. Obviously no real one.
const DEMO_TOKEN: &str = "sim-gateway-4f1d8c2b7a9e-not-a-real-token-5b6c7d8e9f00";

/// How long open connections may take to end at a shutdown.
const GRACE: Duration = Duration::from_secs(2);

/// Where Microsoft says that pages load office.js from.
pub const OFFICE_JS: &str = "https://appsforoffice.microsoft.com/lib/1/hosted/office.js";

/// What the organisation serves and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files at the root of the pane's origin.
    pub www: PathBuf,
    /// Files under `/pkg/`: the package under test.
    pub pkg: PathBuf,
    /// Files under `/vendor/`: third-party files of the demo page.
    pub vendor: Option<PathBuf>,
    /// Recorded answers for the fault `file=NAME`.
    pub fixtures: Option<PathBuf>,
    /// Port of the host page; pane, gateway, identity providers and clouds take the next four. 0 lets the system choose all.
    pub port: u16,
    /// The token that the gateway accepts.
    pub token: String,
    /// How fast answers stream where the URL doesn't say.
    pub speed: Speed,
    /// A folder for a local certificate, which is made where there is none: the
    /// origins are `https://localhost:…` then, else `http://127.0.0.1:…`.
    pub https: Option<PathBuf>,
    /// Where the pane may load office.js from, for example [`OFFICE_JS`]. With it, Office on the web may
    /// frame the pane.
    pub office_js: Option<String>,
    /// Whether host page and pane are cross-origin isolated.
    pub cross_origin_isolated: bool,
    /// Whether pages of other sites may frame the pane, in a sandbox too. What a
    /// frame can keep depends on both.
    pub framed_anywhere: bool,
    /// Whether each request is written to stderr.
    pub access_log: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            www: PathBuf::from("www"),
            pkg: PathBuf::from("pkg"),
            vendor: None,
            fixtures: None,
            port: 0,
            token: DEMO_TOKEN.to_owned(),
            speed: Speed::HUMAN,
            https: None,
            office_js: None,
            cross_origin_isolated: false,
            framed_anywhere: false,
            access_log: false,
        }
    }
}

/// Why the organisation didn't start.
#[derive(Debug)]
pub enum StartError {
    /// A directory that was named isn't there.
    NoDirectory {
        /// What it is for.
        purpose: &'static str,
        /// The path as it was given.
        path: PathBuf,
    },
    /// A port can't be had.
    Bind {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// A port that, with the four after it, isn't a port.
    PortRange(u16),
    /// A token that no header can carry.
    Token,
    /// There is no local certificate.
    Certificate(CertificateError),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDirectory { purpose, path } => {
                write!(f, "no directory {} (it holds {purpose})", path.display())
            }
            Self::Bind { port, source } => {
                write!(f, "can't listen on 127.0.0.1:{port}: {source}")
            }
            Self::PortRange(port) => {
                write!(f, "port {port} is too high: the four ports after it are needed as well")
            }
            Self::Token => f.write_str("the token must be visible ASCII characters"),
            Self::Certificate(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bind { source, .. } => Some(source),
            Self::Certificate(error) => error.source(),
            Self::NoDirectory { .. } | Self::PortRange(_) | Self::Token => None,
        }
    }
}

/// The addresses, as each part tells them to the others.
#[derive(Clone, Debug)]
pub(crate) struct Origins {
    pub(crate) host: String,
    pub(crate) pane: String,
    pub(crate) gateway: String,
    pub(crate) identity: String,
    pub(crate) clouds: String,
}

/// A running organisation. Ends when it is dropped; [`Organisation::shutdown`] waits for it.
#[derive(Debug)]
pub struct Organisation {
    origins: Origins,
    token: String,
    journal: Journal,
    clouds_journal: Journal,
    identity: Arc<Identity>,
    secrets: Secrets,
    authority: Option<Authority>,
    shutdown: Shutdown,
    servers: JoinSet<()>,
}

impl Organisation {
    /// Binds the five listeners and serves until shutdown.
    ///
    /// # Errors
    /// When a directory is missing or a port is taken.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        check_directories(&options)?;
        if options.token.is_empty() || !options.token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(StartError::Token);
        }
        let port = |offset: u16| match options.port {
            0 => Ok(0),
            base => base.checked_add(offset).ok_or(StartError::PortRange(base)),
        };
        let host = listener::bind(port(0)?).await?;
        let pane = listener::bind(port(1)?).await?;
        let gateway = listener::bind(port(2)?).await?;
        let identity = listener::bind(port(3)?).await?;
        let clouds = listener::bind(port(4)?).await?;
        let secured = match &options.https {
            Some(folder) => Some(secure(folder).map_err(StartError::Certificate)?),
            None => None,
        };
        let (tls, authority) = secured.unzip();
        let origin = if tls.is_some() { secure_origin } else { plain_origin };
        let origins = Origins {
            host: origin(host.address),
            pane: origin(pane.address),
            gateway: origin(gateway.address),
            identity: origin(identity.address),
            clouds: origin(clouds.address),
        };

        let shutdown = Shutdown::new();
        let journal = Journal::new(&options.token);
        let clouds_journal = Journal::new(&options.token);
        let secrets = Secrets::default();
        let providers = Arc::new(Identity::new(&origins, secrets.clone()));
        let doors = Arc::new(Clouds::new(providers.clone()));
        let answering = |journal: &Journal| {
            let (journal, shutdown) = (journal.clone(), shutdown.clone());
            Gateway::new(&origins, &options, journal, shutdown, doors.clone())
        };
        let routers = [
            ("host", host, host_page::router(&origins, &options)),
            ("pane", pane, pane::router(&origins, &options)),
            ("gateway", gateway, gateway::router(Arc::new(answering(&journal)))),
            (
                "identity",
                identity,
                bootstrap::router(providers.clone(), &origins, &options.token)
                    .merge(identity::router(providers.clone())),
            ),
            ("clouds", clouds, gateway::router(Arc::new(answering(&clouds_journal).of_clouds()))),
        ];
        let mut servers = JoinSet::new();
        for (name, bound, router) in routers {
            let log = options
                .access_log
                .then(|| AccessLog { listener: name, token: options.token.clone() });
            let watched = (name, secrets.clone());
            let router = router.layer(middleware::from_fn_with_state(watched, secrets::watch));
            servers.spawn(listener::serve(name, bound, tls.clone(), router, log, shutdown.clone()));
        }
        let (token, identity) = (options.token, providers);
        Ok(Self {
            origins,
            token,
            journal,
            clouds_journal,
            identity,
            secrets,
            authority,
            shutdown,
            servers,
        })
    }

    /// The host page's origin, without a slash at the end.
    #[must_use]
    pub fn host_origin(&self) -> &str {
        &self.origins.host
    }

    /// The pane's origin, without a slash at the end.
    #[must_use]
    pub fn pane_origin(&self) -> &str {
        &self.origins.pane
    }

    /// The gateway's base URL, without a slash at the end: what a user types.
    #[must_use]
    pub fn gateway_url(&self) -> &str {
        &self.origins.gateway
    }

    /// The gateway's base URL with faults, for example `status=529,times=2`.
    #[must_use]
    pub fn gateway_url_with(&self, faults: &str) -> String {
        format!("{}/with/{faults}", self.origins.gateway)
    }

    /// The token that the gateway accepts.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What the gateway saw.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Where each host of the clouds and of their identity providers is, as
    /// `Connector.open` takes it: with these faults, and answering this way.
    #[must_use]
    pub fn endpoints(&self, faults: &str, how: &str) -> Vec<(String, String)> {
        clouds::endpoints(&self.origins, faults, how)
    }

    /// What the clouds saw.
    #[must_use]
    pub fn clouds_journal(&self) -> &Journal {
        &self.clouds_journal
    }

    /// Ends the sessions of an id: whatever was issued to it is refused from here on.
    pub fn end_sessions(&self, id: &str) {
        self.identity.end_sessions(id);
    }

    /// The identity providers' origin; with `how`, as for example `coop,sso=ada`.
    #[must_use]
    pub fn identity_url(&self, how: &str) -> String {
        let identity = &self.origins.identity;
        if how.is_empty() { identity.clone() } else { format!("{identity}/with/{how}") }
    }

    /// The bootstrap endpoint; with `how`, as for example `anonymous,expires=60`.
    #[must_use]
    pub fn bootstrap_url(&self, how: &str) -> String {
        let origin = &self.origins.identity;
        let with = if how.is_empty() { String::new() } else { format!("/with/{how}") };
        format!("{origin}/bootstrap{with}")
    }

    /// What was asked of the token endpoints: `entra refresh_token`, `google revoke`.
    #[must_use]
    pub fn identity_journal(&self) -> Vec<String> {
        self.identity.journal()
    }

    /// Every code, verifier and token that the identity providers gave away or were shown.
    #[must_use]
    pub fn issued_secrets(&self) -> Vec<IssuedSecret> {
        self.secrets.issued()
    }

    /// Where these turned up in requests, oldest first.
    #[must_use]
    pub fn sightings(&self) -> Vec<Sighting> {
        self.secrets.sightings()
    }

    /// Who certifies the origins, where they are https.
    #[must_use]
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// Stops listening, ends open answers and waits for the connections to close.
    pub async fn shutdown(mut self) {
        self.shutdown.begin();
        let ended = async { while self.servers.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            self.servers.abort_all();
        }
    }
}

impl Drop for Organisation {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

fn plain_origin(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// Office takes a page on this computer by its name only.
fn secure_origin(address: SocketAddr) -> String {
    format!("https://localhost:{}", address.port())
}

#[expect(clippy::disallowed_methods, reason = "certificates expire by the wall clock")]
fn secure(folder: &Path) -> Result<(TlsAcceptor, Authority), CertificateError> {
    let (certificate, authority) = certificates::obtain(folder, SystemTime::now())?;
    Ok((tls::acceptor(certificate)?, authority))
}

fn check_directories(options: &Options) -> Result<(), StartError> {
    let named = [
        ("the taskpane's files", Some(&options.www)),
        ("the built package", Some(&options.pkg)),
        ("third-party files", options.vendor.as_ref()),
        ("recorded answers", options.fixtures.as_ref()),
    ];
    for (purpose, path) in named {
        if let Some(path) = path
            && !path.is_dir()
        {
            return Err(StartError::NoDirectory { purpose, path: path.clone() });
        }
    }
    Ok(())
}
