import { UsageError } from '../../core/errors.ts';
import { readJson } from '../../results/json-file.ts';
import type { JsonValue } from '../../results/json-value.ts';
import { PROFILE_VERSION, type Profile } from '../profile-format.ts';

export const PROFILE_FILE = 'profile.json';

// More than any profile has, and no more than can be drawn.
const MOST_BYTES = 200_000_000;
const THREADS = 10_000;
const SITES = 100_000;
const STACKS = 500_000;
const FRAMES_OF_STACK = 1_000;
const COLUMNS = 1_000;
const LOOKS = 1_000_000;
const FEW = 1_000;

/** Reads `profile.json` and checks everything in it that is drawn, printed or encoded. */
export function readProfile(folder: string): Profile {
  const root = readJson(folder, PROFILE_FILE, MOST_BYTES);
  if (root.at('giveback').value !== 'profile') root.at('giveback').fail('"profile"');
  const version = root.at('version').integer();
  if (version > PROFILE_VERSION) {
    throw new UsageError(
      `${folder}/${PROFILE_FILE}: written by a newer giveback-lab (profile version ${version}, this one reads up to ${PROFILE_VERSION})`,
    );
  }
  texts(root, ['lab', 'startedAt']);
  if (Number.isNaN(Date.parse(root.at('startedAt').string()))) root.at('startedAt').fail('a date');
  numbers(root, ['durationMs']);
  for (const word of root.at('command').items(FEW)) longText(word);
  nullOr(root.at('ended').at('exitCode'), (code) => code.integer());
  nullOr(root.at('ended').at('signal'), (signal) => signal.string());
  numbers(root.at('settings'), ['interval', 'minBytes', 'looks']);
  checkSummary(root.at('summary'));
  for (const thread of root.at('threads').items(THREADS)) checkThread(thread);
  for (const api of root.at('apis').items(FEW)) checkApi(api);
  for (const site of root.at('sites').items(SITES)) checkSite(site);
  checkStacks(root);
  checkTimeline(root.at('timeline'));
  for (const line of root.at('unattributed').items(FEW)) {
    line.at('reason').oneOf(['no stack', 'node', 'not sampled']);
    longText(line.at('text'));
    checkEstimate(line);
  }
  for (const note of root.at('notes').items(FEW)) note.string();
  return root.value as Profile;
}

function checkSummary(summary: JsonValue): void {
  longText(summary.at('sentence'));
  checkEstimate(summary.at('allocated'));
  numbers(summary.at('counted'), ['bytes', 'allocations']);
  numbers(summary, ['attributedShare', 'peakResidentBytes', 'ownShare', 'looksShare']);
  nullOr(summary.at('peak'), (peak) => {
    numbers(peak, ['ms']);
    checkEstimate(peak.at('reachable'));
  });
}

function checkThread(thread: JsonValue): void {
  numbers(thread, ['pid', 'ppid', 'thread', 'startMs', 'endMs', 'countedBytes', 'looks']);
  numbers(thread, ['interval', 'badLines']);
  texts(thread, ['node', 'title']);
  nullOr(thread.at('exitCode'), (code) => {
    if (!Number.isSafeInteger(code.value)) code.fail('a whole number');
  });
  checkEstimate(thread.at('allocated'));
}

function checkApi(api: JsonValue): void {
  longText(api.at('name'));
  numbers(api, ['bytes', 'allocations']);
  checkEstimate(api.at('sampled'));
}

function checkSite(site: JsonValue): void {
  checkPlace(site);
  site.at('id').integer();
  site.at('kind').oneOf(['own', 'package', 'opened']);
  for (const api of site.at('apis').items(FEW)) {
    longText(api.at('name'));
    numbers(api, ['bytes']);
  }
  checkEstimate(site.at('allocated'));
  numbers(site, ['share', 'allocations']);
  const sizes = site.at('sizes');
  numbers(sizes, ['min', 'p5', 'p50', 'p95', 'max']);
  for (const bar of sizes.at('histogram').items(FEW)) numbers(bar, ['upTo', 'bytes']);
  nullOr(site.at('held'), checkHeld);
  nullOr(site.at('atPeak'), checkEstimate);
  const advice = site.at('advice');
  const kinds = ['fixed', 'elastic', 'typed', 'replace', 'package', 'node'];
  advice.at('kind').oneOf([...kinds, 'small', 'few', 'lasting']);
  advice.at('who').oneOf(['you', 'package', 'nobody']);
  longText(advice.at('text'));
}

function checkHeld(held: JsonValue): void {
  numbers(held, ['shortLivedShare', 'lastingShare', 'shareError']);
  for (const name of ['p50', 'p90', 'p99']) {
    const quantile = held.at(name);
    for (const bound of ['ms', 'lowMs', 'highMs']) nullOr(quantile.at(bound), (ms) => ms.number());
  }
}

function checkStacks(root: JsonValue): void {
  const frames = root.at('frames').items(STACKS);
  for (const frame of frames) {
    checkPlace(frame);
    frame.at('kind').oneOf(['own', 'package', 'node', 'eval', 'wasm']);
    if (typeof frame.at('async').value !== 'boolean') frame.at('async').fail('true or false');
  }
  for (const stack of root.at('stacks').items(STACKS)) {
    nullOr(stack.at('site'), (site) => site.integer());
    longText(stack.at('api'));
    numbers(stack, ['opened', 'allocations', 'bytes', 'samples', 'peakAllocations', 'peakBytes']);
    for (const index of stack.at('frames').items(FRAMES_OF_STACK)) {
      if (index.integer() >= frames.length) index.fail(`below ${frames.length}`);
    }
    for (const column of stack.at('columns').items(COLUMNS)) {
      const [at, bytes] = column.items(2);
      if (at === undefined || bytes === undefined) column.fail('a list of two');
      (at as JsonValue).integer();
      (bytes as JsonValue).number();
    }
  }
}

function checkTimeline(timeline: JsonValue): void {
  if (timeline.at('stepMs').number() <= 0) timeline.at('stepMs').fail('above 0');
  for (const bytes of timeline.at('allocated').items(COLUMNS)) bytes.number();
  nullOr(timeline.at('held'), (held) => {
    for (const bytes of held.items(COLUMNS)) bytes.number();
  });
  for (const name of ['arrayBuffers', 'external', 'heapUsed', 'resident']) {
    for (const bytes of timeline.at(name).items(COLUMNS)) nullOr(bytes, (value) => value.number());
  }
  for (const look of timeline.at('looks').items(LOOKS)) {
    numbers(look, ['ms', 'tookMs']);
    checkEstimate(look.at('reachable'));
  }
}

function checkPlace(place: JsonValue): void {
  for (const name of ['name', 'file']) longText(place.at(name));
  numbers(place, ['line', 'column']);
  nullOr(place.at('package'), longText);
}

function checkEstimate(estimate: JsonValue): void {
  numbers(estimate, ['bytes', 'samples', 'error']);
}

/** Names of functions and paths of files may be longer than what is drawn on a line. They are cut where they are drawn. */
function longText(text: JsonValue): void {
  text.string(20_000);
}

function texts(object: JsonValue, names: readonly string[]): void {
  for (const name of names) object.at(name).string();
}

function numbers(object: JsonValue, names: readonly string[]): void {
  for (const name of names) object.at(name).number();
}

function nullOr(value: JsonValue, check: (value: JsonValue) => void): void {
  if (value.value !== null) check(value);
}
