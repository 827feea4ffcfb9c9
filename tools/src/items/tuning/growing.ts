// A child of `npm run evidence -- tuning`: what it costs to let a resizable array buffer grow in place, as a body of unknown
// length does, by exactly what is needed or by larger steps.
import { Random } from 'giveback-lab/measure';

/** How long it took to write `length` bytes that come in random chunks, and how much was held for them. */
export interface Growth {
  readonly way: string;
  readonly length: number;
  readonly usPerMiB: number;
  readonly held: number;
}

type Resizable = ArrayBuffer & { resize(length: number): void };

const KiB = 1024;
const MiB = 1024 * KiB;
const PAGE = 4 * KiB;
const ROUNDS = 15;
const CHUNK = Buffer.alloc(64 * KiB, 'giveback ');
const LENGTHS = [MiB, 8 * MiB, 32 * MiB];
/** How large to make what must hold `size` bytes now, and `length` in the end. */
const WAYS: Readonly<Record<string, (size: number, length: number) => number>> = {
  'exactly, by the page': (size) => upTo(size, PAGE),
  '64 KiB steps': (size) => upTo(size, 64 * KiB),
  '2 MiB steps': (size) => upTo(size, 2 * MiB),
  'an eighth more': (size) => upTo(size * 1.125, PAGE),
  'all at once': (_, length) => length,
};

const ResizableArrayBuffer = ArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => Resizable;

const growths: Growth[] = [];
for (const length of LENGTHS) {
  const times = new Map(Object.keys(WAYS).map((way) => [way, [] as number[]]));
  let held: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round++)
    for (const [way, grown] of Object.entries(WAYS)) {
      const start = performance.now();
      held = { ...held, [way]: grow(length, grown) };
      times.get(way)?.push(performance.now() - start);
    }
  for (const [way, all] of times) {
    // What else the machine does only adds to it.
    const ms = Math.min(...all);
    growths.push({
      way,
      length,
      usPerMiB: (ms * 1000) / (length / MiB),
      held: (held[way] ?? 0) / length,
    });
  }
}
console.log(JSON.stringify(growths));

/** @returns the bytes that are held in the end. */
function grow(length: number, grown: (size: number, length: number) => number): number {
  const random = new Random(7);
  const bytes = new ResizableArrayBuffer(0, { maxByteLength: 64 * MiB });
  const view = new Uint8Array(bytes);
  for (let at = 0; at < length; ) {
    const chunk = CHUNK.subarray(0, Math.min(1 + random.integer(CHUNK.length), length - at));
    const size = at + chunk.length;
    if (size > bytes.byteLength) bytes.resize(grown(size, length));
    view.set(chunk, at);
    at = size;
  }
  const held = bytes.byteLength;
  // Now, and not when the collector comes.
  bytes.resize(0);
  return held;
}

function upTo(size: number, step: number): number {
  return Math.ceil(size / step) * step;
}
