import type { JsonValue } from './json-value.ts';

// Every limit is more than any run has, and no more than can be drawn.

/** Lines of all trials together. The page is one string, and with more lines it would exceed the longest string. */
const ROWS = 2_000_000;
export const TRIALS = 256;
/** Strategies, and runtimes: the columns and the rows of one picture. */
const SIDES = 16;
const SKIPPED = 100;
const SITES = 1000;
const LAST_WORDS = 1000;

/** Names of other files in the folder, or of elements of the page. */
const RESERVED_NAMES = ['compare', 'side-by-side', 'charts'];

/** Checks everything in `run.json` that is drawn or printed. */
export function checkRun(root: JsonValue): void {
  checkTexts(root, ['lab', 'startedAt', 'finishedAt']);
  root.at('status').oneOf(['running', 'finished', 'failed', 'interrupted']);
  checkOptions(root.at('options'));
  const host = root.at('host');
  checkTexts(host, ['platform', 'arch', 'kernel', 'cpu']);
  checkNumbers(host, ['cpus', 'memoryBytes']);
  for (const skipped of root.at('skipped').items(SKIPPED)) {
    checkTexts(skipped, ['runtime', 'reason']);
    if (isPresent(skipped, 'strategy')) skipped.at('strategy').string();
  }
  checkTrials(root.at('trials'));
}

function checkOptions(options: JsonValue): void {
  checkTexts(options, ['workload']);
  checkTexts(options.at('unit'), ['one', 'many', 'time']);
  checkNumbers(options, ['ticks', 'tickMs', 'seed', 'trials']);
  for (const name of ['idleTimeoutMs', 'givenAt', 'concurrency', 'maxBytes']) {
    if (isPresent(options, name)) options.at(name).number();
  }
  // The chart of a run with `givenAt` also shows its idle timeout.
  if (isPresent(options, 'givenAt')) options.at('idleTimeoutMs').number();
  if (isPresent(options, 'replay')) checkReplay(options.at('replay'));
  for (const name of ['distribution', 'traffic']) {
    if (isPresent(options, name)) options.at(name).string();
  }
  for (const name of ['strategies', 'runtimes']) {
    for (const item of options.at(name).items(SIDES)) item.string();
  }
}

function checkReplay(replay: JsonValue): void {
  checkNumbers(replay, ['recordedHighBytes', 'recordedMeanBytes']);
  for (const site of replay.at('sites').items(SITES)) site.integer();
}

function checkTrials(trials: JsonValue): void {
  const names = new Set(RESERVED_NAMES);
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
  // Names become names of files, and one with a slash would lead out of the folder.
  trial.at('name').matching(/^\w[\w.-]*$/);
  trial.at('strategy').string();
  trial.at('round').integer();
  checkTexts(trial.at('runtime'), ['asked', 'name', 'version', 'engine']);
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
  checkNumbers(summary, ['peakResidentBytes', 'peakLiveBytes']);
  checkNumbers(summary, ['meanResidentBytes', 'meanLiveBytes']);
  for (const kind of ['peak', 'mean']) {
    const ratio = summary.at(`${kind}Ratio`);
    if (summary.at(`${kind}LiveBytes`).value !== 0 || ratio.value !== null) ratio.number();
  }
  checkNumbers(summary, ['makes', 'frees', 'wallMs', 'cpuMs']);
  if (isPresent(summary, 'recovery')) {
    const recovery = summary.at('recovery');
    checkNumbers(recovery, ['limitBytes', 'residentBytes']);
    if (recovery.at('afterMs').value !== null) recovery.at('afterMs').number();
  }
  if (isPresent(summary, 'allocated')) {
    checkNumbers(summary.at('allocated'), ['highBytes', 'meanBytes']);
  }
  if (isPresent(summary, 'moved')) checkNumbers(summary.at('moved'), ['bytes', 'ms', 'errors']);
  checkNumbers(summary.at('unitMs'), ['p50', 'p99', 'max']);
  const gc = summary.at('gc');
  if (gc.value !== null) checkNumbers(gc, ['count', 'ms']);
}

function checkTexts(object: JsonValue, names: readonly string[]): void {
  for (const name of names) object.at(name).string();
}

function checkNumbers(object: JsonValue, names: readonly string[]): void {
  for (const name of names) object.at(name).number();
}

function isPresent(object: JsonValue, name: string): boolean {
  return object.at(name).value !== undefined;
}
