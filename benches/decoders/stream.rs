//! The streams, and how they are cut into chunks.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use bytes::Bytes;

/// A stream in the chunks in which it arrives.
pub(crate) struct Stream {
    pub(crate) chunks: Vec<Bytes>,
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

/// The stream of a name and a chunking: `text 16k`, `tool event`.
pub(crate) fn stream(name: &str) -> &'static Stream {
    static STREAMS: OnceLock<Mutex<HashMap<String, &'static Stream>>> = OnceLock::new();
    let mut streams = STREAMS.get_or_init(Mutex::default).lock().unwrap();
    streams.entry(name.to_owned()).or_insert_with(|| {
        let (corpus, chunking) = name.split_once(' ').unwrap();
        let events = read(corpus);
        let chunks = match chunking {
            "event" => events.clone(),
            "16k" => events.concat().chunks(16 << 10).map(Bytes::copy_from_slice).collect(),
            _ => panic!("no chunking {chunking}"),
        };
        Box::leak(Box::new(Stream {
            events: events.len(),
            bytes: events.iter().map(Bytes::len).sum(),
            chunks,
        }))
    })
}

/// A corpus, wire event by wire event.
fn read(corpus: &str) -> Vec<Bytes> {
    let file = folder().join(format!("{corpus}.bin"));
    let whole = Bytes::from(fs::read(&file).unwrap());
    let mut events = Vec::new();
    let mut at = 0;
    while at < whole.len() {
        let length: [u8; 4] = whole[at..at + 4].try_into().unwrap();
        let end = at + 4 + u32::from_le_bytes(length) as usize;
        events.push(Bytes::copy_from_slice(&whole[at + 4..end]));
        at = end;
    }
    events
}

/// Where the corpora are, written anew in each run, for they may have changed.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |folder| root.join(folder));
        let folder = target.join("bench/corpora");
        let written = Command::new("node")
            .arg(root.join("xtask/node/write_corpora.mjs"))
            .arg(&folder)
            .status()
            .expect("Node writes the streams: https://nodejs.org");
        assert!(written.success(), "the streams could not be written");
        folder
    })
}
