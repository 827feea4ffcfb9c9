import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { isSystemError, UsageError } from '../core/errors.ts';

// The files in a folder of results, which may come from a stranger. A link in it must not make the lab read or
// write anything outside, and a pipe or device in it must not make the lab wait.

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** Reads a text of at most `most` bytes. */
export function readInside(folder: string, name: string, most: number): string {
  return readBytesInside(folder, name, most).toString('utf8');
}

/** Reads a file of at most `most` bytes. */
export function readBytesInside(folder: string, name: string, most: number): Buffer {
  const file = join(folder, name);
  let descriptor: number | undefined;
  try {
    // Checked before it is opened, as opening a device may have effects, and afterwards, as it may have been replaced.
    checkKind(file, lstatSync(file));
    descriptor = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = fstatSync(descriptor);
    checkKind(file, stats);
    if (stats.size > most) throw new UsageError(`${file}: ${tooLarge(stats.size, most)}`);
    return readBytes(descriptor, file, stats.size);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const missing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
    throw new UsageError(missing ? `${file}: no such file` : `${file}: ${error.message}`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/**
 * Writes a file completely or not at all. It is always a new file: a link of that name is replaced, and the file that
 * it leads to is not touched.
 */
export function writeInside(folder: string, name: string, content: string | Uint8Array): void {
  const part = join(folder, `.${name}.${randomUUID()}.part`);
  try {
    writeFileSync(part, content, { flag: 'wx' });
    renameSync(part, join(folder, name));
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

function checkKind(file: string, stats: Stats): void {
  if (stats.isFile()) return;
  throw new UsageError(`${file}: expected an ordinary file, got ${kindOf(stats)}`);
}

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link, which is not followed';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

function readBytes(descriptor: number, file: string, size: number): Buffer {
  // One byte more, to notice a file that has grown.
  const bytes = Buffer.alloc(size + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length <= size; length += read)
    read = readSync(descriptor, bytes, length, bytes.length - length, null);
  if (length > size) throw new UsageError(`${file}: grows while it is read`);
  return bytes.subarray(0, length);
}

function tooLarge(bytes: number, most: number): string {
  const [has, takes] = [bytes, most].map((count) => count.toLocaleString('en'));
  return `expected at most ${takes} bytes, got ${has}`;
}
