import { join } from 'node:path';
import { replaceTable } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { formatCount, table } from '../../markdown.ts';
import { besideOf, type Measured, runLab } from '../workloads/lab-run.ts';

/** What people do against a service's memory, and what it does: by the name of the lab's strategy. */
const WAYS: Readonly<Record<string, string>> = {
  none: 'nothing',
  jemalloc: 'another malloc by `LD_PRELOAD`: jemalloc',
  mimalloc: 'the same: mimalloc',
  'small-young': 'a small young generation: `--max-semi-space-size=1`',
  collect: '`--expose-gc`, and a collection every 100 ms',
  elastic: 'giveback, `elastic`',
};
const TRIALS = 3;

interface Compared {
  readonly uploads: readonly Measured[];
  readonly sized: readonly Measured[];
}

/** What one could do instead of recycling. */
export const alternatives: Item<Compared> = {
  name: 'alternatives',
  what: 'other mallocs, a small young generation, and forced collections',
  minutes: { full: 8 },

  async measure({ folder, runtimes }) {
    const on = [runtimes.includes('node@24') ? 'node@24' : 'node'];
    const options = ['--strategies', Object.keys(WAYS).join(','), '--trials', String(TRIALS)];
    return {
      uploads: runLab('uploads', on, join(folder, 'uploads'), '--requests', '1000', ...options),
      sized: runLab('sized', on, join(folder, 'sized'), ...options),
    };
  },

  write({ uploads, sized }, { note }) {
    const rows = uploads.map((one) => {
      const request = sized.find(({ strategy }) => strategy === one.strategy) as Measured;
      const memory = one.resident / besideOf(uploads, one, 'none').resident;
      return [
        WAYS[one.strategy] as string,
        `${formatCount(one.resident / 1e6)} MB (${memory.toFixed(2)})`,
        `${formatCount(one.rate)} MB/s`,
        `${request.ratio.toFixed(2)}×`,
        `${request.p50.toFixed(2)} ms`,
      ];
    });
    const head = ['', 'uploads: peak memory (to nothing)', '', 'sized: memory ÷ live', 'p50'];
    const details = `${uploads[0]?.runtime}, medians of ${TRIALS}.`;
    replaceTable('README.md', 'alternatives', `${table(head, rows)}\n\n${note(details)}`);
  },
};
