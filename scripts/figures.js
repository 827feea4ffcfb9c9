// Measures the article's experiment anew and puts what came of it where people look first: the picture
// docs/article.png, and the table of ratios between the marks in README.md. Run it on a quiet machine.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lab = join(root, 'packages', 'lab', 'dist', 'src', 'cli.js');
const readme = join(root, 'README.md');
const START = '<!-- figures:start -->';
const END = '<!-- figures:end -->';
const RUNTIMES = ['node@20', 'node@26'];

const folder = mkdtempSync(join(tmpdir(), 'giveback-figures-'));
try {
  const run = measure();
  mkdirSync(join(root, 'docs'), { recursive: true });
  copyFileSync(join(folder, 'run', 'side-by-side.png'), join(root, 'docs', 'article.png'));
  writeReadme(table(run));
  console.error('Wrote docs/article.png and the figures in README.md.');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

function measure() {
  const runtimes = RUNTIMES.flatMap((runtime) => ['--runtime', runtime]);
  const args = [lab, 'run', 'article', ...runtimes, '--out', join(folder, 'run'), '--json'];
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const run = status === 0 ? JSON.parse(stdout) : undefined;
  // A table with a hole in it is worse than the last one.
  if (run?.skipped.length === 0) return run;
  throw new Error('Not all of it could be measured: nothing is changed.');
}

/** A row a strategy, a column a runtime: peak resident ÷ peak live. */
function table({ options, trials, host }) {
  const runtimes = [...new Set(trials.map(nameOf))];
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const rows = options.strategies.map((strategy) => {
    const cells = runtimes.map((runtime) => {
      const trial = trials.find((each) => each.strategy === strategy && nameOf(each) === runtime);
      return `${trial.summary.peakRatio.toFixed(2)}× (${trial.summary.makes} makes)`;
    });
    return row([`\`${strategy}\``, ...cells]);
  });
  return [
    row(['peak resident ÷ peak live', ...runtimes]),
    row(['---', ...runtimes.map(() => '---')]),
    ...rows,
    '',
    `<sub>\`npm run figures\`: ${options.ticks} ticks of ${options.tickMs} ms, seed ${options.seed}, one run, on ${host.cpus} × ${host.cpu}, ${host.platform} ${host.arch}.</sub>`,
  ].join('\n');
}

function nameOf({ runtime }) {
  return `${runtime.name === 'node' ? 'Node' : runtime.name} ${runtime.version}`;
}

function writeReadme(figures) {
  const text = existsSync(readme)
    ? readFileSync(readme, 'utf8')
    : `# giveback\n\n*Get a buffer. Give it back.*\n\n${START}\n${END}\n`;
  const [start, end] = [text.indexOf(START), text.indexOf(END)];
  if (start < 0 || end < start) {
    throw new Error(`Expected README.md to contain ${START} and, after it, ${END}.`);
  }
  const before = text.slice(0, start + START.length);
  writeFileSync(readme, `${before}\n${figures}\n${text.slice(end)}`);
}
