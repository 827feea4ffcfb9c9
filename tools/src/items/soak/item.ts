import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderPng, renderSvg } from 'giveback-lab/pictures';
import { replaceTable, root } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { soakChart } from './chart.ts';
import { readSide, type Side } from './side.ts';
import { soakTables } from './tables.ts';

interface Measured {
  /** Of the Node that ran it. */
  readonly node: string;
  readonly recycled: Side;
  readonly plain: Side;
}

/** Seconds that are not counted. */
const WARM_UP = 300;

/** An hour of everything. The machine may be busy: the other process, without the library, bears the same. */
export const soak: Item<Measured> = {
  name: 'soak',
  what: 'an hour of everything at once, beside the same without the library',
  minutes: { full: 65 },
  onlyByName: true,

  async measure({ folder }) {
    const program = join(root, 'packages', 'giveback', 'dist', 'test', 'soak', 'soak.test.js');
    const { status } = spawnSync(process.execPath, [program], {
      stdio: 'inherit',
      env: { ...process.env, GIVEBACK_SOAK: '1', GIVEBACK_SOAK_FOLDER: folder },
    });
    if (status !== 0) throw new Error(`The soak has failed. Its samples are in ${folder}.`);
    const [recycled, plain] = [readSide(folder, 'giveback'), readSide(folder, 'plain')];
    return { node: process.versions.node, recycled, plain };
  },

  write({ node, recycled, plain }, { note }) {
    const { chart, size } = soakChart(recycled.samples, plain.samples, WARM_UP);
    writeFileSync(join(root, 'docs', 'reliability.png'), renderPng(renderSvg(chart, size)));
    const details = `On Node ${node}; the first ${WARM_UP / 60} minutes are not counted.`;
    const tables = soakTables(recycled, plain, WARM_UP);
    replaceTable('docs/reliability.md', 'soak', `${tables}\n\n${note(details)}`);
  },
};
