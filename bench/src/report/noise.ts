import type { Results, Run } from '../results.ts';
import { medianOf, relative, spreadOf } from './summary.ts';
import { listed, percent } from './words.ts';

/** Beyond these the machine was too noisy for small differences to mean anything. */
const MOST_WAITED = 0.05;
const MOST_SPREAD = 0.2;

/** A sentence for each sign that the machine was busy. */
export function noiseIn({ host, load, runs }: Pick<Results, 'host' | 'load' | 'runs'>): string[] {
  const warnings = runs.flatMap(noiseOfRun);
  if (load > host.cpus / 2)
    warnings.unshift(
      `The load average at the start was ${load.toFixed(1)} on ${host.cpus} cores: other programs were running.`,
    );
  return warnings;
}

function noiseOfRun({ node, timings }: Run): string[] {
  const warnings: string[] = [];
  const samples = timings.flatMap(({ rows }) => rows.flatMap(({ samples }) => samples));
  const waited = medianOf(samples.map(({ waited }) => waited));
  if (waited > MOST_WAITED)
    warnings.push(
      `On Node ${node} processes waited for a processor for ${percent(waited)} of the time. That is taken off the times, but shared caches are not.`,
    );
  const unsteady = timings.flatMap(({ scenario, limit, rows }) => {
    const times = rows.find(({ candidate }) => candidate === limit)?.samples ?? [];
    const spread = relative(spreadOf(times.map(({ nanoseconds }) => nanoseconds)));
    return spread > MOST_SPREAD ? [`${scenario} (${percent(spread)})`] : [];
  });
  if (unsteady.length > 0)
    warnings.push(
      `On Node ${node} the limit's own time varied from round to round in ${listed(unsteady)}: too noisy to tell smaller differences than that.`,
    );
  return warnings;
}
