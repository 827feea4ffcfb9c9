// How many instructions a get and a give take, as valgrind counts them:
// `node bench/dist/src/instructions.js [--scenario same] [--node path]… [candidate…]`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { scenarioNamed } from './scenarios/all.ts';

const counted = fileURLToPath(new URL('./counted.js', import.meta.url));

/** Two runs differ in nothing but this: what a process does beside is the same in both. */
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

/** Of a whole process, in one thread: else the compiler's would be counted too, and be late. */
function instructionsOf(node: string, task: readonly string[]): number {
  const counting = ['--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null'];
  const program = [node, '--single-threaded', counted, ...task];
  const { error, stderr } = spawnSync('valgrind', [...counting, ...program], { encoding: 'utf8' });
  const found = /I +refs: +([\d,]+)/.exec(stderr ?? '')?.[1];
  if (found !== undefined) return Number(found.replaceAll(',', ''));
  throw new Error('Expected valgrind to count instructions.', { cause: error ?? stderr });
}
