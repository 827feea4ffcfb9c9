import { readFileSync } from 'node:fs';
import { newestWith, type Results, unlessEmpty } from '../results.ts';
import { MISUSES } from '../run/safety.ts';
import { aimsTable } from './aims.ts';
import { misuseTable, ownMisuseTable } from './misuse-tables.ts';
import { noiseIn } from './noise.ts';
import { heapTable, residentTables, sizedTable, timingSections } from './page-tables.ts';
import { shortfalls } from './shortfalls.ts';
import { hostInWords } from './words.ts';

/** The prose of the page, beside the sources: Markdown with `{{names}}` for what comes from the results. */
const template = new URL('../../../page.md', import.meta.url);

/** The text of docs/benchmarks.md. */
export function pageOf(results: Results, picture: string | undefined): string {
  const { runs } = results;
  if (runs.length === 0) throw new Error('Expected results of at least one Node, got none.');
  const safety = newestWith(runs, ({ safety }) => unlessEmpty(safety))?.table ?? [];
  return fill(readFileSync(template, 'utf8'), {
    measuredOn: measuredOn(results),
    picture: picture === undefined ? '' : `![Time against memory, one dot a candidate](${picture})`,
    reach: aimsTable(runs),
    shortfalls: shortfalls(results)
      .map((sentence) => `* ${sentence}`)
      .join('\n'),
    times: timingSections(runs).join('\n\n'),
    heap: heapTable(runs),
    sized: sizedTable(runs),
    resident: residentTables(runs).join('\n\n'),
    misuse: misuseTable(safety),
    misuses: safety.length === 0 ? '' : MISUSES.toLocaleString('en'),
    misuseOfOurs: ownMisuseTable(safety),
    method: method(results),
    noise: noise(results),
  });
}

/** Fills in the values. A section without any value is left out. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  const sections = text.split(/^(?=## )/m).filter((section) => {
    const names = [...section.matchAll(/{{(\w+)}}/g)].map(([, name]) => name as string);
    return names.length === 0 || names.some((name) => values[name] !== '');
  });
  return sections
    .join('')
    .replace(/{{(\w+)}}/g, (_, name: string) => {
      const value = values[name];
      if (value !== undefined) return value;
      throw new Error(`Expected page.md to name a part of the page, got ${name}.`);
    })
    .replace(/\n{3,}/g, '\n\n');
}

export function measuredOn({ date, host, packages, runs }: Results): string {
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return `Measured on ${date.slice(0, 10)} with ${runs.map(({ node }) => `Node ${node}`).join(', ')} on ${hostInWords(host)}. Versions: ${versions.join(', ')}.`;
}

function method({ plan: { rounds, span } }: Results): string {
  return `One fresh process for every candidate, scenario and round; ${rounds} rounds, forth and back in turn; ${span.warmUp} ms of warm-up and ${span.measured} ms of measuring in each. A figure is the median of its rounds, and a ratio the median of the ratios to the limit within each round. Garbage collection is included. The time for which the process waited for a processor that others had is taken off, where the system tells (Linux). What was got is used: its length, or in *5 to 10 MB* one byte of every page.`;
}

function noise(results: Results): string {
  const found = noiseIn(results);
  if (found.length === 0) return 'The machine was quiet.';
  return `How quiet the machine was: ${found.join(' ')}`;
}
