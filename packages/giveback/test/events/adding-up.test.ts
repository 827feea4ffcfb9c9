import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { BufferRecycler, type BufferRecyclerOptions, type RecycledBuffer } from 'giveback';
import { readBody } from 'giveback/io';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { stopTime } from '../helpers/clock.ts';
import { memories } from '../helpers/memories.ts';
import { isSoak } from '../helpers/soak.ts';
import { type Heard, listen } from './helpers/listen.ts';

// Whatever is done in whatever order, and whatever those do who listen: at each event the numbers add up, and every
// event has been counted.

const clock = stopTime();
const KiB = 1024;

type Step =
  | { readonly do: 'get' | 'acquire' | 'wait' | 'grow'; readonly size: number }
  | { readonly do: 'give' | 'discard' | 'abort'; readonly which: number }
  | { readonly do: 'resize'; readonly which: number; readonly size: number }
  | { readonly do: 'trim' | 'rest' | 'age' | 'close' };

const size = fc.constantFrom(0, 1, 100, 4 * KiB, 66 * KiB, 70 * KiB, 200 * KiB, 1100 * KiB);
const which = fc.nat(1000);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({ do: fc.constantFrom('get', 'acquire', 'wait', 'grow'), size }),
  },
  {
    weight: 30,
    arbitrary: fc.record({ do: fc.constantFrom('give', 'give', 'discard', 'abort'), which }),
  },
  { weight: 15, arbitrary: fc.record({ do: fc.constant('resize' as const), which, size }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constantFrom('trim', 'rest', 'age') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const) }) },
) as fc.Arbitrary<Step>;

/** A recycler and what is lent of it. */
class World {
  readonly recycler: BufferRecycler;
  readonly lent: RecycledBuffer[] = [];
  readonly #aborts: AbortController[] = [];

  constructor(options: BufferRecyclerOptions) {
    this.recycler = new BufferRecycler(options);
  }

  do(step: Step): void {
    const { recycler, lent } = this;
    const buffer = 'which' in step ? lent[step.which % lent.length] : undefined;
    const actions: Record<Step['do'], (size: number) => void> = {
      get: (size) => this.#attempt(() => lent.push(recycler.get(size))),
      acquire: (size) => this.#await(recycler.acquire(size, { timeout: 50 })),
      wait: (size) => this.#await(recycler.acquire(size, { signal: this.#signal() })),
      grow: (size) => this.#await(this.#readTwice(size)),
      give: () => this.#attempt(() => recycler.give(this.#taken(buffer))),
      discard: () => this.#attempt(() => recycler.discard(this.#taken(buffer))),
      abort: () => this.#aborts.pop()?.abort(new Error('aborted')),
      resize: (size) =>
        this.#attempt(() => {
          if (buffer !== undefined) lent[lent.indexOf(buffer)] = recycler.resize(buffer, size);
        }),
      trim: () => recycler.trim(),
      rest: () => clock.advance(300),
      age: () => clock.advance(70_000),
      close: () => recycler.close(),
    };
    actions[step.do]('size' in step ? step.size : 0);
  }

  /** A body of twice that size, whose buffer grows. */
  #readTwice(size: number): Promise<RecycledBuffer> {
    const source = Readable.from([Buffer.alloc(size), Buffer.alloc(size)]);
    return readBody(source, this.recycler, { waitTimeout: 50, limit: 4096 * KiB });
  }

  #taken(buffer: RecycledBuffer | undefined): RecycledBuffer {
    if (buffer !== undefined) this.lent.splice(this.lent.indexOf(buffer), 1);
    return buffer as RecycledBuffer;
  }

  #signal(): AbortSignal {
    const abort = new AbortController();
    this.#aborts.push(abort);
    return abort.signal;
  }

  #await(buffer: Promise<RecycledBuffer>): void {
    buffer.then(
      (got) => this.lent.push(got),
      (error: Error) => this.#check(error),
    );
  }

  #attempt(call: () => unknown): void {
    try {
      call();
    } catch (error) {
      this.#check(error as Error);
    }
  }

  #check(error: Error & { code?: string }): void {
    const expected = /^ERR_GIVEBACK_(BUDGET|CLOSED|FOREIGN|NOT_LEASED|TIMEOUT|TOO_LARGE)$/;
    if (error.message !== 'aborted') assert.match(error.code ?? String(error), expected);
  }
}

/** Whether as much was published as was counted. */
function assertCounted({ recycler }: World, heard: readonly Heard[]): void {
  const count = (channel: Heard['channel']) =>
    heard.filter((each) => each.channel === channel).length;
  const stats = recycler.stats();
  const freed = Object.values(stats.frees).reduce((sum, each) => sum + each, 0);
  assert.equal(count('giveback:make'), stats.makes);
  assert.equal(count('giveback:free'), freed);
  assert.equal(count('giveback:discard'), stats.discards);
  assert.equal(count('giveback:wait'), stats.waits);
  assert.equal(count('giveback:timeout'), stats.timeouts);
  for (const { channel, message } of heard)
    if (channel === 'giveback:served') assert.ok((message.waitedMs ?? -1) >= 0);
}

for (const memory of memories)
  for (const guard of ['check', 'revoke'] as const)
    for (const reentrant of [false, true])
      test(`${memory}, ${guard}: at each event all numbers add up${reentrant ? ', whatever who listens does' : ''}`, async () => {
        const limits = fc.record({
          maxBytes: fc.constantFrom(Infinity, 300 * KiB, 2048 * KiB),
          maxIdleBytes: fc.constantFrom(undefined, 0, 100 * KiB, 1024 * KiB),
          maxBufferSize: fc.constantFrom(64 * KiB, 4096 * KiB),
        });
        const then = fc.array(step, { maxLength: reentrant ? 30 : 0 });
        let run = 0;
        const property = fc.asyncProperty(
          limits,
          fc.array(step, { maxLength: 40 }),
          then,
          async (limited, steps, reactions) => {
            const name = `${memory} ${guard} ${reentrant} ${run++}`;
            const world = new World({ name, memory, guard, ...limited });
            const left = [...reactions];
            const heard: Heard[] = [];
            const { maxBytes, maxIdleBytes = Infinity } = limited;
            const stop = listen(name, (each) => {
              heard.push(each);
              assertBufferInvariants(world.recycler, { maxBytes, maxIdleBytes });
              const reaction = left.pop();
              if (reaction !== undefined && reaction.do !== 'rest' && reaction.do !== 'age')
                world.do(reaction);
              assertBufferInvariants(world.recycler, { maxBytes, maxIdleBytes });
            });
            for (const each of steps) {
              world.do(each);
              if (each.do === 'grow' || each.do === 'wait') await new Promise(setImmediate);
            }
            world.recycler.close();
            await new Promise(setImmediate);
            stop();
            assertBufferInvariants(world.recycler);
            assertCounted(world, heard);
          },
        );
        await fc.assert(property, { numRuns: isSoak ? 3000 : 60 });
      });
