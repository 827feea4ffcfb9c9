import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceTable, root } from '../document.ts';
import type { Item } from '../evidence/item.ts';
import { table } from '../markdown.ts';
import { byStrategy, type Finished, runLab } from '../workloads/lab-run.ts';

/** What `npm start` runs, on every runtime. */
export const article: Item<readonly Finished[]> = {
  name: 'article',
  what: 'the article’s experiment, 600 ticks of 10 ms',
  minutes: { full: 5, quick: 1 },

  async measure({ folder, isQuick, runtimes }) {
    const on = isQuick ? ['node'] : runtimes;
    return runLab('article', on, join(folder, 'run')).trials;
  },

  write(trials, { folder, note }) {
    const { runtimes, rows } = byStrategy(
      trials,
      ({ summary }) => `${summary.peakRatio.toFixed(2)}×`,
    );
    replaceTable(
      'README.md',
      'article',
      `${table(['peak resident ÷ peak live', ...runtimes], rows)}\n\n${note('600 ticks of 10 ms.')}`,
    );
    copyFileSync(join(folder, 'run', 'side-by-side.png'), join(root, 'docs', 'article.png'));
  },
};
