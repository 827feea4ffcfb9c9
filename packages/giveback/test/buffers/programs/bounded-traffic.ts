// Fills buffers within a budget for some seconds and prints the peak resident set so far after each sort of
// traffic, less that of the idle process, as a part of the budget: node dist/test/buffers/programs/bounded-traffic.js fixed 5
import { readFileSync } from 'node:fs';
import { BufferRecycler, GivebackError, type RecycledBuffer } from '../../../src/index.ts';
import { randomFrom } from '../../helpers/random.ts';

const MiB = 1024 * 1024;
const LARGEST = 8 * MiB;
const maxBytes = 128 * MiB;

const [, , memory, seconds] = process.argv;
const random = randomFrom(2013);

/** The size of the get with that number. */
const sizes: Record<string, (get: number) => number> = {
  random: () => 1 + Math.floor(random() * LARGEST),
  ramps: (get) => 1 + Math.floor(((get % 400) / 400) * (LARGEST - 1)),
  falls: (get) => LARGEST - Math.floor(((get % 400) / 400) * (LARGEST - 1)),
  alternating: (get) => (get % 2 === 0 ? 1000 + Math.floor(random() * 60_000) : LARGEST - get),
  bursts: (get) => burst(get, 16),
  // Last, as the allocator keeps small ones in its arenas, between others.
  'small bursts': (get) => burst(get, 10),
};

/** All of one size for a while, then all of another: from 2 to the power of `least` up to 8 MiB. */
function burst(get: number, least: number): number {
  const steps = Math.ceil((23 - least) / 2);
  return Math.floor(2 ** (least + (Math.floor(get / 60) % steps) * 2 + random() * 0.9));
}

function peak(): number {
  return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

const buffers = new BufferRecycler({ memory: memory as 'fixed' | 'elastic', maxBytes });
const lent: RecycledBuffer[] = [];
const shares: Record<string, number> = {};
const idle = peak();
let waits = 0;

for (const [traffic, sizeOf] of Object.entries(sizes)) {
  const end = performance.now() + (Number(seconds) * 1000) / Object.keys(sizes).length;
  for (let gets = 0; performance.now() < end; gets++) {
    const buffer = await getOrWait(sizeOf(gets));
    lent.push(buffer.fill(gets));
    // Small ones would take for ever to fill the budget.
    if (lent.length > 2000) for (const one of lent.splice(0, 1000)) buffers.give(one);
  }
  shares[traffic] = (peak() - idle) / maxBytes;
}
console.log(JSON.stringify({ shares, waits }));

/** Once the budget is spent, half of all is given back, at random. */
async function getOrWait(size: number): Promise<RecycledBuffer> {
  try {
    return buffers.get(size);
  } catch (error) {
    if (!(error instanceof GivebackError && error.code === 'ERR_GIVEBACK_BUDGET')) throw error;
  }
  waits++;
  for (let left = Math.ceil(lent.length / 2); left > 0; left--) {
    const [one] = lent.splice(Math.floor(random() * lent.length), 1);
    buffers.give(one as RecycledBuffer);
  }
  return buffers.acquire(size, { timeout: 60_000 });
}
