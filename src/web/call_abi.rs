//! The raw exports by which JavaScript calls operations: plain functions over
//! numbers, without wasm-bindgen, whose glue for each method cost more than
//! most methods do.
//!
//! A call, as `js/core.js` makes it:
//!
//! 1. [`core_room`] makes room for the body and the arguments behind it, both
//!    UTF-8; the host writes them there. The body is what must not be escaped
//!    as a part of JSON: the caller's params, an answer's text, bytes to sign.
//! 2. [`core_call`] takes both, calls the operation, and says where the answer
//!    is and what it is.
//! 3. When the answer is read, the host makes room for nothing: what came out
//!    may be secret or large, and is held no longer than that.
//!
//! All memory is Rust's own, and the host reads and writes only where it was
//! told, so there is nothing here to be proven but the exports' names.

#![allow(unsafe_code, reason = "exporting a function under its own name counts as unsafe")]

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};

use super::dispatch::{Answer, Objects};
use super::operation::Arguments;

/// What an answer is.
mod status {
    /// `undefined`
    pub(super) const NOTHING: u32 = 0;
    /// A value, as JSON.
    pub(super) const VALUE: u32 = 1;
    /// A failure to throw, as JSON.
    pub(super) const FAILURE: u32 = 2;
    /// There is no such operation or object.
    pub(super) const UNKNOWN: u32 = 3;
}

/// What [`core_call`] says of its answer: what it is, the address of its text,
/// and the text's length in bytes.
static ANSWER: [AtomicU32; 3] = [const { AtomicU32::new(0) }; 3];

struct Core {
    objects: Objects,
    /// The body of the next call, and its arguments.
    input: Vec<u8>,
    body_length: usize,
    output: String,
}

thread_local! {
    static CORE: RefCell<Core> = const {
        RefCell::new(Core {
            objects: Objects::new(),
            input: Vec::new(),
            body_length: 0,
            output: String::new(),
        })
    };
}

// Safety of `no_mangle` on each function below: an exported name must be unique
// in the final module. No dependency exports names that begin with `core_`,
// and the linker refuses a name that is defined twice.

/// Makes room for the next call's body and arguments, one behind the other, and
/// forgets the last answer. Returns where to write them.
#[unsafe(no_mangle)]
pub extern "C" fn core_room(body_length: usize, arguments_length: usize) -> usize {
    CORE.with_borrow_mut(|core| {
        core.output = String::new();
        core.body_length = body_length;
        core.input = vec![0; body_length.saturating_add(arguments_length)];
        core.input.as_mut_ptr().expose_provenance()
    })
}

/// Calls an operation of the object of that number, or of the module where it
/// is 0. The arguments are a JSON array that begins with the operation's name.
/// Returns the address of `ANSWER`, which never changes.
#[unsafe(no_mangle)]
pub extern "C" fn core_call(number: u32, now_ms: f64, random: f64) -> usize {
    CORE.with_borrow_mut(|core| {
        let mut body = std::mem::take(&mut core.input);
        let list = body.split_off(core.body_length.min(body.len()));
        let list = String::from_utf8(list).unwrap_or_default();
        let mut arguments = Arguments::new(&list, body, now_ms as u64, random);
        let (status, text) = match core.objects.call(number, &mut arguments) {
            Answer::Nothing => (status::NOTHING, String::new()),
            Answer::Value(json) => (status::VALUE, json),
            Answer::Failure(json) => (status::FAILURE, json),
            Answer::Unknown => (status::UNKNOWN, String::new()),
        };
        core.output = text;
        // Addresses and lengths have 32 bits in WebAssembly.
        let words =
            [status, core.output.as_ptr().expose_provenance() as u32, core.output.len() as u32];
        for (word, value) in ANSWER.iter().zip(words) {
            word.store(value, Ordering::Relaxed);
        }
    });
    ANSWER.as_ptr().expose_provenance()
}

/// Frees an object. Its number is unknown from then on.
#[unsafe(no_mangle)]
pub extern "C" fn core_free(number: u32) {
    CORE.with_borrow_mut(|core| core.objects.free(number));
}
