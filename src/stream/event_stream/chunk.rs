//! The event inside a chunk's payload: `{"bytes":"<base64>","p":"abcd…"}`.
//! What `p` holds is padding, there to hide the event's length; other members
//! are let pass.

use std::borrow::Cow;
use std::ops::Range;

use super::base64;
use super::problem::FrameProblem;
use crate::json::{DEFAULT_MAX_DEPTH, Json};
use crate::stream::utf8;

/// Decodes the event in place and says where it is in the payload; none where
/// the payload has none. Bytes that are not UTF-8 are counted in `replaced`.
///
/// # Errors
/// The payload isn't JSON, or `bytes` is neither a string nor `null`, or isn't
/// base64 as [`base64`] takes it.
pub(crate) fn event(
    payload: &mut [u8],
    replaced: &mut u64,
) -> Result<Option<Range<usize>>, FrameProblem> {
    let Some(text) = base64_text(payload, replaced)? else { return Ok(None) };
    let place = payload.get_mut(text.clone()).unwrap_or_default();
    let length = base64::decode_in_place(place).map_err(|base64::Invalid| FrameProblem::Base64)?;
    Ok(Some(text.start..text.start + length))
}

/// Where the base64 text is in the payload.
fn base64_text(
    payload: &mut [u8],
    replaced: &mut u64,
) -> Result<Option<Range<usize>>, FrameProblem> {
    let text = utf8::decode(payload, replaced);
    let json = Json::parse(&text, DEFAULT_MAX_DEPTH).map_err(FrameProblem::Payload)?;
    let Some(bytes) = json.get("bytes").filter(|bytes| !bytes.is_null()) else { return Ok(None) };
    let unescaped = bytes.as_str().ok_or(FrameProblem::NotAString)?;
    if let (Cow::Borrowed(text), Cow::Borrowed(unescaped)) = (&text, &unescaped) {
        let start = unescaped.as_ptr().addr() - text.as_ptr().addr();
        return Ok(Some(start..start + unescaped.len()));
    }
    // Some serialisers write `\/`. Without its escapes it fits in front.
    let unescaped = unescaped.into_owned();
    drop(text);
    let place = payload.get_mut(..unescaped.len()).ok_or(FrameProblem::Base64)?;
    place.copy_from_slice(unescaped.as_bytes());
    Ok(Some(0..unescaped.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Error, ErrorKind};

    #[test]
    fn finds_the_event_in_any_payload() {
        let not_json = |kind, offset| Err(FrameProblem::Payload(Error { kind, offset }));
        let cases: &[(&[u8], Result<Option<&str>, FrameProblem>)] = &[
            (br#"{"bytes":"e30="}"#, Ok(Some("{}"))),
            (br#"{"bytes":"e30=","p":"abc"}"#, Ok(Some("{}"))),
            (br#"{"p":"abc","bytes":"e30="}"#, Ok(Some("{}"))),
            (br#"  { "p" : [1, {"bytes": 7}], "bytes" : "e30=" , "q": null } "#, Ok(Some("{}"))),
            (br#"{"bytes":"bm90","bytes":"e30="}"#, Ok(Some("{}"))),
            (br#"{"\u0062ytes":"e30="}"#, Ok(Some("{}"))),
            (br#"{"bytes":"e3\u0030\u003d"}"#, Ok(Some("{}"))),
            (br#"{"bytes":"Pz8\/"}"#, Ok(Some("???"))),
            (br#"{"bytes":"Pz8/"}"#, Ok(Some("???"))),
            (b"{\"p\":\"\xFF\",\"bytes\":\"e30=\"}", Ok(Some("{}"))),
            (br#"{"bytes":""}"#, Ok(Some(""))),
            (br#"{"bytes":null}"#, Ok(None)),
            (br#"{"p":"abc"}"#, Ok(None)),
            (b"{}", Ok(None)),
            (b"[]", Ok(None)),
            (br#"{"bytes":7}"#, Err(FrameProblem::NotAString)),
            (br#"{"bytes":["e30="]}"#, Err(FrameProblem::NotAString)),
            (b"", not_json(ErrorKind::UnexpectedEnd, 0)),
            (br#"{"bytes":"e30=""#, not_json(ErrorKind::UnexpectedEnd, 15)),
            (br#"{"bytes":"e30"}"#, Err(FrameProblem::Base64)),
            (br#"{"bytes":"e3 0="}"#, Err(FrameProblem::Base64)),
            (br#"{"bytes":"e30=\n"}"#, Err(FrameProblem::Base64)),
            (b"{\"bytes\":\"e30=\xFF\xFF\xFF\xFF\"}", Err(FrameProblem::Base64)),
        ];
        for (payload, expected) in cases {
            let name = String::from_utf8_lossy(payload);
            let mut payload = payload.to_vec();
            let mut replaced = 0;
            let found = event(&mut payload, &mut replaced);
            let text = found.map(|range| range.map(|range| &payload[range]));
            assert_eq!(text, expected.map(|text| text.map(str::as_bytes)), "{name}");
            assert_eq!(replaced, name.matches('\u{fffd}').count() as u64, "{name}");
        }
    }
}
