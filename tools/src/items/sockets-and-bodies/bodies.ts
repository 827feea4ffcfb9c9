// A child of `npm run evidence -- sockets-and-bodies`: prints what `readBody` takes for bodies of several lengths.
import { Readable } from 'node:stream';
import { BufferRecycler } from 'giveback';
import { readBody } from 'giveback/io';
import { Random } from 'giveback-lab/measure';
import { countCopied } from './copies.ts';

export interface Body {
  readonly memory: 'fixed' | 'elastic';
  /** Whether its length was announced. */
  readonly isKnown: boolean;
  readonly length: number;
}

export interface MeasuredBody extends Body {
  readonly usPerMiB: number;
  /** How often each byte was copied. */
  readonly copies: number;
  /** The most bytes lent, for each byte of the body. */
  readonly peak: number;
}

export interface MeasuredBodies {
  readonly node: string;
  readonly bodies: readonly MeasuredBody[];
}

const KiB = 1024;
const MiB = 1024 * KiB;
const LENGTHS = [64 * KiB, MiB, 8 * MiB, 63 * MiB];
const ROUNDS = 9;

// So that what comes first is not measured while it is compiled.
await measure({ memory: 'fixed', isKnown: true, length: MiB });
const bodies: MeasuredBody[] = [];
for (const memory of ['fixed', 'elastic'] as const)
  for (const isKnown of [true, false])
    for (const length of LENGTHS) bodies.push(await measure({ memory, isKnown, length }));
console.log(JSON.stringify({ node: process.version, bodies } satisfies MeasuredBodies));

/** The median time with a recycler that has seen some bodies; the peak of one that has not. */
async function measure(body: Body): Promise<MeasuredBody> {
  const { memory, length } = body;
  const content = Buffer.alloc(length, 'giveback ');
  const fresh = new BufferRecycler({ memory });
  const copied = await countCopied(() => read(fresh, body, content));
  const { peak } = fresh.stats();
  const buffers = new BufferRecycler({ memory, maxIdleBytes: 256 * MiB });
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await read(buffers, body, content));
  const middle = times.sort((a, b) => a - b)[(ROUNDS - 1) / 2] ?? 0;
  return {
    ...body,
    usPerMiB: (middle * 1e3) / (length / MiB),
    copies: copied / length,
    peak: peak.lentBytes / length,
  };
}

/** How many milliseconds it takes. */
async function read(
  buffers: BufferRecycler,
  { isKnown, length }: Body,
  content: Buffer,
): Promise<number> {
  const source = Readable.from(randomChunks(content), { objectMode: false });
  const start = performance.now();
  const body = await readBody(source, buffers, isKnown ? { expectedLength: length } : {});
  const ms = performance.now() - start;
  buffers.give(body);
  return ms;
}

/** Seeded: the same chunks each time. */
function* randomChunks(content: Buffer): Generator<Buffer> {
  const random = new Random(7);
  for (let from = 0; from < content.length; ) {
    const to = from + 1 + random.integer(128 * KiB);
    yield content.subarray(from, to);
    from = to;
  }
}
