import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { concurrently } from 'giveback-lab/measure';
import { renderPng, renderSvg } from 'giveback-lab/pictures';
import { replaceTable, root } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { table } from '../../markdown.ts';
import { articleChart } from './chart.ts';
import { figuresOf } from './lines.ts';
import { compileGo, type Printed, programsOn, runArticle } from './programs.ts';

/** As in the article: a tick a second for ten minutes. */
const PACE = { ticks: 600, tickMs: 1_000 };
const LANES = 2;
/** The runtimes that the page compares. */
const RUNTIMES = ['node@20', 'node@26', 'bun'];

/** The article's experiment at the article's own pace, beside Go's three programs. */
export const articleExact: Item<readonly Printed[]> = {
  name: 'article-exact',
  what: 'the article’s ten minutes, a tick a second, in Go, Node and Bun, two programs at a time',
  minutes: { full: 80 },
  onlyByName: true,

  async measure({ folder, runtimes }) {
    const go = compileGo(folder);
    const programs = programsOn(RUNTIMES.filter((name) => runtimes.includes(name)));
    return concurrently(programs.length, LANES, async (index) => {
      const program = programs[index] as (typeof programs)[number];
      console.error(`  ${program.strategy} on ${program.on}: ${index + 1} of ${programs.length}`);
      return runArticle(program, go, PACE);
    });
  },

  write(printed, { note }) {
    const rows = printed.map((each) => {
      const { held, live, ratio, makes, frees } = figuresOf(each.csv);
      return [each.runtime, `\`${each.strategy}\``, held, live, ratio, makes, frees];
    });
    const head = ['', '', 'most held, MB', 'most live, MB', 'ratio', 'makes', 'frees'];
    const details = '600 ticks of a second; held is `HeapSys`, as the article has it.';
    replaceTable('docs/article.md', 'article-exact', `${table(head, rows)}\n\n${note(details)}`);
    const { chart, size } = articleChart(printed);
    writeFileSync(join(root, 'docs', 'article-exact.png'), renderPng(renderSvg(chart, size)));
  },
};
