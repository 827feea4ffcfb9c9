// Counts the instructions of a get and a give with valgrind:
// `node bench/dist/src/instructions.js [--scenario same] [--node path]… [candidate…]`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { scenarioNamed } from './scenarios/all.ts';

const counted = fileURLToPath(new URL('./counted.js', import.meta.url));

/** The second run does twice as many. The difference of both is what the operations took, without start-up. */
const OPERATIONS = 2_000_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scenario: { type: 'string', default: 'same' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
});
const { limit } = scenarioNamed(values.scenario);
const candidates = positionals.length > 0 ? positionals : [limit, 'giveback fixed'];
for (const node of values.node) {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  for (const candidate of candidates) {
    const [once, twice] = [OPERATIONS, 2 * OPERATIONS].map((operations) =>
      instructionsOf(node, [candidate, values.scenario, String(operations)]),
    ) as [number, number];
    const each = Math.round((twice - once) / OPERATIONS);
    console.log(`${version} ${values.scenario}: ${each} instructions, ${candidate}`);
  }
}

/** Counts the instructions of a whole process, which has one thread, so that V8's compiler does not run beside it. */
function instructionsOf(node: string, task: readonly string[]): number {
  const counting = ['--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null'];
  const program = [node, '--single-threaded', counted, ...task];
  const { error, stderr } = spawnSync('valgrind', [...counting, ...program], { encoding: 'utf8' });
  const found = /I +refs: +([\d,]+)/.exec(stderr ?? '')?.[1];
  if (found !== undefined) return Number(found.replaceAll(',', ''));
  throw new Error('Expected valgrind to count instructions.', { cause: error ?? stderr });
}
