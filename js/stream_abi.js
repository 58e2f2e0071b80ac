/**
 * The numbers in which the decoders of the module and the script talk. Each
 * stands once more on the module's side: in `src/web/stream_abi.rs`, the
 * segments in `src/stream/output.rs`.
 */

/** What a decoder makes of its input. */
export const MODE_SSE = 0;
export const MODE_MESSAGE = 1;
export const MODE_FRAMES = 2;
export const MODE_FRAMED_MESSAGE = 3;

/** How a call ended; the bits add up. */
export const MORE = 1;
export const FAULT = 2;
export const REFUSED = 4;

/** The words of a decoder's header: address and length each, but for the number of segments. */
export const ROOM = 0;
export const FOUND = 2;
export const SEGMENTS = 4;
export const NOTE = 6;

/** A segment's kind, its block, its length in bytes and in UTF-16 code units. */
export const SEGMENT_WORDS = 4;

/** The kinds of segments. What is none of them is JSON or the rest of an event's data. */
export const TEXT = 1;
export const THINKING = 2;
export const INPUT_JSON = 3;
export const SIGNATURE = 4;
export const EVENT_NAME = 5;
export const EVENT_ID = 6;
export const EVENT_DATA = 7;
export const EVENT_HEAD = 8;

/** What a decoder counts. */
export const BYTES = 0;
export const EVENTS = 1;
export const IGNORED_LINES = 2;
export const UNKNOWN_EVENTS = 3;
export const REPLACEMENT_CHARACTERS = 4;
/** The reconnection time, in milliseconds; below 0 where the stream names none. */
export const RETRY_MS = 5;

/** Larger chunks go in by slices, so that the module's memory doesn't grow with them. */
export const MAX_CHUNK = 65536;
