// A trial's process: runs one workload with one strategy, alone. Started by trial-parent.ts.
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../measure/random.ts';
import { strategies } from '../strategies/index.ts';
import { checkStarted } from '../strategies/start.ts';
import { loadWorkload } from '../workloads/load.ts';
import type { TrialSpec } from './messages.ts';
import { Recorder } from './recorder.ts';

/** Long enough for the runtime to finish its start-up work before memory is measured. */
const SETTLE_MS = 50;

try {
  await run(JSON.parse(process.argv[2] ?? '{}') as TrialSpec);
} catch (error) {
  // The parent shows this as the trial's last words.
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
}

async function run(spec: TrialSpec): Promise<void> {
  const workload = await loadWorkload(spec.workload);
  const kind = strategies[spec.strategy];
  if (!workload || !kind) throw new Error(`Unknown trial ${JSON.stringify(spec)}`);
  checkStarted(kind.start ?? {});
  const strategy = kind.create(spec);
  const prepared = workload.prepare?.(spec);
  await sleep(SETTLE_MS);
  const recorder = new Recorder(spec.ticks, strategy);
  await workload.run({
    ...spec,
    strategy,
    prepared,
    random: new Random(spec.seed),
    recordLatency: (ms) => recorder.recordLatency(ms),
    recordTransfer: (transfer) => recorder.recordTransfer(transfer),
    recordGc: (gc) => recorder.recordGc(gc),
    sample: (liveBytes) => recorder.sample(liveBytes),
  });
  await recorder.end();
  strategy.close();
}
