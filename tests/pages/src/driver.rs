//! The driver's process, from its start to its certain end.

use std::fs::File;
use std::net::Ipv4Addr;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::case::{Complaint, Outcome};
use crate::environment::{Engine, Environment};

/// A driver listens after moments.
const START: Duration = Duration::from_secs(20);

/// What a driver needs to end its browsers.
const END: Duration = Duration::from_secs(5);

/// How often a port is tried that isn't listened on yet.
const TRY_AGAIN: Duration = Duration::from_millis(20);

/// A running driver.
#[derive(Debug)]
pub(crate) struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// Starts it and waits until it listens.
    pub(crate) async fn start(engine: Engine, environment: &Environment) -> Outcome<Self> {
        let port = free_port().await?;
        let log = File::create(environment.output.join(format!("{engine}-driver.log")))?;
        let mut command = Command::new(&environment.driver);
        match engine {
            Engine::Chromium | Engine::Webkit => command.arg(format!("--port={port}")),
            Engine::Firefox => {
                // Its default port for BiDi is one for the whole machine.
                let bidi = free_port().await?.to_string();
                command.args(["--port", &port.to_string(), "--websocket-port", &bidi])
            }
        };
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Where it is set, WebKit never answers when it is asked for a picture.
            .env_remove("WEBKIT_DISABLE_COMPOSITING_MODE")
            .process_group(0)
            .kill_on_drop(true);
        let process = command.spawn().map_err(|error| {
            Complaint::new(format!("{}: {error}", environment.driver.display()))
        })?;
        let mut driver = Self { process, port };
        match timeout(START, driver.listens()).await {
            Ok(listens) => listens.map(|()| driver),
            Err(_) => Err(Complaint::new("the driver doesn't listen")),
        }
    }

    async fn listens(&mut self) -> Outcome {
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.is_err() {
            if let Some(status) = self.process.try_wait()? {
                return Err(Complaint::new(format!("the driver ended with {status}")));
            }
            tokio::time::sleep(TRY_AGAIN).await;
        }
        Ok(())
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends it. A driver that is told to end, rather than killed, ends its browsers first.
    pub(crate) async fn end(mut self) {
        let id = self.process.id().and_then(|id| i32::try_from(id).ok());
        if let Some(id) = id
            && kill(Pid::from_raw(id), Signal::SIGTERM).is_ok()
            && timeout(END, self.process.wait()).await.is_ok()
        {
            return;
        }
        if let Err(error) = self.process.kill().await {
            eprintln!("the driver could not be ended: {error}");
        }
    }
}

async fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?.port())
}
