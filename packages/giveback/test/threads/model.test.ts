import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import type { Command, Outcome } from './helpers/model-worker.ts';
import { assertAllIdle, assertSharedInvariants } from './helpers/shared-invariants.ts';

// Random orders of everything that three threads may do with buffers, each command carried out in its
// thread by the real code, one after the other; and a model of whose each lease is.

const isSoak = process.env.GIVEBACK_SOAK === '1';
const THREADS = 3;
const BLOCKS = { small: 4, large: 2 };
const SIZES = [0, 1, 64, 100, 256];

type Step = { readonly thread: number; readonly does: Command['does']; readonly pick: number };

const steps = fc.array(
  fc.record<Step>({
    thread: fc.nat(THREADS - 1),
    does: fc.oneof(
      { weight: 5, arbitrary: fc.constant('get' as const) },
      { weight: 3, arbitrary: fc.constant('give' as const) },
      { weight: 4, arbitrary: fc.constant('handOver' as const) },
      { weight: 5, arbitrary: fc.constant('adopt' as const) },
      { weight: 2, arbitrary: fc.constant('resize' as const) },
      { weight: 1, arbitrary: fc.constantFrom('discard' as const, 'dispose' as const) },
      { weight: 1, arbitrary: fc.constant('reopen' as const) },
      { weight: 1, arbitrary: fc.constant('die' as const) },
    ),
    pick: fc.nat(1000),
  }),
  { minLength: 20, maxLength: 120 },
);

/** A lease, as long as somebody may end it. */
interface Lease {
  readonly name: number;
  thread: number;
  size: number;
  at: number;
  ticket?: Outcome['ticket'];
  /** Whether its thread has closed the recycler that lent it. */
  isOfClosed?: boolean;
}

class Threads {
  readonly recycler: SharedBufferRecycler;
  readonly workers: Worker[] = [];

  constructor(recycler: SharedBufferRecycler) {
    this.recycler = recycler;
    for (let thread = 0; thread < THREADS; thread++) this.start(thread);
  }

  start(thread: number): void {
    this.workers[thread] = new Worker(new URL('./helpers/model-worker.js', import.meta.url), {
      workerData: this.recycler.handle,
    });
  }

  async do(thread: number, command: Command): Promise<Outcome> {
    const worker = this.workers[thread] as Worker;
    const answer = once(worker, 'message');
    worker.postMessage(command);
    return (await answer)[0] as Outcome;
  }

  async die(thread: number): Promise<number> {
    const worker = this.workers[thread] as Worker;
    const id = worker.threadId;
    await worker.terminate();
    this.start(thread);
    return this.recycler.reclaim(id);
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}

const CLOSED = 'ERR_GIVEBACK_CLOSED';
const REFUSED = /^ERR_GIVEBACK_(NOT_LEASED|FOREIGN|CLOSED)$/;

async function runAll(threads: Threads, all: readonly Step[]): Promise<void> {
  const { recycler } = threads;
  const live: Lease[] = [];
  /** Names of views, and tickets, whose lease has ended: nobody can end anything by them. */
  const ended: { name: number; thread: number }[] = [];
  const spent: Outcome['ticket'][] = [];
  let names = 0;
  let discards = 0;

  const end = (lease: Lease): void => {
    live.splice(live.indexOf(lease), 1);
    if (lease.ticket) spent.push(lease.ticket);
    else ended.push({ name: lease.name, thread: lease.thread });
  };

  for (const { thread, does, pick } of all) {
    const size = SIZES[pick % SIZES.length] as number;
    const held = live.filter((lease) => lease.thread === thread && lease.ticket === undefined);
    const mine = held[pick % Math.max(1, held.length)];
    switch (does) {
      case 'get': {
        const name = names++;
        const { code, at = -1 } = await threads.do(thread, { does, name, size });
        if (code === undefined) live.push({ name, thread, size, at });
        else assert.equal(code, 'ERR_GIVEBACK_BUDGET');
        break;
      }
      case 'handOver': {
        if (mine === undefined) break;
        const { ticket, code } = await threads.do(thread, { does, name: mine.name });
        if (mine.isOfClosed) assert.equal(code, CLOSED);
        if (mine.isOfClosed) break;
        assert.ok(ticket);
        ended.push({ name: mine.name, thread });
        mine.ticket = ticket;
        break;
      }
      case 'adopt': {
        const sent = live.filter(({ ticket }) => ticket !== undefined);
        const lease = sent[pick % Math.max(1, sent.length)];
        if (lease === undefined) break;
        const name = names++;
        const outcome = await threads.do(thread, { does, name, ticket: lease.ticket });
        assert.equal(outcome.code, undefined);
        assert.equal(outcome.at, lease.at);
        spent.push(lease.ticket);
        live.splice(live.indexOf(lease), 1, { name, thread, size: lease.size, at: lease.at });
        break;
      }
      case 'resize': {
        if (mine === undefined) break;
        const name = names++;
        const { code, at = -1 } = await threads.do(thread, {
          does,
          name: mine.name,
          into: name,
          size,
        });
        if (mine.isOfClosed) assert.equal(code, CLOSED);
        else if (code !== undefined) assert.equal(code, 'ERR_GIVEBACK_BUDGET');
        else {
          end(mine);
          if (size === mine.size) ended.pop();
          live.push({ name, thread, size, at });
        }
        break;
      }
      case 'give':
      case 'dispose':
      case 'discard':
        if (mine === undefined) break;
        assert.equal((await threads.do(thread, { does, name: mine.name })).code, undefined);
        if (does === 'discard') discards++;
        end(mine);
        break;
      case 'reopen':
        assert.equal((await threads.do(thread, { does })).code, undefined);
        for (const lease of held) lease.isOfClosed = true;
        break;
      case 'die': {
        const lost = live.filter((lease) => lease.thread === thread);
        assert.equal(await threads.die(thread), lost.length);
        for (const lease of lost) end(lease);
        for (let at = ended.length; at-- > 0; )
          if (ended[at]?.thread === thread) ended.splice(at, 1);
        break;
      }
    }
    // Something that has ended, tried again: refused where it is explicit, else without effect.
    const old = ended[pick % Math.max(1, ended.length)];
    if (old !== undefined && pick % 3 === 0) {
      const how = (['give', 'discard', 'handOver', 'dispose'] as const)[pick % 4] as 'give';
      const { code } = await threads.do(old.thread, { does: how, name: old.name });
      if ((how as string) !== 'dispose') assert.match(String(code), REFUSED, how);
    }
    const oldTicket = spent[pick % Math.max(1, spent.length)];
    if (oldTicket !== undefined && pick % 3 === 1) {
      const { code } = await threads.do(thread, {
        does: 'adopt',
        name: names++,
        ticket: oldTicket,
      });
      assert.match(String(code), REFUSED);
    }
    const stats = recycler.stats();
    assert.equal(stats.lent.count, live.length, does);
    assert.equal(stats.discards, discards);
    assert.equal(new Set(live.map(({ at }) => at)).size, live.length, 'no two share a byte');
    assertSharedInvariants(recycler);
  }
  for (let thread = 0; thread < THREADS; thread++) await threads.die(thread);
  assertAllIdle(recycler);
}

test('whatever threads do, in whatever order, a lease ends once and no two share a byte', async () => {
  const property = fc.asyncProperty(steps, async (all) => {
    const recycler = new SharedBufferRecycler({
      sizeClasses: [
        { blockSize: 64, blocks: BLOCKS.small },
        { blockSize: 256, blocks: BLOCKS.large },
      ],
    });
    const threads = new Threads(recycler);
    try {
      await runAll(threads, all);
    } finally {
      await threads.close();
    }
  });
  await fc.assert(property, { numRuns: isSoak ? 3_000 : 12 });
});
