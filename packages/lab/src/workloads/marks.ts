// A marked stream says at the beginning of each page which stream it is and which page.

const PAGE = 4096;
const MARK = 8;

/** Writes the marks of the stream `id` into `bytes`. They begin at `position` of the stream, a multiple of a page. */
export function mark(bytes: Buffer, id: number, position = 0): void {
  for (let at = 0; at + MARK <= bytes.length; at += PAGE) {
    bytes.writeUInt32LE(id, at);
    bytes.writeUInt32LE((position + at) / PAGE, at + 4);
  }
}

/**
 * Whether `bytes`, which begin at `position` of the stream `id`, have the right marks. A buffer that was lent to two
 * users at a time has marks of another stream or of another position.
 */
export function isMarked(bytes: Buffer, id: number, position = 0): boolean {
  const first = (PAGE - (position % PAGE)) % PAGE;
  for (let at = first; at + MARK <= bytes.length; at += PAGE)
    if (bytes.readUInt32LE(at) !== id || bytes.readUInt32LE(at + 4) !== (position + at) / PAGE)
      return false;
  return true;
}
