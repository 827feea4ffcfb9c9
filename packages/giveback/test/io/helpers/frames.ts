import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BufferPool, type FramesOptions, frames } from '../../../src/io/index.ts';
import { randomFrom } from '../../helpers/random.ts';
import { cut } from './streams.ts';

/** The options of frames as `framed` makes them, and of lines. */
export const length = { bytes: 4 };
export const line = { delimiter: '\n' } as const;

/** A frame with a length of 4 bytes before it. */
export function framed(payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(4 + payload.length);
  frame.writeUInt32BE(payload.length);
  frame.set(payload, 4);
  return frame;
}

/** Copies all frames, after a turn or not, and gives them back. */
export async function collectFrames(
  source: Parameters<typeof frames>[0],
  buffers: BufferPool,
  options: FramesOptions,
  random?: () => number,
): Promise<Buffer[]> {
  const collected: Buffer[] = [];
  for await (const frame of frames(source, buffers, options)) {
    collected.push(Buffer.from(frame));
    if (random !== undefined && random() < 0.3) await sleep(0);
    buffers.give(frame);
  }
  return collected;
}

/** Sends all of it in random pieces, and ends. */
export async function sendInPieces(
  socket: Socket,
  bytes: Buffer,
  most: number,
  seed: number,
): Promise<void> {
  for (const piece of cut(bytes, most, randomFrom(seed)))
    if (!socket.write(piece)) await once(socket, 'drain');
  socket.end();
}
