import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecycledBuffer } from 'giveback';
import { fileChunks } from 'giveback/io';
import { LiveBytes } from './live-bytes.ts';
import { mark } from './marks.ts';
import { transferWorkload } from './transfers.ts';
import type { TrialContext, Workload } from './workload.ts';

const MiB = 1024 * 1024;
const FILE = 1024 * MiB;
/** Bytes of a request. */
const RANGE = 64 * MiB;
const CHUNK = 64 * 1024;

/**
 * Files of 1 GiB, read by ranges, one after the other, so many at a time, and looked at every MiB. They
 * are sparse: read from the system's memory, and hardly anywhere on a disk.
 */
export const files: Workload = {
  summary: 'files of 1 GiB, read by ranges of 64 MiB: streams against fileChunks',
  ...transferWorkload(64, 4),

  async run(context: TrialContext): Promise<void> {
    const { strategy, ticks: requests, concurrency = 1, recordLatency, sample } = context;
    const { recycler } = strategy;
    const folder = mkdtempSync(join(tmpdir(), 'giveback-lab-files-'));
    const live = new LiveBytes();
    let errors = 0;
    const readRange = async (request: number): Promise<void> => {
      const file = Math.floor((request * RANGE) / FILE);
      const first = (request * RANGE) % FILE;
      const range = { start: first, end: first + RANGE - 1 };
      const path = join(folder, String(file));
      const began = performance.now();
      const chunks = recycler
        ? fileChunks(path, recycler, { chunkSize: CHUNK, ...range })
        : createReadStream(path, { highWaterMark: CHUNK, ...range });
      let position = first;
      for await (const chunk of chunks as AsyncIterable<Buffer>) {
        live.add(chunk.length);
        if (position % MiB === 0 && !isBeginning(chunk, file, position)) errors += 1;
        position += chunk.length;
        live.remove(chunk.length);
        recycler?.give(chunk as RecycledBuffer);
      }
      if (position !== first + RANGE) errors += 1;
      recordLatency(performance.now() - began);
      sample(live.peak());
    };
    try {
      for (let file = 0; file * FILE < requests * RANGE; file++)
        await makeFile(join(folder, String(file)), file);
      const start = performance.now();
      let next = 0;
      const lane = async (): Promise<void> => {
        while (next < requests) await readRange(next++);
      };
      await Promise.all(Array.from({ length: concurrency }, lane));
      context.recordTransfer?.({ bytes: requests * RANGE, ms: performance.now() - start, errors });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function makeFile(path: string, id: number): Promise<void> {
  await using file = await open(path, 'w');
  await file.truncate(FILE);
  const beginning = Buffer.alloc(16);
  for (let position = 0; position < FILE; position += MiB) {
    mark(beginning, id, position);
    await file.write(beginning, 0, beginning.length, position);
  }
}

function isBeginning(chunk: Buffer, id: number, position: number): boolean {
  return chunk.readUInt32LE(0) === id && chunk.readUInt32LE(4) === position / 4096;
}
