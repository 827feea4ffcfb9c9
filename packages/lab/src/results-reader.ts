import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError, UsageError } from './errors.ts';
import { Field } from './field.ts';
import { RESULTS_VERSION, type Run, type Trial } from './results.ts';
import { parseCsv, type Samples } from './samples.ts';

/** A finished run as its folder holds it. */
export interface Results {
  readonly run: Run;
  readonly samples: ReadonlyMap<Trial, Samples>;
}

/** Reads a folder and checks all that is drawn from it: files are edited, cut off, and outlive versions. */
export function readResults(folder: string): Results {
  const run = readRun(join(folder, 'run.json'));
  return { run, samples: new Map(run.trials.map((trial) => [trial, readSamples(folder, trial)])) };
}

function readRun(file: string): Run {
  const root = new Field(file, '', parseJson(readText(file), file));
  if (root.at('format').value !== 'giveback-lab') {
    throw new UsageError(`${file}: not a run of giveback-lab`);
  }
  const version = root.at('version').number();
  if (version > RESULTS_VERSION) {
    throw new UsageError(
      `${file}: written by a newer giveback-lab (results version ${version}, this one reads up to ${RESULTS_VERSION})`,
    );
  }
  checkRun(root);
  return root.value as Run;
}

function checkRun(root: Field): void {
  for (const name of ['lab', 'startedAt', 'finishedAt']) root.at(name).string();
  root.at('status').oneOf(['running', 'finished', 'failed', 'interrupted']);
  const options = root.at('options');
  options.at('workload').string();
  for (const name of ['ticks', 'tickMs', 'seed']) options.at(name).number();
  for (const name of ['idleTimeoutMs', 'givenAt', 'concurrency']) {
    if (options.at(name).value !== undefined) options.at(name).number();
  }
  for (const name of ['distribution', 'traffic']) {
    if (options.at(name).value !== undefined) options.at(name).string();
  }
  for (const name of ['strategies', 'runtimes']) {
    for (const item of options.at(name).items()) item.string();
  }
  const host = root.at('host');
  for (const name of ['platform', 'arch', 'kernel', 'cpu']) host.at(name).string();
  for (const name of ['cpus', 'memoryBytes']) host.at(name).number();
  for (const skipped of root.at('skipped').items()) {
    skipped.at('runtime').string();
    skipped.at('reason').string();
  }
  for (const trial of root.at('trials').items()) checkTrial(trial);
}

function checkTrial(trial: Field): void {
  // Names become names of files: one with a slash would lead out of the folder.
  trial.at('name').matching(/^\w[\w.-]*$/);
  trial.at('strategy').string();
  for (const name of ['asked', 'name', 'version', 'engine']) trial.at('runtime').at(name).string();
  const status = trial.at('status').oneOf(['finished', 'failed', 'interrupted']);
  trial.at('rows').number();
  if (status === 'finished') checkSummary(trial.at('summary'));
  if (status === 'failed') {
    trial.at('failure').at('reason').string();
    for (const line of trial.at('failure').at('lastWords').items()) line.string();
  }
}

function checkSummary(summary: Field): void {
  for (const name of ['peakResidentBytes', 'peakLiveBytes', 'meanResidentBytes', 'meanLiveBytes']) {
    summary.at(name).number();
  }
  for (const name of ['peakRatio', 'meanRatio', 'makes', 'frees', 'wallMs', 'cpuMs']) {
    summary.at(name).number();
  }
  if (summary.at('recovery').value !== undefined) checkRecovery(summary.at('recovery'));
  if (summary.at('moved').value !== undefined)
    for (const name of ['bytes', 'ms', 'errors']) summary.at('moved').at(name).number();
  for (const name of ['p50', 'p99', 'max']) summary.at('replacementMs').at(name).number();
  const gc = summary.at('gc');
  if (gc.value === null) return;
  gc.at('count').number();
  gc.at('ms').number();
}

function checkRecovery(recovery: Field): void {
  for (const name of ['limitBytes', 'residentBytes']) recovery.at(name).number();
  if (recovery.at('afterMs').value !== null) recovery.at('afterMs').number();
}

function readSamples(folder: string, trial: Trial): Samples {
  const file = join(folder, `${trial.name}.csv`);
  const samples = parseCsv(readText(file), file);
  const lines = samples.bytes.length;
  if (lines !== trial.rows) {
    throw new UsageError(`${file}: expected ${trial.rows} lines below the header, got ${lines}`);
  }
  return samples;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const missing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
    throw new UsageError(missing ? `${file}: no such file` : `${file}: ${error.message}`);
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `${file}: cut off or edited, not valid JSON (${(error as Error).message})`,
    );
  }
}
