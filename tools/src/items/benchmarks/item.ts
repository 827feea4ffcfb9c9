import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';

const program = join(root, 'bench', 'dist', 'src', 'cli.js');
const RUNTIMES = ['node@20', 'node@24', 'node@26'];

/** What get and give cost beside the pools of npm. The bench writes its page and pictures itself. */
export const benchmarks: Item<null> = {
  name: 'benchmarks',
  what: 'get and give beside the pools of npm',
  minutes: { full: 30 },

  async measure({ folder, runtimes }) {
    const on = RUNTIMES.filter((name) => runtimes.includes(name));
    bench(folder, ...on.flatMap((runtime) => ['--runtime', runtime]));
    return null;
  },

  write(_, { folder }) {
    bench(folder, '--from', join(folder, 'benchmarks.json'), '--publish', '--commit');
  },
};

/** What becomes of every operation with 100,000 stores, waits, recyclers. */
export const growth: Item<null> = {
  name: 'growth',
  what: 'every operation with ever more stores, waits and recyclers',
  minutes: { full: 10 },

  async measure({ folder }) {
    bench(folder, 'growth');
    return null;
  },

  write(_, { folder }) {
    bench(folder, '--from', join(folder, 'benchmarks.json'), '--publish');
  },
};

function bench(folder: string, ...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [program, ...args, '--out', folder], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('Not all of it could be measured.');
}
