// What `npm run tune` found, as docs/tuning.md.
import { ELASTIC_TUNING } from '../packages/giveback/dist/src/buffers/memory/elastic.js';
import { FIXED_TUNING } from '../packages/giveback/dist/src/buffers/memory/fixed.js';

/** Mean ratios that differ by less are equal: a run of one seed cannot tell them apart. */
const EQUAL = 0.02;

const row = (cells) => `| ${cells.join(' | ')} |`;

export function describeTuning({ fixed, elastic }, { host, identity, requests, seed }) {
  const day = new Date().toISOString().slice(0, 10);
  return `# Tuning

How finely \`fixed\` memory tells sizes apart, and how closely \`elastic\` memory follows them, was chosen by
measurement. This page is written by \`npm run tune\`: every row serves ${requests.toLocaleString('en')} requests of the workload
\`sized\` ([lab.md](lab.md)) for each distribution, each in a fresh process, seed ${seed}. Cells are peak resident ÷
peak live, and the buffers made. CPU is the time all four took. ★ is the row the rule chooses, **bold** the one
in the library.

<sub>${day}, ${identity.name} ${identity.version} (${identity.engine}), ${host.cpus} × ${host.cpu}, ${host.platform} ${host.arch} ${host.kernel}. Ratios hold elsewhere, times do not.</sub>

## Fixed

\`steps\` is how many classes there are in a doubling of the size; \`reach\` how many classes above its own a
request may take an idle store from, when its own class has none; \`headroom\` how many classes larger than it
needs a large store is made: what is never touched is never resident, and it serves more sizes. Finer classes hold
more, as each keeps its own peak; with a longer reach one class's idle stores serve the next.

The rule: the least mean ratio; of rows within ${EQUAL} of that, the fewest makes.

${table(fixed, ['steps', 'reach', 'headroom'], chooseFixed(fixed), FIXED_TUNING)}

## Elastic

\`threshold\` is the size in bytes below which a store is fixed, as an elastic one costs whole pages and two of
the mappings that the system allows a process. \`spare\` is the part of the lent bytes that may be spare in all
stores together, 4 MiB at least: with less, memory follows more closely, with more, fewer stores are resized. What
was given a moment ago is not trimmed, whatever is spare: without a pause between requests the ratio is higher.

The rule: of the rows within ${EQUAL} of the least mean ratio, the highest threshold, for fewer mappings, then the most spare bytes.

${table(elastic, ['threshold', 'spare'], chooseElastic(elastic), ELASTIC_TUNING)}
`;
}

function table(rows, names, chosen, current) {
  const kinds = Object.keys(rows[0].trials);
  const lines = rows.map((each) => {
    const { tuning, trials } = each;
    const cells = [
      ...names.map((name) => tuning[name].toLocaleString('en', { maximumFractionDigits: 4 })),
      ...kinds.map((kind) => `${trials[kind].peakRatio.toFixed(2)} (${trials[kind].makes})`),
      meanRatio(each).toFixed(2),
      `${(cpuMs(each) / 1_000).toFixed(1)} s`,
    ];
    const isCurrent = names.every((name) => tuning[name] === current[name]);
    const shown = isCurrent ? cells.map((cell) => `**${cell}**`) : cells;
    return row([each === chosen ? `★ ${shown[0]}` : shown[0], ...shown.slice(1)]);
  });
  const head = [...names, ...kinds, 'mean', 'CPU'];
  return [row(head), row(head.map(() => '--:')), ...lines].join('\n');
}

function chooseFixed(rows) {
  return leastBy(leanest(rows), ({ trials }) =>
    Object.values(trials).reduce((sum, { makes }) => sum + makes, 0),
  );
}

function chooseElastic(rows) {
  // What is spare is below 1, thresholds differ by more.
  return leastBy(leanest(rows), ({ tuning }) => -tuning.threshold - tuning.spare);
}

function leanest(rows) {
  const least = Math.min(...rows.map(meanRatio));
  return rows.filter((each) => meanRatio(each) <= least + EQUAL);
}

function leastBy(rows, cost) {
  return rows.reduce((best, each) => (cost(each) < cost(best) ? each : best));
}

function meanRatio({ trials }) {
  const ratios = Object.values(trials).map(({ peakRatio }) => peakRatio);
  return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
}

function cpuMs({ trials }) {
  return Object.values(trials).reduce((sum, trial) => sum + trial.cpuMs, 0);
}
