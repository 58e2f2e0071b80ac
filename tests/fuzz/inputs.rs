//! Inputs for the targets where there is no fuzzer to make them.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// No longer files: every one is read byte by byte, and again in pieces.
const LONGEST: usize = 8 << 10;

/// The files of folders, by name.
pub(crate) fn seeds(folders: &[&str]) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let read = |path: PathBuf| (path.clone(), std::fs::read(path).unwrap());
    files.into_iter().map(read).filter(|(_, bytes)| bytes.len() <= LONGEST).collect()
}

#[derive(Clone, Debug)]
enum Damage {
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Swap(Index, Index, usize),
}

/// Pieces that mean something to one of the decoders.
const TOKENS: [&[u8]; 26] = [
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"data:",
    b"data: ",
    b"event: ",
    b"id:",
    b"retry: 1",
    b":",
    b"\0",
    b"\xEF\xBB\xBF",
    b"\xF0\x9F\x98\x80",
    b"\x9F",
    b"\xC3",
    b"\"",
    b"\\",
    b"\\u",
    b"\\ud83d",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"1e9",
    b"{\"type\":\"message_stop\"}",
];

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
        (at(), select(TOKENS.to_vec())).prop_map(|(at, token)| Damage::Insert(at, token.to_vec())),
        (at(), 1..40_usize).prop_map(|(at, length)| Damage::Remove(at, length)),
        (at(), 1..200_usize).prop_map(|(at, length)| Damage::Repeat(at, length)),
        (at(), at(), 1..60_usize).prop_map(|(from, to, length)| Damage::Swap(from, to, length)),
    ]
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let piece = |at: usize, length: usize, bytes: &[u8]| {
            bytes[at..(at + length).min(bytes.len())].to_vec()
        };
        match self {
            _ if bytes.is_empty() => bytes.push(b'\n'),
            Self::Replace(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Self::Insert(at, token) => {
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, token.iter().copied());
            }
            Self::Remove(at, length) => {
                let at = at.index(bytes.len());
                bytes.drain(at..(at + length).min(bytes.len()));
            }
            Self::Repeat(at, length) => {
                let at = at.index(bytes.len());
                let again = piece(at, *length, bytes);
                bytes.splice(at..at, again);
            }
            Self::Swap(from, to, length) => {
                let moved = piece(from.index(bytes.len()), *length, bytes);
                let at = to.index(bytes.len());
                let end = (at + length).min(bytes.len());
                bytes.splice(at..end, moved);
            }
        }
    }
}

/// A seed with a few things wrong in it.
pub(crate) fn damaged(folders: &[&str]) -> impl Strategy<Value = Vec<u8>> {
    let seeds: Vec<Vec<u8>> = seeds(folders).into_iter().map(|(_, bytes)| bytes).collect();
    (select(seeds), prop::collection::vec(damage(), 0..6)).prop_map(|(mut bytes, all)| {
        for damage in &all {
            damage.apply(&mut bytes);
        }
        bytes.truncate(LONGEST);
        bytes
    })
}
