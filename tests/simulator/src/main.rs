//! `simulator serve`: the organisation until Ctrl-C.

mod trust;

use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::prelude::*;
use simulator::{CATALOGUE, OFFICE_JS, Options, Organisation, Speed};

const USAGE: &str = "\
simulator serve --www DIR --pkg DIR [--vendor DIR] [--fixtures DIR] [--port N] [--speed N|max]
                [--https DIR] [--office-js] [--isolated] [--quiet]
simulator faults

  serve     runs the host page, the pane's files and the gateway on loopback until Ctrl-C
  faults    lists what /with/<faults> understands

  --port       the host page's port; pane, gateway, identity providers and clouds take the next four (default: free ones)
  --speed      tokens a second of streamed answers (default 70)
  --https      serves https://localhost with a local certificate that is kept in DIR
  --office-js  lets the pane load office.js from Microsoft's host, and Office on the web frame it
  --isolated   serves host page and pane cross-origin isolated
  --quiet      writes no access log";

enum Command {
    Serve(Options),
    Faults,
    Help,
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = match parse() {
        Ok(command) => command,
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match command {
        Command::Help => println!("{USAGE}"),
        Command::Faults => {
            for fault in CATALOGUE {
                println!("{:36} {}", fault.form, fault.effect);
            }
        }
        Command::Serve(options) => return serve(options).await,
    }
    ExitCode::SUCCESS
}

async fn serve(options: Options) -> ExitCode {
    let organisation = match Organisation::start(options).await {
        Ok(organisation) => organisation,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    if let Some(authority) = organisation.authority() {
        println!("{}", trust::advice(authority));
    }
    println!(
        "Open {}/ (by hand: gateway {} token {})",
        organisation.host_origin(),
        organisation.gateway_url(),
        organisation.token()
    );
    if let Err(error) = tokio::signal::ctrl_c().await {
        eprintln!("can't wait for Ctrl-C: {error}");
    }
    organisation.shutdown().await;
    ExitCode::SUCCESS
}

fn parse() -> Result<Command, lexopt::Error> {
    let mut arguments = lexopt::Parser::from_env();
    let mut verb = None;
    let mut options = Options { access_log: true, ..Options::default() };
    let (mut www, mut pkg) = (None, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(value) if verb.is_none() => verb = Some(value.string()?),
            Long("www") => www = Some(PathBuf::from(arguments.value()?)),
            Long("pkg") => pkg = Some(PathBuf::from(arguments.value()?)),
            Long("vendor") => options.vendor = Some(PathBuf::from(arguments.value()?)),
            Long("fixtures") => options.fixtures = Some(PathBuf::from(arguments.value()?)),
            Long("port") => options.port = arguments.value()?.parse()?,
            Long("speed") => options.speed = arguments.value()?.parse::<Speed>()?,
            Long("https") => options.https = Some(PathBuf::from(arguments.value()?)),
            Long("office-js") => options.office_js = Some(OFFICE_JS.to_owned()),
            Long("isolated") => options.cross_origin_isolated = true,
            Long("quiet") => options.access_log = false,
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected()),
        }
    }
    match verb.as_deref() {
        Some("serve") => {
            options.www = www.ok_or("--www DIR is missing")?;
            options.pkg = pkg.ok_or("--pkg DIR is missing")?;
            Ok(Command::Serve(options))
        }
        Some("faults") => Ok(Command::Faults),
        Some(other) => Err(format!("no command {other:?}").into()),
        None => Err("say what to do".into()),
    }
}
