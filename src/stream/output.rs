//! What a parser found in one chunk: one text and a table of its parts.

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

/// The text and the table of its parts, in the order of the stream.
#[derive(Debug, Default)]
pub struct Output {
    text: String,
    segments: Vec<Segment>,
    units: usize,
    /// Whether neighbouring deltas of a block become one segment.
    merge: bool,
}

impl Output {
    /// How many segments are written before the caller must take them.
    pub const MAX_SEGMENTS: usize = 2048;
    /// How much text is written before the caller must take it; the last part may go past it.
    pub const MAX_TEXT: usize = 64 << 10;

    pub(crate) const fn merge(&mut self) {
        self.merge = true;
    }

    /// All text of this round.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text's length in UTF-16 code units.
    #[must_use]
    pub const fn units(&self) -> usize {
        self.units
    }

    /// The parts of [`Self::text`].
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The parts with their text.
    pub fn parts(&self) -> impl Iterator<Item = (Segment, &str)> {
        let mut rest = self.text.as_str();
        self.segments.iter().map(move |&segment| {
            let (part, after) = rest.split_at_checked(segment.bytes as usize).unwrap_or((rest, ""));
            rest = after;
            (segment, part)
        })
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.segments.clear();
        self.units = 0;
    }

    /// Whether the caller should take what there is before more is written.
    pub(crate) fn is_full(&self) -> bool {
        // Two segments may come with the data of an event: its name and its id.
        self.segments.len() + 3 > Self::MAX_SEGMENTS || self.text.len() >= Self::MAX_TEXT
    }

    /// Makes room, so that writing what an unread input of `pending` bytes
    /// holds needs no allocation (but for input that is not UTF-8).
    pub(crate) fn reserve(&mut self, pending: usize) {
        let wanted = pending.max(1 << 10);
        if self.text.capacity() < wanted {
            // Nothing needs to be kept, so there is nothing to copy.
            self.text = String::new();
            self.text.reserve_exact(wanted);
        }
    }

    /// Where a part's text goes; [`Self::close`] makes it one.
    pub(crate) fn open(&mut self) -> (&mut String, usize) {
        let start = self.text.len();
        (&mut self.text, start)
    }

    /// Makes everything since `start` a part.
    pub(crate) fn close(&mut self, kind: SegmentKind, index: u32, start: usize) {
        let part = self.text.get(start..).unwrap_or_default();
        let units = utf16_len(part);
        self.units += units;
        let (bytes, units) = (word(part.len()), word(units));
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

    pub(crate) fn push(&mut self, kind: SegmentKind, index: u32, text: &str) {
        let (out, start) = self.open();
        out.push_str(text);
        self.close(kind, index, start);
    }
}

/// Lengths stay far below 4 GiB: an event's limit is given as 32 bits.
fn word(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
