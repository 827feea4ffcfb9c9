// Encrypts and compresses a file.
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, deflateSync, inflateSync } from 'node:zlib';
import { measure, ROUNDS } from './traffic.ts';

const folder = mkdtempSync(join(tmpdir(), 'giveback-ciphers-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'data');
writeFileSync(file, Buffer.from(Array.from({ length: 8e6 }, (_, at) => (at * 31) >> 3)));

await measure(async (share) => {
  for (let left = Math.ceil(8 * ROUNDS * share); left > 0; left--) {
    const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16));
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), cipher, createGzip({ level: 1 }), async (source) => {
      for await (const chunk of source) hash.update(chunk);
    });
    inflateSync(deflateSync(readFileSync(file).subarray(0, 1e6), { level: 1 }));
    randomBytes(262_144);
  }
});
