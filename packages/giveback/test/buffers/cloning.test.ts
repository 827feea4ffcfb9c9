import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';

/** What comes out at the other end of a channel. */
function posted(value: Uint8Array): Uint8Array {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(value);
  const { message } = receiveMessageOnPort(port2) as { message: Uint8Array };
  port1.close();
  return message;
}

/** A buffer of 1,000 bytes whose store is larger, and has what somebody else has left there. */
function leftovers(memory: 'fixed' | 'elastic'): [BufferRecycler, RecycledBuffer] {
  const buffers = new BufferRecycler({ memory });
  const before = buffers.get(1020);
  before.fill('secret');
  buffers.give(before);
  return [buffers, buffers.get(1000)];
}

for (const memory of ['fixed', 'elastic'] as const)
  for (const [how, clone] of [
    ['structuredClone', structuredClone],
    ['postMessage', posted],
  ] as const) {
    test(`${memory}: ${how} of a view carries its whole store, as docs/ownership.md says`, () => {
      const [buffers, buffer] = leftovers(memory);
      const sent = clone(buffer as Uint8Array) as Uint8Array;
      assert.equal(sent.byteLength, 1000);
      assert.ok(sent.buffer.byteLength >= 1020);
      assert.match(Buffer.from(sent.buffer).toString('latin1', 1000), /^.{0,5}secret/);
      buffers.give(buffer);
    });

    test(`${memory}: of a copy as it says, exactly the bytes`, () => {
      const [buffers, buffer] = leftovers(memory);
      buffer.fill('x');
      const sent = clone(new Uint8Array(buffer)) as Uint8Array;
      assert.equal(sent.buffer.byteLength, 1000);
      assert.ok(buffer.equals(sent));
      buffers.give(buffer);
    });
  }
