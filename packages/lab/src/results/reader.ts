import { join } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { excerpt } from '../core/text.ts';
import { JsonValue } from './json-value.ts';
import { RESULTS_VERSION, type Run, type Trial } from './run.ts';
import { readInside } from './safe-files.ts';
import { parseCsv, type Samples } from './samples.ts';

// More than any run has, and no more than can be drawn.

const RUN_BYTES = 8_000_000;
/** Lines of all trials together: past this the page is longer than text can be. */
const ROWS = 2_000_000;
const LINE_BYTES = 120;
const TRIALS = 256;
/** Strategies, and runtimes: the columns and rows of one picture. */
const SIDES = 16;
const SKIPPED = 100;
const LAST_WORDS = 1000;
const DEEPEST = 20;

/** Names of files that are no trial's, or of elements of the page. */
const TAKEN = ['compare', 'side-by-side', 'charts'];

/** A finished run as its folder holds it. */
export interface Results {
  readonly run: Run;
  readonly samples: ReadonlyMap<Trial, Samples>;
}

/** Reads a folder and checks all that is drawn from it: files are edited, cut off, and outlive versions. */
export function readResults(folder: string): Results {
  const run = readRun(folder);
  return { run, samples: new Map(run.trials.map((trial) => [trial, readSamples(folder, trial)])) };
}

function readRun(folder: string): Run {
  const file = join(folder, 'run.json');
  const value = parseJson(readInside(folder, 'run.json', RUN_BYTES), file);
  checkDepth(value, file);
  const root = new JsonValue(file, '', value);
  if (root.at('format').value !== 'giveback-lab') {
    throw new UsageError(`${file}: not a run of giveback-lab`);
  }
  const version = root.at('version').integer();
  if (version > RESULTS_VERSION) {
    throw new UsageError(
      `${file}: written by a newer giveback-lab (results version ${version}, this one reads up to ${RESULTS_VERSION})`,
    );
  }
  checkRun(root);
  return root.value as Run;
}

function checkRun(root: JsonValue): void {
  for (const name of ['lab', 'startedAt', 'finishedAt']) root.at(name).string();
  root.at('status').oneOf(['running', 'finished', 'failed', 'interrupted']);
  const options = root.at('options');
  options.at('workload').string();
  for (const name of ['ticks', 'tickMs', 'seed']) options.at(name).number();
  for (const name of ['idleTimeoutMs', 'givenAt', 'concurrency']) {
    if (options.at(name).value !== undefined) options.at(name).number();
  }
  // One is a part of the other's chart.
  if (options.at('givenAt').value !== undefined) options.at('idleTimeoutMs').number();
  for (const name of ['distribution', 'traffic']) {
    if (options.at(name).value !== undefined) options.at(name).string();
  }
  for (const name of ['strategies', 'runtimes']) {
    for (const item of options.at(name).items(SIDES)) item.string();
  }
  const host = root.at('host');
  for (const name of ['platform', 'arch', 'kernel', 'cpu']) host.at(name).string();
  for (const name of ['cpus', 'memoryBytes']) host.at(name).number();
  for (const skipped of root.at('skipped').items(SKIPPED)) {
    skipped.at('runtime').string();
    skipped.at('reason').string();
  }
  checkTrials(root.at('trials'));
}

function checkTrials(trials: JsonValue): void {
  const names = new Set(TAKEN);
  const runtimes = new Set<string>();
  let rows = 0;
  for (const trial of trials.items(TRIALS)) {
    checkTrial(trial);
    const name = trial.at('name').string();
    if (names.has(name)) trial.at('name').fail('a name that nothing else has');
    names.add(name);
    runtimes.add(trial.at('runtime').at('asked').string());
    rows += trial.at('rows').integer();
  }
  if (runtimes.size > SIDES) trials.fail(`of at most ${SIDES} runtimes`);
  if (rows > ROWS) trials.fail(`of at most ${ROWS} lines together`);
}

function checkTrial(trial: JsonValue): void {
  // Names become names of files: one with a slash would lead out of the folder.
  trial.at('name').matching(/^\w[\w.-]*$/);
  trial.at('strategy').string();
  for (const name of ['asked', 'name', 'version', 'engine']) trial.at('runtime').at(name).string();
  const status = trial.at('status').oneOf(['finished', 'failed', 'interrupted']);
  trial.at('rows').integer();
  if (status === 'finished') checkSummary(trial.at('summary'));
  else trial.at('summary').null();
  if (status === 'failed') checkFailure(trial.at('failure'));
  else trial.at('failure').null();
}

function checkFailure(failure: JsonValue): void {
  failure.at('reason').string();
  if (failure.at('exitCode').value !== null) failure.at('exitCode').integer();
  if (failure.at('signal').value !== null) failure.at('signal').string();
  for (const line of failure.at('lastWords').items(LAST_WORDS)) line.string();
}

function checkSummary(summary: JsonValue): void {
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

function checkRecovery(recovery: JsonValue): void {
  for (const name of ['limitBytes', 'residentBytes']) recovery.at(name).number();
  if (recovery.at('afterMs').value !== null) recovery.at('afterMs').number();
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

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `${file}: cut off or edited, not valid JSON (${excerpt((error as Error).message)})`,
    );
  }
}

/** What is nested deeper than the calls that go through it are is not looked at. */
function checkDepth(value: unknown, file: string): void {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) throw new UsageError(`${file}: nested deeper than ${DEEPEST} levels`);
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? Object.values(item) : [],
    );
  }
}
