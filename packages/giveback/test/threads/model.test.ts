import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import { isSoak } from '../helpers/soak.ts';
import type { Command, Outcome } from './helpers/model-worker.ts';
import { assertAllIdle, assertSharedInvariants } from './helpers/shared-invariants.ts';

// Random orders of everything that three threads may do with buffers, each command carried out in its
// thread by the real code, one after the other; and a model of whose each lease is.

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

/** Carries out steps one after the other, and knows whose each lease is. */
class Model {
  readonly #threads: Threads;
  readonly #live: Lease[] = [];
  /** Names of views, and tickets, whose lease has ended: nobody can end anything by them. */
  readonly #ended: { name: number; thread: number }[] = [];
  readonly #spent: Outcome['ticket'][] = [];
  #names = 0;
  #discards = 0;

  constructor(threads: Threads) {
    this.#threads = threads;
  }

  async run(step: Step): Promise<void> {
    const held = this.#live.filter(
      ({ thread, ticket }) => thread === step.thread && ticket === undefined,
    );
    await this.#act(step, held, pickOf(held, step.pick));
    await this.#misuse(step);
    const { recycler } = this.#threads;
    const stats = recycler.stats();
    assert.equal(stats.lent.count, this.#live.length, step.does);
    assert.equal(stats.discards, this.#discards);
    const places = new Set(this.#live.map(({ at }) => at));
    assert.equal(places.size, this.#live.length, 'no two share a byte');
    assertSharedInvariants(recycler);
  }

  /** `held` are the leases of the thread, `mine` is the one of them that the step is about. */
  #act(step: Step, held: readonly Lease[], mine: Lease | undefined): Promise<void> | undefined {
    const { thread, does, pick } = step;
    const size = SIZES[pick % SIZES.length] as number;
    if (does === 'get') return this.#get(thread, size);
    if (does === 'adopt') return this.#adopt(thread, pick);
    if (does === 'reopen') return this.#reopen(thread, held);
    if (does === 'die') return this.#die(thread);
    if (mine === undefined) return undefined;
    if (does === 'handOver') return this.#handOver(mine);
    if (does === 'resize') return this.#resize(mine, size);
    return this.#giveBack(mine, does as 'give');
  }

  async #get(thread: number, size: number): Promise<void> {
    const name = this.#names++;
    const { code, at = -1 } = await this.#threads.do(thread, { does: 'get', name, size });
    if (code === undefined) this.#live.push({ name, thread, size, at });
    else assert.equal(code, 'ERR_GIVEBACK_BUDGET');
  }

  async #handOver(mine: Lease): Promise<void> {
    const { name, thread } = mine;
    const { ticket, code } = await this.#threads.do(thread, { does: 'handOver', name });
    if (mine.isOfClosed) {
      assert.equal(code, CLOSED);
      return;
    }
    assert.ok(ticket);
    this.#ended.push({ name, thread });
    mine.ticket = ticket;
  }

  async #adopt(thread: number, pick: number): Promise<void> {
    const sent = this.#live.filter(({ ticket }) => ticket !== undefined);
    const lease = pickOf(sent, pick);
    if (lease === undefined) return;
    const { ticket, size, at } = lease;
    const name = this.#names++;
    const outcome = await this.#threads.do(thread, { does: 'adopt', name, ticket });
    assert.equal(outcome.code, undefined);
    assert.equal(outcome.at, at);
    this.#spent.push(ticket);
    this.#live.splice(this.#live.indexOf(lease), 1, { name, thread, size, at });
  }

  async #resize(mine: Lease, size: number): Promise<void> {
    const { name, thread } = mine;
    const into = this.#names++;
    const { code, at = -1 } = await this.#threads.do(thread, { does: 'resize', name, into, size });
    if (mine.isOfClosed) assert.equal(code, CLOSED);
    else if (code !== undefined) assert.equal(code, 'ERR_GIVEBACK_BUDGET');
    else {
      this.#end(mine);
      // To the same size it is the same view.
      if (size === mine.size) this.#ended.pop();
      this.#live.push({ name: into, thread, size, at });
    }
  }

  async #giveBack(mine: Lease, does: 'give' | 'dispose' | 'discard'): Promise<void> {
    const { code } = await this.#threads.do(mine.thread, { does, name: mine.name });
    assert.equal(code, undefined);
    if (does === 'discard') this.#discards++;
    this.#end(mine);
  }

  async #reopen(thread: number, held: readonly Lease[]): Promise<void> {
    assert.equal((await this.#threads.do(thread, { does: 'reopen' })).code, undefined);
    for (const lease of held) lease.isOfClosed = true;
  }

  async #die(thread: number): Promise<void> {
    const lost = this.#live.filter((lease) => lease.thread === thread);
    assert.equal(await this.#threads.die(thread), lost.length);
    for (const lease of lost) this.#end(lease);
    for (let at = this.#ended.length; at-- > 0; )
      if (this.#ended[at]?.thread === thread) this.#ended.splice(at, 1);
  }

  /** Something that has ended, tried again: refused where it is explicit, else without effect. */
  async #misuse({ thread, pick }: Step): Promise<void> {
    const old = pickOf(this.#ended, pick);
    if (old !== undefined && pick % 3 === 0) {
      const how = (['give', 'discard', 'handOver', 'dispose'] as const)[pick % 4] as 'give';
      const { code } = await this.#threads.do(old.thread, { does: how, name: old.name });
      if ((how as string) !== 'dispose') assert.match(String(code), REFUSED, how);
    }
    const ticket = pickOf(this.#spent, pick);
    if (ticket !== undefined && pick % 3 === 1) {
      const name = this.#names++;
      const { code } = await this.#threads.do(thread, { does: 'adopt', name, ticket });
      assert.match(String(code), REFUSED);
    }
  }

  #end(lease: Lease): void {
    this.#live.splice(this.#live.indexOf(lease), 1);
    if (lease.ticket) this.#spent.push(lease.ticket);
    else this.#ended.push({ name: lease.name, thread: lease.thread });
  }
}

function pickOf<T>(all: readonly T[], pick: number): T | undefined {
  return all[pick % Math.max(1, all.length)];
}

async function runAll(threads: Threads, all: readonly Step[]): Promise<void> {
  const model = new Model(threads);
  for (const step of all) await model.run(step);
  for (let thread = 0; thread < THREADS; thread++) await threads.die(thread);
  assertAllIdle(threads.recycler);
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
