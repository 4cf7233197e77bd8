// Attachments: handles on their way through the author's code, and new ones from base64 or text.

import { base64Bytes, utf8 } from '../../../host/expressions/javascript/src/extensions/encode.js';
import { isPlain } from '../../../host/expressions/javascript/src/extensions/empty.js';
import { Failure } from '../../../host/expressions/javascript/src/failure.js';
import blobs from 'monshyflow:node/blobs@0.1.0';

// Largest piece that the host takes at once.
const PIECE = 1 << 20;

// As code sees the attachments of an item. `id` is the handle: copies keep it.
export function shown(binary) {
  const found = {};
  for (const { name, blob, mediaType, fileName } of binary) {
    found[name] = {
      name,
      mediaType,
      fileName: fileName ?? null,
      get size() {
        return blobs.size(blob);
      },
      id: blob,
    };
  }
  return found;
}

export function attachments(binary, { blobs: known }, where) {
  if (binary === undefined || binary === null) return [];
  if (!isPlain(binary)) throw new Failure('result', `\`binary\` of ${where} must be an object of attachments`);
  return Object.entries(binary).map(([name, one]) => {
    if (!isPlain(one)) throw new Failure('result', `attachment \`${name}\` of ${where} must be an object`);
    const mediaType = one.mediaType ?? one.mimeType ?? 'application/octet-stream';
    return { name, blob: handle(one, known, name, where), mediaType: String(mediaType), fileName: one.fileName == null ? null : String(one.fileName) };
  });
}

function handle(one, known, name, where) {
  if (one.id !== undefined && known.has(one.id)) return one.id;
  if (typeof one.data === 'string') return stored(base64Bytes(one.data));
  if (typeof one.text === 'string') return stored(utf8(one.text));
  throw new Failure('result', `attachment \`${name}\` of ${where} is neither one of the input's nor has \`data\` (base64) or \`text\``);
}

function stored(bytes) {
  const writer = blobs.create();
  for (let at = 0; at < bytes.length; at += PIECE) writer.write(bytes.subarray(at, at + PIECE));
  return blobs.finish(writer);
}
