// Runs the compiled tests of every package, one process a file: `npm test`, or `npm test -- recycler`
// for the files whose path contains a word. Node 20 knows no glob for `--test`, hence the listing.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2);

const files = ['packages/giveback', 'packages/lab', 'tools']
  .map((folder) => join(root, folder, 'dist', 'test'))
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .filter((file) => file.endsWith('.test.js'))
      .map((file) => join(folder, file)),
  )
  .filter((file) => words.every((word) => file.slice(root.length).includes(word)));

if (files.length === 0) {
  console.error(`Expected a test file whose path contains ${words.join(' and ')}, found none.`);
  process.exit(2);
}
// A file that hangs fails, and is named.
const minutes = process.env.GIVEBACK_SOAK === undefined ? 5 : 120;
const options = ['--test', '--test-reporter=spec', `--test-timeout=${minutes * 60_000}`];
const { status } = spawnSync(process.execPath, [...options, ...files], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
