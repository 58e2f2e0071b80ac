/** The module's memory as a decoder reads it: numbers, bytes, and strings made of them. */

/** Up to this many bytes, building a string character by character beats a TextDecoder. */
const SMALL_TEXT = 32;

/**
 * A TextDecoder of WebKit's throws once it has decoded 2 GiB in all
 * (WebKit bug 280593), so none of ours gets there.
 */
const LIFE_OF_DECODER = 2 ** 26;
const freshDecoder = () => new TextDecoder("utf-8", { ignoreBOM: true });
let utf8 = freshDecoder();
let decoded = 0;

/** Views of the module's memory, made anew when it has grown or been replaced. */
export let bytes = new Uint8Array(0);
export let words = new Uint32Array(0);
let viewed;

/** Looks at this memory from now on. */
export function view(memory) {
  if (viewed !== memory || bytes.length === 0) {
    viewed = memory;
    bytes = new Uint8Array(memory.buffer);
    words = new Uint32Array(memory.buffer);
  }
}

/** A string from the module's memory. */
export function textAt(address, length) {
  if (length <= SMALL_TEXT) return smallTextAt(address, address + length);
  decoded += length;
  if (decoded > LIFE_OF_DECODER) {
    utf8 = freshDecoder();
    decoded = length;
  }
  return utf8.decode(bytes.subarray(address, address + length));
}

/** The same for few bytes. What the module writes is UTF-8, so nothing is checked here. */
function smallTextAt(at, end) {
  const from = bytes;
  let text = "";
  while (at < end) {
    let point = from[at++];
    if (point >= 0x80) {
      // The first byte says how many follow, with six bits each.
      const first = point;
      point &= first < 0xe0 ? 0x1f : first < 0xf0 ? 0x0f : 0x07;
      for (let mark = first << 1; mark & 0x80; mark <<= 1) point = (point << 6) | (from[at++] & 0x3f);
      if (point > 0xffff) {
        text += String.fromCharCode(0xd7c0 + (point >> 10));
        point = 0xdc00 | (point & 0x3ff);
      }
    }
    text += String.fromCharCode(point);
  }
  return text;
}
