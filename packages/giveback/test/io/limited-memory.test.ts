import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { memoryGroup } from '../helpers/cgroup.ts';
import { memories } from '../helpers/memories.ts';
import { randomFrom } from '../helpers/random.ts';
import { isSoak } from '../helpers/soak.ts';
import { patterned } from './helpers/streams.ts';
import { type Outcome, upload } from './helpers/uploaders.ts';

// A server of uploads in a control group that has half as much again as its budget, and 64 MiB for Node
// itself, is never killed, though four times its budget is on its way to it. The clients run outside.

const MiB = 1024 * 1024;
const program = fileURLToPath(import.meta.resolve('./programs/limited-server.js'));
const content = patterned(16 * MiB);
const [least, most] = [64 * 1024, 8 * MiB];

interface Limited {
  readonly memory: 'fixed' | 'elastic';
  readonly maxBytes: number;
  readonly announces: boolean;
  readonly seconds: number;
  readonly seed: number;
}

/** What came of a run; undefined, and skipped, where there are no groups. */
async function run(t: TestContext, limited: Limited): Promise<Outcome | undefined> {
  const { memory, maxBytes, announces, seconds, seed } = limited;
  const limit = 1.5 * maxBytes + 64 * MiB;
  const group = memoryGroup(t, limit);
  if (group === undefined) return undefined;
  const server = fork(program, [memory, String(maxBytes), group.joinFile]);
  const exited = once(server, 'exit');
  try {
    const [{ port }] = await once(server, 'message');
    const outcome = await upload({
      port,
      content,
      clients: (4 * maxBytes) / (most / 2),
      milliseconds: seconds * 1000,
      least,
      most,
      announces,
      leaving: 0.1,
      random: randomFrom(seed),
    });
    const peak = group.peak();
    const part = peak === undefined ? '' : `, ${((100 * peak) / limit).toFixed(0)}% of the limit`;
    t.diagnostic(`${JSON.stringify({ ...limited, ...outcome })}${part}`);
    assert.equal(server.signalCode, null, 'killed');
    assert.equal(outcome.wrong, 0);
    assert.equal(outcome.lost, 0);
    return outcome;
  } finally {
    server.kill();
    await exited;
  }
}

const cases = memories.flatMap((memory) =>
  [true, false].map((announces) => ({ memory, announces })),
);
// All of them take four minutes.
const [runs, budgets, seconds] = isSoak ? [50, [64, 128, 256], 3] : [cases.length, [32], 0.4];

for (let index = 0; index < runs; index++) {
  const { memory, announces } = cases[index % cases.length] as (typeof cases)[number];
  const budget = budgets[index % budgets.length] as number;
  const lengths = announces ? 'known lengths' : 'chunked';
  test(`${memory}, ${lengths}, maxBytes ${budget} MiB, run ${index + 1}`, async (t) => {
    const limited = { memory, maxBytes: budget * MiB, announces, seconds, seed: index };
    const outcome = await run(t, limited);
    assert.notEqual(outcome?.served, 0);
  });
}
