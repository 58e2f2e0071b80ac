//! What a decoder found: one text and a table of its parts.

use super::SseParser;
use super::text::Text;
use super::utf8::utf16_len;

/// What a part of the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum SegmentKind {
    /// An event as JSON text.
    Json = 0,
    /// The text of a `text_delta`.
    Text = 1,
    /// The text of a `thinking_delta`.
    Thinking = 2,
    /// The text of an `input_json_delta`.
    InputJson = 3,
    /// The text of a `signature_delta`.
    Signature = 4,
    /// An event's name.
    EventName = 5,
    /// An event's id.
    EventId = 6,
    /// An event's data.
    EventData = 7,
    /// What the data of the next events begin with.
    EventHead = 8,
    /// The rest of an event's data behind the [`Self::EventHead`] that came last.
    EventRest = 9,
}

/// A part of the text. The parts follow each other without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Segment {
    /// What it is.
    pub kind: SegmentKind,
    /// The content block of a delta, else 0.
    pub index: u32,
    /// Length in bytes of UTF-8.
    pub bytes: u32,
    /// Length in UTF-16 code units.
    pub units: u32,
}

/// A longer event is handed out by itself, from where it arrived, so that the
/// text never needs more room than this twice.
pub(crate) const LARGE: usize = 64 << 10;

/// The text of one round and the table of its parts, in the order of the stream.
#[derive(Debug, Default)]
pub(crate) struct Output {
    text: Text,
    segments: Vec<Segment>,
    /// Whether neighbouring deltas of a block become one segment.
    merge: bool,
    /// The round is one large event, whose text isn't in `text`.
    large: bool,
}

impl Output {
    /// How many segments are written before the caller must take them.
    const MAX_SEGMENTS: usize = 2048;

    pub(crate) const fn merge(&mut self) {
        self.merge = true;
    }

    #[allow(clippy::inline_always, reason = "called for each chunk")]
    #[inline(always)]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.text.truncate(0);
        self.segments.clear();
        self.large = false;
    }

    /// Whether the round is one large event, which isn't in [`Self::bytes`].
    pub(crate) const fn is_large(&self) -> bool {
        self.large
    }

    /// Whether the caller should take what there is before more is written.
    pub(crate) fn is_full(&self) -> bool {
        // An event's name, its id and its head may come with its data.
        self.large || self.segments.len() + 4 > Self::MAX_SEGMENTS || self.text.len() >= LARGE
    }

    /// Makes room, so that writing what `input` bytes hold needs no allocation
    /// (but for bytes that are not UTF-8).
    pub(crate) fn reserve(&mut self, input: usize) {
        self.clear();
        self.text.reserve(input.min(2 * LARGE));
        // No event is shorter than `data` and two line ends.
        self.segments.reserve((input / 6 + 4).min(Self::MAX_SEGMENTS));
    }

    /// Where a part's text goes; [`Self::close`] makes it one.
    pub(crate) fn open(&mut self) -> (&mut Text, usize) {
        let start = self.text.len();
        (&mut self.text, start)
    }

    /// Makes everything since `start`, so many UTF-16 code units, a part.
    #[allow(clippy::inline_always, reason = "called for each delta")]
    #[inline(always)]
    pub(crate) fn close(&mut self, kind: SegmentKind, index: u32, start: usize, units: usize) {
        let (bytes, units) = (word(self.text.len() - start), word(units));
        if self.merge
            && let Some(last) = self.segments.last_mut()
            && last.kind == kind
            && last.index == index
            && kind != SegmentKind::Json
            && kind != SegmentKind::Signature
        {
            last.bytes += bytes;
            last.units += units;
            return;
        }
        self.segments.push(Segment { kind, index, bytes, units });
    }

    /// Forgets everything since `start`.
    pub(crate) fn reopen(&mut self, start: usize) {
        self.text.truncate(start);
    }

    pub(crate) fn push(&mut self, kind: SegmentKind, text: &str) {
        let (out, start) = self.open();
        out.push_str(text);
        self.close(kind, 0, start, units_of(text));
    }

    /// Makes a text that stays elsewhere the only part of this round.
    pub(crate) fn push_large(&mut self, kind: SegmentKind, text: &str) {
        self.clear();
        self.large = true;
        let (bytes, units) = (word(text.len()), word(units_of(text)));
        self.segments.push(Segment { kind, index: 0, bytes, units });
    }
}

/// What a decoder found in one round: one text and the table of its parts.
#[derive(Clone, Copy, Debug)]
pub struct Found<'d> {
    /// The text of all parts, one behind the other, in UTF-8.
    pub bytes: &'d [u8],
    /// The parts.
    pub segments: &'d [Segment],
}

impl<'d> Found<'d> {
    #[allow(clippy::inline_always, reason = "called for each chunk")]
    #[inline(always)]
    pub(crate) fn new(output: &'d Output, parser: &'d SseParser) -> Self {
        let bytes = if output.large { parser.found_data() } else { output.bytes() };
        Self { bytes, segments: output.segments() }
    }

    /// The text of all parts. Looks at each byte: whoever hands it on as bytes has no need to.
    #[must_use]
    pub fn text(&self) -> &'d str {
        std::str::from_utf8(self.bytes).unwrap_or_default()
    }

    /// The parts with their text.
    pub fn parts(&self) -> impl Iterator<Item = (Segment, &'d str)> {
        let mut rest = self.text();
        self.segments.iter().map(move |&segment| {
            let (part, after) = rest.split_at_checked(segment.bytes as usize).unwrap_or((rest, ""));
            rest = after;
            (segment, part)
        })
    }
}

fn units_of(text: &str) -> usize {
    utf16_len(text.as_bytes()).unwrap_or_default()
}

/// Lengths stay far below 4 GiB: an event's limit is given as 32 bits.
fn word(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
