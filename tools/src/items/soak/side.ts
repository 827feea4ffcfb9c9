import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { End, Sample } from '../../../../packages/giveback/dist/test/soak/helpers/settings.js';

/** What one of the two processes has left. */
export interface Side {
  readonly samples: readonly Sample[];
  readonly end: End;
}

/** Reads what a process has left in a folder. */
export function readSide(folder: string, name: string): Side {
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
