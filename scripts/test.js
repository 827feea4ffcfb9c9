// Runs the compiled tests of every package, one process a file: `npm test`, or `npm test -- recycler`
// for the files whose path contains a word.
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from 'node:test';
import { spec as Spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2);
const isSoak = process.env.GIVEBACK_SOAK === '1';

/** The files that take longest, the longest first: one that began last would be waited for alone. */
const LONG = [
  'bad-input',
  'bad-luck',
  'threads/interleaving',
  'packed',
  'io/abuse',
  'observability/production',
  'core/slices',
  'buffers/memory-limit',
  'core/many-owners',
  'lab/',
  'tools/',
];

const files = ['packages/giveback', 'packages/lab', 'tools']
  .flatMap((name) => testsOf(join(root, name)))
  .filter((file) => words.every((word) => file.slice(root.length).includes(word)))
  .sort((a, b) => rank(a) - rank(b));

if (files.length === 0) {
  console.error(`Expected a test file whose path contains ${words.join(' and ')}, found none.`);
  process.exit(2);
}

run({
  files,
  // One more than there are cores, as most wait for something now and then.
  concurrency: isSoak ? true : availableParallelism() + 1,
  // A file that hangs fails, and is named.
  timeout: (isSoak ? 120 : 5) * 60_000,
})
  .on('test:fail', () => {
    process.exitCode = 1;
  })
  .compose(new Spec())
  .pipe(process.stdout);

/** Compiled files whose sources are still there: the compiler leaves those of what was moved or deleted. */
function testsOf(folder) {
  const compiled = join(folder, 'dist', 'test');
  const sources = [join(folder, 'test'), join(folder, 'src', 'test')];
  return readdirSync(compiled, { recursive: true })
    .filter((file) => file.endsWith('.test.js'))
    .filter((file) =>
      sources.some((source) => existsSync(join(source, file.replace('.js', '.ts')))),
    )
    .map((file) => join(compiled, file));
}

/** Its place among the long ones; the rest comes after them. */
function rank(file) {
  const path = file.slice(root.length).replaceAll('\\', '/');
  const place = LONG.findIndex((part) => path.includes(part));
  return place === -1 ? LONG.length : place;
}
