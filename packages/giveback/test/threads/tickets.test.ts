import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  BroadcastChannel,
  MessageChannel,
  type Transferable as TransferListItem,
  Worker,
} from 'node:worker_threads';
import type { RecycledBuffer } from '../../src/leasing/recycled-buffer.ts';
import { type BufferTicket, SharedBufferRecycler } from '../../src/threads/index.ts';
import { assertAllIdle, assertSharedInvariants } from './helpers/shared-invariants.ts';
import type { TicketOrders } from './helpers/ticket-worker.ts';

const make = (blocks = 4) => new SharedBufferRecycler({ blockSize: 1024, blocks, name: 'mine' });
const foreign = { code: 'ERR_GIVEBACK_FOREIGN', message: /^Expected a ticket of recycler `mine`/ };
const spent = { code: 'ERR_GIVEBACK_NOT_LEASED', message: /^Expected a ticket of recycler `mine`/ };
const ended = { code: 'ERR_GIVEBACK_NOT_LEASED', message: /^Expected a buffer on lease/ };

test('a ticket is a small frozen object that can be copied, and is good once', () => {
  const recycler = make();
  const buffer = recycler.get(100).fill(7) as RecycledBuffer;
  const ticket = recycler.handOver(buffer);
  assert.ok(Object.isFrozen(ticket));
  assert.deepEqual(Object.keys(ticket), ['recycler', 'block', 'number', 'size']);
  assert.equal(ticket.size, 100);
  assert.equal(recycler.stats().lent.count, 1, 'it is lent still');
  assert.throws(() => recycler.give(buffer), ended);
  const copy = JSON.parse(JSON.stringify(structuredClone(ticket)));
  const adopted = recycler.adopt(copy);
  assert.ok(Buffer.isBuffer(adopted));
  assert.equal(adopted.byteOffset, buffer.byteOffset, 'its bytes have not moved');
  assert.deepEqual([...adopted], Array(100).fill(7));
  for (const each of [ticket, copy]) assert.throws(() => recycler.adopt(each), spent);
  recycler.give(adopted);
  assert.throws(() => recycler.adopt(ticket), spent);
  const again = recycler.get(100);
  assert.throws(() => recycler.adopt(ticket), spent, 'also when its block is lent again');
  const next = recycler.handOver(again);
  assert.throws(() => recycler.adopt(ticket), spent, 'and handed over again');
  recycler.give(recycler.adopt(next));
  assertAllIdle(recycler);
});

const wrong: [what: string, ticket: (good: BufferTicket) => unknown, error: object][] = [
  ['undefined', () => undefined, { code: 'ERR_GIVEBACK_TYPE', name: 'TypeError' }],
  ['a number', () => 7, { code: 'ERR_GIVEBACK_TYPE' }],
  ['an empty object', () => ({}), { code: 'ERR_GIVEBACK_TYPE' }],
  ['a plain buffer', () => Buffer.alloc(10), { code: 'ERR_GIVEBACK_TYPE' }],
  [
    'a block that is no integer',
    (good) => ({ ...good, block: 0.5 }),
    { code: 'ERR_GIVEBACK_TYPE' },
  ],
  [
    'a number that is NaN',
    (good) => ({ ...good, number: Number.NaN }),
    { code: 'ERR_GIVEBACK_TYPE' },
  ],
  ['a size that is a string', (good) => ({ ...good, size: '100' }), { code: 'ERR_GIVEBACK_TYPE' }],
  ['no size', ({ size: _, ...rest }) => rest, { code: 'ERR_GIVEBACK_TYPE' }],
  ['another recycler', (good) => ({ ...good, recycler: good.recycler + 1 }), foreign],
  ['a block before the first', (good) => ({ ...good, block: -1 }), foreign],
  ['a block after the last', (good) => ({ ...good, block: 4 }), foreign],
  ['a block far away', (good) => ({ ...good, block: 2 ** 40 }), foreign],
  ['a block never lent', (good) => ({ ...good, block: 3 }), foreign],
  ['a number to come', (good) => ({ ...good, number: good.number + 1 }), foreign],
  ['a number long to come', (good) => ({ ...good, number: Number.MAX_SAFE_INTEGER }), foreign],
  ['a number below 1', (good) => ({ ...good, number: 0 }), foreign],
  ['a negative number', (good) => ({ ...good, number: -2 }), foreign],
  ['a number gone by', (good) => ({ ...good, number: good.number - 1 }), spent],
  ['a smaller size', (good) => ({ ...good, size: 99 }), foreign],
  ['a larger size', (good) => ({ ...good, size: 2 ** 40 }), foreign],
  ['a negative size', (good) => ({ ...good, size: -1 }), foreign],
];
for (const [what, forge, error] of wrong)
  test(`a ticket with ${what} is refused, and nothing changes`, () => {
    const recycler = make();
    const ticket = recycler.handOver(recycler.get(100));
    const before = recycler.stats();
    assert.throws(() => recycler.adopt(forge(ticket) as BufferTicket), error);
    assert.deepEqual(recycler.stats(), before);
    recycler.give(recycler.adopt(ticket));
    assertAllIdle(recycler);
  });

test('a ticket of a buffer that nobody has handed over cannot be guessed', () => {
  const recycler = make();
  const ticket = recycler.handOver(recycler.get(100));
  const held = recycler.adopt(ticket);
  for (const number of [ticket.number, ticket.number + 1])
    assert.throws(() => recycler.adopt({ ...ticket, number }), spent);
  assert.equal(recycler.give(held), true);
});

test('a resized buffer is handed over at its new size', () => {
  const recycler = make();
  const resized = recycler.resize(recycler.get(100), 300);
  const adopted = recycler.adopt(recycler.handOver(resized));
  assert.equal(adopted.length, 300);
  recycler.give(adopted);
});

test('a ticket that nobody adopts stays lent, the sender’s; a named receiver’s end brings it back', () => {
  const recycler = make();
  const [lost, named, adopted] = [1, 2, 3].map((size) => recycler.get(size)) as [
    RecycledBuffer,
    RecycledBuffer,
    RecycledBuffer,
  ];
  const late = [recycler.handOver(lost), recycler.handOver(named, 7)] as const;
  const saved = recycler.adopt(recycler.handOver(adopted, 7));
  assert.equal(recycler.reclaim(7), 1);
  assert.throws(() => recycler.adopt(late[1]), spent);
  assert.equal(recycler.give(saved), true, 'what was adopted before is the adopter’s');
  assert.deepEqual(recycler.leases(), [{ size: 1, thread: 0 }]);
  assert.throws(() => recycler.handOver(recycler.get(4), 7), {
    code: 'ERR_GIVEBACK_RANGE',
    message: 'Expected `threadId` to be that of a living thread, got 7, which has ended.',
  });
  recycler.give(recycler.adopt(late[0]));
  assertSharedInvariants(recycler);
});

test('reclaim(5) is remembered after reclaim(1029)', () => {
  const recycler = make();
  recycler.reclaim(5);
  recycler.reclaim(1029);
  const buffer = recycler.get(1);
  for (const id of [5, 1029])
    assert.throws(() => recycler.handOver(buffer, id), { code: 'ERR_GIVEBACK_RANGE' });
  assert.equal(recycler.give(buffer), true);
});

test('a ticket of one recycler is not taken by another that looks the same', () => {
  const [one, other] = [make(), make()];
  const [mine, theirs] = [one.handOver(one.get(100)), other.handOver(other.get(100))];
  assert.throws(() => one.adopt(theirs), { ...foreign, message: /another recycler/ });
  one.give(one.adopt(mine));
  other.give(other.adopt(theirs));
});

function start(orders: TicketOrders, transferList: TransferListItem[] = []): Worker {
  return new Worker(new URL('./helpers/ticket-worker.js', import.meta.url), {
    workerData: orders,
    transferList,
  });
}

/** A buffer that says what it is for. */
function fill(recycler: SharedBufferRecycler): RecycledBuffer {
  return recycler.get(100).fill(1) as RecycledBuffer;
}

/** What a worker sends back has been written to by it. */
function takeBack(recycler: SharedBufferRecycler, ticket: BufferTicket): void {
  const back = recycler.adopt(ticket);
  assert.deepEqual([...back], Array(100).fill(2));
  recycler.give(back);
}

test('by postMessage there and back', async (t) => {
  const recycler = make(1);
  const worker = start({ handle: recycler.handle, by: 'parent' });
  t.after(() => worker.terminate());
  for (let round = 0; round < 100; round++) {
    worker.postMessage(recycler.handOver(fill(recycler)));
    takeBack(recycler, (await once(worker, 'message'))[0]);
  }
  assertAllIdle(recycler);
});

test('by a MessageChannel', async (t) => {
  const recycler = make();
  const { port1, port2 } = new MessageChannel();
  const worker = start({ handle: recycler.handle, by: 'port', port: port2 }, [port2]);
  t.after(() => worker.terminate());
  port1.postMessage({ nested: [recycler.handOver(fill(recycler), worker.threadId)] });
  takeBack(recycler, (await once(port1, 'message'))[0]);
  port1.close();
});

test('by workerData', async () => {
  const recycler = make();
  const ticket = recycler.handOver(fill(recycler));
  const worker = start({ handle: recycler.handle, by: 'data', ticket });
  const ends = once(worker, 'exit');
  takeBack(recycler, (await once(worker, 'message'))[0]);
  await ends;
});

test('by a BroadcastChannel, of whose listeners one adopts it', async () => {
  const recycler = make();
  const name = `giveback-${process.pid}-${Math.random()}`;
  const channel = new BroadcastChannel(name);
  const workers = [1, 2, 3].map(() => start({ handle: recycler.handle, by: 'broadcast', name }));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const answers = Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
  channel.postMessage(recycler.handOver(fill(recycler)));
  const all = await answers;
  const refusals = all.filter((answer) => answer === 'ERR_GIVEBACK_NOT_LEASED');
  assert.equal(refusals.length, 2, String(all));
  takeBack(
    recycler,
    all.find((answer) => typeof answer === 'object'),
  );
  channel.close();
  await Promise.all(workers.map((worker) => worker.terminate()));
  assertSharedInvariants(recycler);
});

test('a view that is posted as such is nobody’s to give, and stays the sender’s', async (t) => {
  const recycler = make();
  const worker = start({ handle: recycler.handle, by: 'view' });
  t.after(() => worker.terminate());
  const buffer = fill(recycler);
  worker.postMessage(buffer);
  assert.deepEqual(await once(worker, 'message'), [['ERR_GIVEBACK_FOREIGN', 'ERR_GIVEBACK_TYPE']]);
  assert.equal(recycler.give(buffer), true);
});
