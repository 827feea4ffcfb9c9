// Runs the soak of an hour, and puts what came of it into docs/reliability.md, with the picture beside it: `npm run
// soak`, or `npm run soak -- FOLDER` for a run whose samples are there already. The machine may be busy: the other
// process, without the library, bears the same.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderPng, renderSvg } from 'giveback-lab/pictures';
import type { End, Sample } from '../../../packages/giveback/dist/test/soak/helpers/settings.js';
import { replaceTable, root } from '../document.ts';
import { soakChart } from './chart.ts';
import { soakTables } from './tables.ts';

/** What one of the two processes has left. */
export interface Side {
  readonly samples: readonly Sample[];
  readonly end: End;
}

/** Seconds that are not counted. */
const WARM_UP = 300;

const folder = process.argv[2] ?? soak();
const [recycled, plain] = [readSide('giveback'), readSide('plain')];
const { chart, size } = soakChart(recycled.samples, plain.samples, WARM_UP);
writeFileSync(join(root, 'docs', 'reliability.png'), renderPng(renderSvg(chart, size)));
replaceTable('docs/reliability.md', 'soak', soakTables(recycled, plain, WARM_UP));
console.error('Wrote docs/reliability.png and the figures of the soak in docs/reliability.md.');

function soak(): string {
  const samples = mkdtempSync(join(tmpdir(), 'giveback-soak-'));
  const program = join(root, 'packages', 'giveback', 'dist', 'test', 'soak', 'soak.test.js');
  const { status } = spawnSync(process.execPath, [program], {
    stdio: 'inherit',
    env: { ...process.env, GIVEBACK_SOAK: '1', GIVEBACK_SOAK_FOLDER: samples },
  });
  if (status === 0) return samples;
  throw new Error(`The soak has failed: nothing is changed. Its samples are in ${samples}.`);
}

function readSide(name: string): Side {
  return {
    samples: readSamples(join(folder, `${name}.csv`)),
    end: JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as End,
  };
}

function readSamples(file: string): Sample[] {
  const [names = [], ...rows] = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((row) => row.split(','));
  return rows.map(
    (row) =>
      Object.fromEntries(
        row.map((value, index) => [names[index], Number(value)]),
      ) as unknown as Sample,
  );
}
