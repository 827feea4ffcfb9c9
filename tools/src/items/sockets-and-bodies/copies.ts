/** Bytes that are written to buffers by `set` and `copy` while `run` runs. */
export async function countCopied(run: () => Promise<unknown>): Promise<number> {
  const { set } = Uint8Array.prototype;
  const { copy } = Buffer.prototype;
  let copied = 0;
  Uint8Array.prototype.set = function (source, offset) {
    copied += source.length;
    return set.call(this, source, offset);
  };
  Buffer.prototype.copy = function (...args: Parameters<typeof copy>) {
    const bytes = copy.apply(this, args);
    copied += bytes;
    return bytes;
  };
  try {
    await run();
  } finally {
    Uint8Array.prototype.set = set;
    Buffer.prototype.copy = copy;
  }
  return copied;
}
