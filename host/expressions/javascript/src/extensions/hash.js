import { md5, ripemd160, sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { sha3_512 } from '@noble/hashes/sha3.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64Encode, utf8 } from './encode.js';

const ALGORITHMS = { md5, sha1, sha224, sha256, sha384, sha512, sha3: sha3_512, ripemd160 };

export function hash(text, algorithm = 'md5') {
  const name = String(algorithm).toLowerCase().replace('-', '');
  if (name === 'base64') return base64Encode(text);
  if (!Object.hasOwn(ALGORITHMS, name)) {
    throw new TypeError(`hash() knows no \`${algorithm}\`; there are base64, ${Object.keys(ALGORITHMS).join(', ')}`);
  }
  return bytesToHex(ALGORITHMS[name](utf8(text)));
}
