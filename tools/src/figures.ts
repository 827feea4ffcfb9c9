// Measures the article's experiment anew, and puts what came of it where people look first: the picture
// docs/article.png, and the table in README.md: `npm run figures`. Run it on a quiet machine.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceTable, root } from './document.ts';
import { byStrategy, runLab } from './lab-run.ts';
import { measuredBy, table } from './markdown.ts';

const RUNTIMES = ['node@20', 'node@26'];

const folder = mkdtempSync(join(tmpdir(), 'giveback-figures-'));
try {
  const out = join(folder, 'run');
  const { run, trials } = runLab('article', RUNTIMES, out);
  const { runtimes, rows } = byStrategy(
    trials,
    ({ summary }) => `${summary.peakRatio.toFixed(2)}× (${summary.makes} makes)`,
  );
  const { ticks, tickMs, seed } = run.options;
  const details = `${ticks} ticks of ${tickMs} ms, seed ${seed}, one run.`;
  replaceTable(
    'README.md',
    'article',
    `${table(['peak resident ÷ peak live', ...runtimes], rows)}\n\n${measuredBy('npm run figures', details)}`,
  );
  copyFileSync(join(out, 'side-by-side.png'), join(root, 'docs', 'article.png'));
  console.error('Wrote docs/article.png and the table in README.md.');
} finally {
  rmSync(folder, { recursive: true });
}
