// Measures how the tuning of both memories trades memory for time, and writes docs/tuning.md: every
// tuning serves the requests of every distribution, each in a fresh process. Takes about ten minutes on
// a quiet machine; `npm run tune -- --requests 300` is a quick look, which writes to standard output.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { describeHost, findRuntime } from 'giveback-lab/measure';
import { runTrial } from 'giveback-lab/run';
import { distributions } from 'giveback-lab/workloads/distributions';
import { sized } from 'giveback-lab/workloads/sized';
import { describeTuning } from './tuning-page.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const KiB = 1024;
const REQUESTS = 3_000;
const SEED = 2013;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: String(REQUESTS) },
    runtime: { type: 'string', default: 'node' },
  },
});

const sweeps = {
  fixed: [1, 2, 4, 8].flatMap((steps) => [
    { steps, reach: 0, headroom: 0 },
    { steps, reach: steps, headroom: 0 },
    { steps, reach: 2 * steps, headroom: 0 },
    { steps, reach: steps, headroom: 1 },
    { steps, reach: 2 * steps, headroom: 1 },
  ]),
  elastic: [16, 64, 256, 1024].flatMap((kibibytes) =>
    [0, 1 / 16, 1 / 8, 1 / 4].map((spare) => ({ threshold: kibibytes * KiB, spare })),
  ),
};

const runtime = await findRuntime(values.runtime);
const requests = Number(values.requests);
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => interruption.abort());
}
// The trials inherit it, and nothing in the lab needs to know.
process.env.NODE_OPTIONS = `--import ${pathToFileURL(join(root, 'scripts', 'tuning.js'))}`;

const rows = { fixed: [], elastic: [] };
let identity;
for (const [memory, tunings] of Object.entries(sweeps)) {
  for (const tuning of tunings) {
    process.env.GIVEBACK_TUNING = JSON.stringify({ [memory]: tuning });
    const trials = {};
    for (const distribution of Object.keys(distributions)) {
      trials[distribution] = await measure(memory, distribution);
    }
    rows[memory].push({ tuning, trials });
    const ratios = Object.values(trials).map(({ peakRatio }) => peakRatio.toFixed(2));
    console.error(`${memory} ${JSON.stringify(tuning)}: ${ratios.join(' ')}`);
  }
}

const page = describeTuning(rows, { host: describeHost(), identity, requests, seed: SEED });
if (requests === REQUESTS) writeFileSync(join(root, 'docs', 'tuning.md'), page);
else process.stdout.write(page);

async function measure(strategy, distribution) {
  const spec = {
    ...sized.settings({ requests, distribution }),
    workload: 'sized',
    strategy,
    seed: SEED,
  };
  const { trial } = await runTrial(spec, runtime, { signal: interruption.signal });
  identity ??= trial.runtime;
  if (trial.summary) return trial.summary;
  console.error(trial.failure?.lastWords.join('\n') ?? 'Interrupted: nothing is written.');
  process.exit(trial.failure ? 1 : 130);
}
