/** Writes frames of the AWS event stream, with both checksums, to decode them again. */

const utf8 = new TextEncoder();

/** The header type of a string. */
const STRING = 7;
const PRELUDE = 12;
const CHECKSUM = 4;

/**
 * @param {Record<string, string>} headers
 * @param {Uint8Array} payload
 */
export function encodeFrame(headers, payload) {
  const block = encodeHeaders(headers);
  const frame = new Uint8Array(PRELUDE + block.length + payload.length + CHECKSUM);
  const view = new DataView(frame.buffer);
  view.setUint32(0, frame.length);
  view.setUint32(4, block.length);
  view.setUint32(8, crc32(frame.subarray(0, 8)));
  frame.set(block, PRELUDE);
  frame.set(payload, PRELUDE + block.length);
  view.setUint32(frame.length - CHECKSUM, crc32(frame.subarray(0, frame.length - CHECKSUM)));
  return frame;
}

/** @param {Record<string, string>} headers */
function encodeHeaders(headers) {
  const bytes = [];
  for (const [name, value] of Object.entries(headers)) {
    const [encodedName, encodedValue] = [utf8.encode(name), utf8.encode(value)];
    bytes.push(encodedName.length, ...encodedName, STRING, encodedValue.length >> 8, encodedValue.length & 0xff, ...encodedValue);
  }
  return Uint8Array.from(bytes);
}

/** CRC-32 as in IEEE 802.3, reflected. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder;
});

/** @param {Uint8Array} bytes */
export function crc32(bytes) {
  let remainder = 0xffffffff;
  for (const byte of bytes) remainder = TABLE[(remainder ^ byte) & 0xff] ^ (remainder >>> 8);
  return ~remainder >>> 0;
}
