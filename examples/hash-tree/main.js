// Hashes all files of a folder, and the folder as a whole: several files at a time, each in chunks, and
// all in the same few recycled buffers, however many and however large the files are.
//
//   node examples/hash-tree/main.js <folder>
//
// It prints what `sha256sum` prints, so `sha256sum --check` can tell later what has changed.
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BufferRecycler } from 'giveback';
import { fileChunks } from 'giveback/io';

const AT_ONCE = 4;

const [, , folder] = process.argv;
if (folder === undefined) {
  console.error('Expected the name of a folder to hash.');
  process.exit(2);
}

const buffers = new BufferRecycler({ memory: 'elastic' });
const entries = await readdir(folder, { recursive: true, withFileTypes: true });
const files = entries
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .sort();
const hashes = new Map();
let bytes = 0;

const queue = files.values();
await Promise.all(Array.from({ length: AT_ONCE }, hashThoseLeft));

const tree = createHash('sha256');
for (const file of files) {
  const line = `${hashes.get(file)}  ${file}\n`;
  process.stdout.write(line);
  tree.update(line);
}
const { gets, makes, lent } = buffers.stats();
console.error(`${files.length} files, ${bytes} bytes; the whole: ${tree.digest('hex')}`);
console.error(`${gets} chunks in ${makes} buffers, ${lent.count} still lent`);

async function hashThoseLeft() {
  for (const file of queue) hashes.set(file, await hash(file));
}

async function hash(file) {
  const digest = createHash('sha256');
  for await (const chunk of fileChunks(file, buffers)) {
    try {
      digest.update(chunk);
      bytes += chunk.length;
    } finally {
      // Each chunk is the loop's. The next one is read into the same memory.
      buffers.give(chunk);
    }
  }
  return digest.digest('hex');
}
