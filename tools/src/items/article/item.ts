import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceTable, root } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { table } from '../../markdown.ts';
import { byStrategy, type Measured, runLab } from '../workloads/lab-run.ts';

/** The runtimes of the picture: with all of them it would be longer than anybody looks. */
const PICTURED = ['node@20', 'node@26'];

/** What `npm start` runs, on every runtime. */
export const article: Item<readonly Measured[]> = {
  name: 'article',
  what: 'the article’s experiment, 600 ticks of 10 ms',
  minutes: { full: 5, quick: 1 },

  async measure({ folder, isQuick, runtimes }) {
    if (isQuick) return runLab('article', ['node'], join(folder, 'run'));
    const isPictured = (runtime: string): boolean => PICTURED.includes(runtime);
    const others = runtimes.filter((runtime) => !isPictured(runtime));
    return [
      ...runLab('article', runtimes.filter(isPictured), join(folder, 'run')),
      ...runLab('article', others, join(folder, 'others')),
    ];
  },

  write(all, { folder, note }) {
    const { runtimes, rows } = byStrategy(all, ({ ratio }) => `${ratio.toFixed(2)}×`);
    const ratios = table(['peak resident ÷ peak live', ...runtimes], rows);
    replaceTable('README.md', 'article', `${ratios}\n\n${note('600 ticks of 10 ms.')}`);
    copyFileSync(join(folder, 'run', 'side-by-side.png'), join(root, 'docs', 'article.png'));
  },
};
