import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceTable, root } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { table } from '../../markdown.ts';
import { byStrategy, type Measured, runLab } from '../workloads/lab-run.ts';

/** What `npm start` runs, on every runtime. */
export const article: Item<readonly Measured[]> = {
  name: 'article',
  what: 'the article’s experiment, 600 ticks of 10 ms',
  minutes: { full: 5, quick: 1 },

  measure: async ({ folder, isQuick, runtimes }) =>
    runLab('article', isQuick ? ['node'] : runtimes, join(folder, 'run')),

  write(all, { folder, note }) {
    const { runtimes, rows } = byStrategy(all, ({ ratio }) => `${ratio.toFixed(2)}×`);
    const ratios = table(['peak resident ÷ peak live', ...runtimes], rows);
    replaceTable('README.md', 'article', `${ratios}\n\n${note('600 ticks of 10 ms.')}`);
    copyFileSync(join(folder, 'run', 'side-by-side.png'), join(root, 'docs', 'article.png'));
  },
};
