import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '../../helpers/lab.ts';
import { bytesOf, program, record } from '../../helpers/recording.ts';
import { noTruth, readTruth, type Truth, truthEnvironment } from '../../helpers/truth.ts';

/** Other Nodes to try, their paths separated by commas. */
const NODES = process.env.GIVEBACK_NODES?.split(',') ?? [process.execPath];

for (const node of NODES)
  for (const [name, least, leastReached] of [
    ['uploads', 0.98, 0.98],
    ['multipart', 0.98, 0.98],
    ['websockets', 0.98, 0.95],
    ['fastify', 0.98, 0.95],
    ['ciphers', 0.8, 0.8],
  ] as const)
    test(`what ${name} allocates is attributed, on ${node}`, {
      skip: noTruth ?? false,
    }, async (t) => {
      const { attributed, truth, major } = await attribute(node, name);
      const share = attributed / truth.allocated;
      const reached = attributed / truth.reached;
      const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
      t.diagnostic(
        `Node ${major}, ${name}: ${megabytes(attributed)} of ${megabytes(truth.allocated)} MB, ${percent(share)}; ` +
          `of what reaches JavaScript ${percent(reached)}`,
      );
      assert.ok(truth.allocated > 5e6);
      // Until Node 24, sockets read into memory that is trimmed, and text is written through such memory.
      const isTrimmed = major < 24 && ['multipart', 'websockets', 'fastify'].includes(name);
      assert.ok((isTrimmed ? reached : share) >= (isTrimmed ? leastReached : least));
      assert.ok(reached <= 1.02, 'nothing is counted twice');
    });

async function attribute(
  node: string,
  name: string,
): Promise<{ attributed: number; truth: Truth; major: number }> {
  const folder = temporaryFolder();
  const env = {
    ...truthEnvironment(node, folder),
    ROUNDS: process.env.GIVEBACK_SOAK ? '3' : '0.5',
  };
  const { trace, code, stderr } = await record([program(`${name}.js`)], { node, env });
  assert.equal(code, 0, stderr);
  const truth = readTruth(node, folder, trace.head.pid);
  return { attributed: bytesOf(trace), truth, major: Number.parseInt(trace.head.node, 10) };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
