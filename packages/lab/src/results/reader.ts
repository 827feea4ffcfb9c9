import { join } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { checkRun } from './check-run.ts';
import { readJson } from './json-file.ts';
import { RESULTS_VERSION, type Run, type Trial } from './run.ts';
import { readInside } from './safe-files.ts';
import { parseCsv, type Samples } from './samples.ts';

// Each is more than any run has.

const RUN_BYTES = 8_000_000;
const LINE_BYTES = 120;

/** A run and the lines of its trials, as read from its folder. */
export interface Results {
  readonly run: Run;
  readonly samples: ReadonlyMap<Trial, Samples>;
}

/**
 * Reads a folder of results and checks everything that is drawn from it. The files may have been edited, cut off, or
 * written by another version.
 */
export function readResults(folder: string): Results {
  const run = readRun(folder);
  return { run, samples: new Map(run.trials.map((trial) => [trial, readSamples(folder, trial)])) };
}

function readRun(folder: string): Run {
  const file = join(folder, 'run.json');
  const root = readJson(folder, 'run.json', RUN_BYTES);
  if (root.at('format').value !== 'giveback-lab') {
    throw new UsageError(`${file}: not a run of giveback-lab`);
  }
  const version = root.at('version').integer();
  if (version > RESULTS_VERSION) {
    throw new UsageError(
      `${file}: written by a newer giveback-lab (results version ${version}, this one reads ${RESULTS_VERSION})`,
    );
  }
  if (version < RESULTS_VERSION) {
    throw new UsageError(
      `${file}: written by an older giveback-lab (results version ${version}, this one reads ${RESULTS_VERSION})`,
    );
  }
  checkRun(root);
  return root.value as Run;
}

function readSamples(folder: string, trial: Trial): Samples {
  const file = join(folder, `${trial.name}.csv`);
  const samples = parseCsv(
    readInside(folder, `${trial.name}.csv`, (trial.rows + 2) * LINE_BYTES),
    file,
  );
  const lines = samples.bytes.length;
  if (lines !== trial.rows) {
    throw new UsageError(`${file}: expected ${trial.rows} lines below the header, got ${lines}`);
  }
  return samples;
}
