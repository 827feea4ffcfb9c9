// Counts the instructions of a get and a give, beside those of the limit, and writes the table of
// docs/hot-path.md: `npm run instructions`. Wants valgrind, and takes some minutes; a busy machine does no harm.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathsOf } from './child.ts';
import { replaceTable, root } from './document.ts';
import { measuredBy, table } from './markdown.ts';

const SCENARIOS = ['same', 'burst', 'random'];
const RUNTIMES = ['node@20', 'node@26'];
const program = join(root, 'bench', 'dist', 'src', 'instructions.js');

const paths = await pathsOf(RUNTIMES);
const counts = SCENARIOS.map((scenario) => paths.map((path) => count(scenario, path)));
const rows = SCENARIOS.flatMap((scenario, index) => {
  const byRuntime = counts[index] ?? [];
  return [...(byRuntime[0]?.keys() ?? [])].map((candidate) => [
    `scenario \`${scenario}\`: ${candidate}`,
    ...byRuntime.map((found) => found.get(candidate) ?? ''),
  ]);
});
const heads = RUNTIMES.map((runtime) => runtime.replace('node@', 'Node '));
replaceTable(
  'docs/hot-path.md',
  'instructions',
  `${table(['', ...heads], rows, 'right')}\n\n${measuredBy('npm run instructions')}`,
);
console.error('Wrote the table of docs/hot-path.md.');

/** Of the limit and of giveback, by name. */
function count(scenario: string, path: string): Map<string, string> {
  const { error, status, stdout } = spawnSync(
    process.execPath,
    [program, '--scenario', scenario, '--node', path],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (error) throw error;
  if (status !== 0) throw new Error('Not all of it could be counted: nothing is changed.');
  const lines = stdout.matchAll(/: (\d+) instructions, (.*)$/gm);
  return new Map(Array.from(lines, ([, instructions = '', name = '']) => [name, instructions]));
}
