// A frame encoder for tests, which shares no code with the decoder.

import { crc32 } from "node:zlib";

const utf8 = new TextEncoder();

const u32 = (value) => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
};

function join(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The reflected CRC-32, bit by bit, where Node has none of its own. */
export function checksum(bytes) {
  if (crc32) return crc32(bytes);
  let state = -1;
  for (const byte of bytes) {
    state ^= byte;
    for (let bit = 0; bit < 8; bit += 1) state = (state >>> 1) ^ (state & 1 ? 0xedb88320 : 0);
  }
  return ~state >>> 0;
}

function stringHeader(name, value) {
  const [nameBytes, valueBytes] = [utf8.encode(name), utf8.encode(value)];
  return join([nameBytes.length], nameBytes, [7, valueBytes.length >> 8, valueBytes.length & 0xff], valueBytes);
}

/** A frame with string headers. */
export function frame(headers, payload) {
  const block = join(...Object.entries(headers).map(([name, value]) => stringHeader(name, value)));
  const lengths = join(u32(16 + block.length + payload.length), u32(block.length));
  const body = join(lengths, u32(checksum(lengths)), block, payload);
  return join(body, u32(checksum(body)));
}

const CHUNK = { ":event-type": "chunk", ":content-type": "application/json", ":message-type": "event" };

/** An event's JSON as Amazon Bedrock sends it, with so much padding. */
export function chunk(json, padding = 0) {
  const event = Buffer.from(json).toString("base64");
  return frame(CHUNK, utf8.encode(JSON.stringify({ bytes: event, p: "abcdefghijklmnopqrstuvwxyz".repeat(3).slice(0, padding) })));
}

export const frames = (events) => join(...events.map((event, at) => chunk(JSON.stringify(event), at % 60)));
