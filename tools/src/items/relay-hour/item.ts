import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderPng, renderSvg } from 'giveback-lab/pictures';
import {
  median,
  type Slope,
  theilSen,
} from '../../../../packages/giveback/dist/test/soak/helpers/robust.js';
import { replaceTable, root } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { formatCount, formatSlope, table } from '../../markdown.ts';
import { hourChart } from './chart.ts';
import { PART, UPLOADS } from './messages.ts';
import { runSide, type Side } from './run-side.ts';

const HOUR = 3_600;
const QUICK = 60;
/** Seconds that are not counted. */
export const WARM_UP = 300;
const MiB = 1024 * 1024;

/** An hour of 50 uploads at a time, cut into parts of 8 MiB and passed on: is the memory flat? */
export const relayHour: Item<readonly Side[]> = {
  name: 'relay-hour',
  what: `an hour of ${UPLOADS} uploads at a time, relayed in parts of ${PART / MiB} MiB, with and without recycling`,
  minutes: { full: 62 },
  onlyByName: true,

  /** Both at once: what else the machine does is borne by both. */
  measure: ({ isQuick }) => {
    const seconds = isQuick ? QUICK : HOUR;
    return Promise.all([runSide('recycled', seconds), runSide('allocated', seconds)]);
  },

  write(sides, { note }) {
    const details = `The first ${WARM_UP / 60} minutes are not counted.`;
    const text = [tableOf(sides), sentence(sides), note(details)].join('\n\n');
    replaceTable('docs/reliability.md', 'relay-hour', text);
    const { chart, size } = hourChart(sides, WARM_UP);
    writeFileSync(join(root, 'docs', 'relay-hour.png'), renderPng(renderSvg(chart, size)));
  },
};

/** Flat: no minute is more than a twentieth from the median. */
const FLAT = 1 / 20;

function sentence(sides: readonly Side[]): string {
  const { samples } = sides.find(({ way }) => way === 'recycled') as Side;
  const all = residents(samples);
  const middle = median(all);
  const most = Math.max(...all.map((each) => Math.abs(each / middle - 1)));
  const isFlat = most <= FLAT ? 'is flat' : '**is not flat**';
  return `With recycled parts the memory ${isFlat}: it is never more than ${(100 * most).toFixed(1)} % from its median.`;
}

function tableOf(sides: readonly Side[]): string {
  const rows: readonly (readonly [string, (side: Side) => string])[] = [
    ['uploads', ({ uploaded }) => formatCount(uploaded.uploads)],
    ['GB relayed', ({ uploaded }) => formatCount(uploaded.bytes / 1e9)],
    ['uploads with wrong bytes', ({ uploaded }) => formatCount(uploaded.wrong)],
    ['resident, median, MiB', ({ samples }) => formatCount(median(residents(samples)))],
    [
      'resident, least to most, MiB',
      ({ samples }) =>
        `${formatCount(Math.min(...residents(samples)))} to ${formatCount(Math.max(...residents(samples)))}`,
    ],
    ['rise of it, MiB an hour (95% between)', ({ samples }) => formatSlope(rise(samples))],
    ['lent, most, MiB', (side) => (side.way === 'recycled' ? lent(side) : '')],
  ];
  return table(
    ['', ...sides.map(({ way }) => `parts ${way}`)],
    rows.map(([name, cell]) => [name, ...sides.map(cell)]),
  );
}

function lent({ samples }: Side): string {
  return formatCount(Math.max(...counted(samples).map((each) => each.lent / MiB)));
}

function counted(samples: Side['samples']): Side['samples'] {
  return samples.filter(({ second }) => second > WARM_UP);
}

function residents(samples: Side['samples']): number[] {
  return counted(samples).map(({ resident }) => resident / MiB);
}

/** Of the medians of each minute, over hours. */
function rise(samples: Side['samples']): Slope {
  const minutes = new Map<number, number[]>();
  for (const { second, resident } of counted(samples)) {
    const minute = Math.floor(second / 60);
    minutes.set(minute, [...(minutes.get(minute) ?? []), resident / MiB]);
  }
  return theilSen([...minutes].map(([minute, all]) => ({ x: minute / 60, y: median(all) })));
}
