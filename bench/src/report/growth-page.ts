import { readFileSync } from 'node:fs';
import { type Results, unlessEmpty } from '../results.ts';
import { type GrowthLine, isWhole, linesOf } from './growth-lines.ts';
import { markdownTable } from './markdown.ts';
import { fill, measuredOn } from './page.ts';
import { timeInWords } from './words.ts';

/** Its prose: Markdown with `{{names}}` for what the results say. Beside the sources. */
const template = new URL('../../../growth.md', import.meta.url);

/** docs/growth.md, whole. */
export function growthPageOf(results: Results, picture: string): string {
  const { runs } = results;
  const found = runs.filter(({ growth }) => unlessEmpty(growth) !== undefined);
  return fill(readFileSync(template, 'utf8'), {
    measuredOn: measuredOn(results).replace(/ Versions: .*$/, ''),
    picture: `![A line an operation: its time, and the pauses, as there is more of everything](${picture})`,
    rounds: timesInWords(found.flatMap(({ growth }) => growth.map(({ rounds }) => rounds.length))),
    load: `The load average was ${results.load.toFixed(0)} on ${results.host.cpus} cores when it began.`,
    times: found.map(({ node, growth }) => section(node, linesOf(growth, 'times'), 1)).join('\n\n'),
    pauses: found
      .map(({ node, growth }) => {
        const lines = linesOf(growth, 'pauses').filter((line) => !isWhole(line));
        return section(node, lines, 1e6);
      })
      .join('\n\n'),
    whole: found
      .map(({ node, growth }) => section(node, linesOf(growth, 'pauses').filter(isWhole), 1e6))
      .join('\n\n'),
  });
}

/** `once`, `3 times` or `1 to 3 times` */
function timesInWords(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (least < most) return `${least} to ${most} times`;
  return most === 1 ? 'once' : `${most} times`;
}

/** A row an operation, a column a count; the values are so many nanoseconds each. */
function section(node: string, lines: readonly GrowthLine[], nanoseconds: number): string {
  const counts = [...new Set(lines.flatMap(({ points }) => points.map(({ count }) => count)))];
  const head = [`Node ${node}`, ...counts.map((count) => count.toLocaleString('en'))];
  const body = lines.map(({ population, operation, points }) => [
    `${population}: ${operation}`,
    ...counts.map((count) => {
      const value = points.find((point) => point.count === count)?.value;
      return value === undefined ? '' : timeInWords(value * nanoseconds);
    }),
  ]);
  return markdownTable(head, body);
}
