import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathsOf } from '../../child.ts';
import { replaceTable, root } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { table } from '../../markdown.ts';

const SCENARIOS = ['same', 'burst', 'random'];
const RUNTIMES = ['node@20', 'node@26'];
const program = join(root, 'bench', 'dist', 'src', 'instructions.js');

/** Instructions of a get and a give, by candidate. */
type Counts = Readonly<Record<string, string>>;

/** Those of one scenario on one runtime. */
interface Counted {
  readonly scenario: string;
  readonly runtime: string;
  readonly counts: Counts;
}

/** The instructions of a get and a give, beside those of the limit. Wants valgrind. */
export const instructions: Item<readonly Counted[]> = {
  name: 'instructions',
  what: 'the instructions of a get and a give, counted by valgrind',
  minutes: { full: 6 },

  async measure({ runtimes }) {
    const on = RUNTIMES.filter((name) => runtimes.includes(name));
    const paths = await pathsOf(on);
    return SCENARIOS.flatMap((scenario) =>
      paths.map((path, index) => ({
        scenario,
        runtime: on[index] as string,
        counts: count(scenario, path),
      })),
    );
  },

  write(counted, { note }) {
    const on = [...new Set(counted.map(({ runtime }) => runtime))];
    const rows = SCENARIOS.flatMap((scenario) => {
      const ours = counted.filter((each) => each.scenario === scenario);
      return Object.keys(ours[0]?.counts ?? {}).map((candidate) => [
        `scenario \`${scenario}\`: ${candidate}`,
        ...ours.map(({ counts }) => counts[candidate] ?? ''),
      ]);
    });
    const heads = on.map((runtime) => runtime.replace('node@', 'Node '));
    const counts = table(['', ...heads], rows, 'right');
    replaceTable('docs/hot-path.md', 'instructions', `${counts}\n\n${note()}`);
  },
};

/** Of the limit and of giveback, by name. */
function count(scenario: string, path: string): Counts {
  const { error, status, stdout } = spawnSync(
    process.execPath,
    [program, '--scenario', scenario, '--node', path],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (error) throw error;
  if (status !== 0) throw new Error('Not all of it could be counted: nothing is changed.');
  const lines = stdout.matchAll(/: (\d+) instructions, (.*)$/gm);
  return Object.fromEntries(
    Array.from(lines, ([, instructions = '', name = '']) => [name, instructions]),
  );
}
