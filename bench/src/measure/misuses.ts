import { overlap, SIZE, type Workplace } from './workplace.ts';

/**
 * The outcome of a misuse, in words. `refuses`: give returns false. `ignores`: give returns something else. After
 * neither does the pool lend memory that it must not lend.
 */
export type Outcome = string;

/** The outcome if a pool does not have what is misused. */
const IMPOSSIBLE = '–';
export const TWICE = 'lends one buffer to two';

/** What no program should do, by the names in the tables. */
export const misuses = {
  'double give': doubleGive,
  'double give at a distance': distantGive,
  'give of what is somebody else’s by now': lateGive,
  'late end of a `using` block': lateEnd,
  'give after a resize': resizedGive,
  'give after the bytes went elsewhere': handedOverGive,
  'give of a copy': copyGive,
  'give of another view': otherViewGive,
  'give of `new buffer.constructor(…)`': constructedGive,
  'give of what was never lent': foreignGive,
  'give of a slice of Node’s pool': slabGive,
  'read after give': lateRead,
  'write after give': lateWrite,
} as const satisfies Record<string, (place: Workplace) => Promise<Outcome>>;

export type Misuse = keyof typeof misuses;

/** The misuses that are neither a give nor an end. Only a pool that takes the memory away can stop them. */
export const TOUCHES: readonly Misuse[] = ['read after give', 'write after give'];

/** Whether an outcome harms another user of the pool, or may do so. */
export function isHarm(outcome: Outcome): boolean {
  return /^(lends|ends|reads somebody|writes to somebody|hangs|fails)/.test(outcome);
}

async function doubleGive(place: Workplace): Promise<Outcome> {
  const size = place.size();
  const bytes = await place.get(size);
  await place.give(bytes);
  return judge(place, await giveWrongly(place, bytes), size);
}

async function distantGive(place: Workplace): Promise<Outcome> {
  const size = place.size();
  const bytes = await place.get(size);
  await place.give(bytes);
  await place.work(1 + place.random.integer(50));
  return judge(place, await giveWrongly(place, bytes), size);
}

async function lateGive(place: Workplace): Promise<Outcome> {
  const size = place.size();
  const bytes = await place.get(size);
  await place.give(bytes);
  // One of these has the memory now.
  await place.getSome(size);
  return judge(place, await giveWrongly(place, bytes), size);
}

/** The buffer was given by hand within the block, and may be another user's when the block ends. */
async function lateEnd(place: Workplace): Promise<Outcome> {
  const size = place.size();
  const lease = place.pool.lease?.(size);
  if (lease === undefined) return IMPOSSIBLE;
  await place.pool.give(lease.thing);
  if (place.random.next() < 0.7) await place.getSome(size);
  try {
    lease.end();
  } catch {
    return 'fails: the end throws';
  }
  const outcome = await judge(place, 'ignores', size);
  return outcome === TWICE ? 'ends somebody else’s lease' : outcome;
}

async function resizedGive(place: Workplace): Promise<Outcome> {
  if (place.pool.resize === undefined) return IMPOSSIBLE;
  const size = place.size();
  const before = await place.get(size);
  let other = place.size();
  while (other === size) other = place.size();
  place.replace(before, place.pool.resize(before, other));
  return judge(place, await giveWrongly(place, before), size);
}

async function handedOverGive(place: Workplace): Promise<Outcome> {
  if (place.pool.handOver === undefined) return IMPOSSIBLE;
  const size = place.size();
  const bytes = await place.get(size);
  const comeBack = place.pool.handOver(bytes);
  const answer = await giveWrongly(place, bytes);
  place.replace(bytes, comeBack());
  return judge(place, answer, size);
}

async function copyGive(place: Workplace): Promise<Outcome> {
  const bytes = await place.get(place.size());
  const copies = [
    () => Uint8Array.prototype.slice.call(bytes),
    () => Buffer.from(bytes),
    () => structuredClone(bytes),
  ];
  return giveForeign(place, place.draw(copies)());
}

async function otherViewGive(place: Workplace): Promise<Outcome> {
  const size = place.size();
  const bytes = await place.get(size);
  const views = [
    () => bytes.subarray(),
    () => bytes.subarray(0, bytes.length >> 1),
    () => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
  ];
  return judge(place, await giveWrongly(place, place.draw(views)()), size);
}

async function constructedGive(place: Workplace): Promise<Outcome> {
  const size = place.size();
  const bytes = await place.get(size);
  const Made = bytes.constructor as Uint8ArrayConstructor;
  const { buffer, byteOffset, length } = bytes;
  const made = [
    () => new Made(buffer as ArrayBuffer, byteOffset, length),
    () => new Made(new ArrayBuffer(length), 0, length),
    () => new Made(new ArrayBuffer(2 * length + 1)),
  ];
  return giveForeign(place, place.draw(made)());
}

async function foreignGive(place: Workplace): Promise<Outcome> {
  return giveForeign(place, new Uint8Array(place.size()));
}

async function slabGive(place: Workplace): Promise<Outcome> {
  const text = Buffer.from('part of a slab that belongs to everybody in the process');
  const answer = await giveWrongly(place, text);
  for (const size of [text.length, text.buffer.byteLength])
    for (const { buffer } of await place.getSome(size))
      if (buffer === text.buffer) return 'lends Node’s own pool';
  return answer;
}

async function lateRead(place: Workplace): Promise<Outcome> {
  const bytes = await place.get(place.size());
  const { length } = bytes;
  await place.give(bytes);
  for (const theirs of await place.getSome(length)) theirs.fill(0xa5);
  if (isDetached(bytes)) return 'finds length 0';
  return bytes[0] === 0xa5 ? 'reads somebody else’s bytes' : 'reads nobody’s bytes';
}

async function lateWrite(place: Workplace): Promise<Outcome> {
  const bytes = await place.get(place.size());
  const { length } = bytes;
  await place.give(bytes);
  const others = await place.getSome(length);
  for (const theirs of others) theirs.fill(0);
  bytes[0] = 0xa5;
  if (others.some((theirs) => theirs[0] === 0xa5)) return 'writes to somebody else’s bytes';
  return isDetached(bytes) ? 'finds length 0' : 'writes to nobody’s bytes';
}

/** Reads `byteLength`, as optimised code of Node 20 and 22 may return the old `length` of a detached view. */
function isDetached({ byteLength }: Uint8Array): boolean {
  return byteLength === 0;
}

/** Gives what is not a buffer of the pool. */
async function giveForeign(place: Workplace, foreign: Uint8Array): Promise<Outcome> {
  const answer = await giveWrongly(place, foreign);
  const some = await place.getSome(Math.min(foreign.byteLength, SIZE));
  if (place.isBroken()) return TWICE;
  return some.some((each) => overlap(each, foreign)) ? 'lends it to the next' : answer;
}

/** The pool's answer to a give that it should refuse. */
async function giveWrongly({ pool }: Workplace, bytes: Uint8Array): Promise<Outcome> {
  let answer: unknown;
  try {
    answer = pool.give(bytes);
  } catch (error) {
    const { code } = error as { readonly code?: string };
    return code === undefined ? 'throws' : `throws ${code}`;
  }
  try {
    return (await answer) === false ? 'refuses' : 'ignores';
  } catch {
    return 'rejects';
  }
}

/** Lets the pool lend some more, and checks whether it lends memory that is lent already. */
async function judge(place: Workplace, answer: Outcome, size: number): Promise<Outcome> {
  await place.getSome(size);
  return place.isBroken() ? TWICE : answer;
}
