// What `npm run tune` found, as docs/tuning.md.
import { ELASTIC_TUNING } from '../packages/giveback/dist/src/buffers/elastic-memory.js';
import { FIXED_TUNING } from '../packages/giveback/dist/src/buffers/fixed-memory.js';

/** What elastic memory must keep to, less what newer runtimes take for themselves meanwhile. */
const SPARE = 0.05;
const MOST = { article: 1.12 - SPARE, others: 1.15 - SPARE };

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

The rule: the least mean ratio; of rows within 0.02 of that, the fewest makes.

${table(fixed, ['steps', 'reach', 'headroom'], chooseFixed(fixed), FIXED_TUNING)}

## Elastic

\`threshold\` is the size in bytes below which a store is fixed, as an elastic one costs whole pages and two of
the mappings that the system allows a process. \`slack\` is how many times the size asked for an idle store may
hold and stay as it is: with less, memory follows more closely, with more, fewer stores are resized.

The rule: of the rows that keep within ${MOST.article.toFixed(2)} for the article's distribution and ${MOST.others.toFixed(2)} for the others (which leaves
${SPARE} for what newer runtimes take for themselves), the most slack, then the highest threshold.

${table(elastic, ['threshold', 'slack'], chooseElastic(elastic), ELASTIC_TUNING)}
`;
}

function table(rows, names, chosen, current) {
  const kinds = Object.keys(rows[0].trials);
  const lines = rows.map((each) => {
    const { tuning, trials } = each;
    const cells = [
      ...names.map((name) => tuning[name].toLocaleString('en')),
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
  const least = Math.min(...rows.map(meanRatio));
  return leastBy(
    rows.filter((each) => meanRatio(each) <= least + 0.02),
    ({ trials }) => Object.values(trials).reduce((sum, { makes }) => sum + makes, 0),
  );
}

function chooseElastic(rows) {
  const within = rows.filter(({ trials }) =>
    Object.entries(trials).every(([kind, { peakRatio }]) => {
      const most = kind === 'article' ? MOST.article : MOST.others;
      return Number(peakRatio.toFixed(2)) <= Number(most.toFixed(2));
    }),
  );
  if (within.length === 0) return leastBy(rows, meanRatio);
  // Thresholds are below 2²⁰ or so: slack decides before they do.
  return leastBy(within, ({ tuning }) => -tuning.slack * 2 ** 40 - tuning.threshold);
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
