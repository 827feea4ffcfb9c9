// Writes the size of the packed library into README.md, between its markers: `npm run size`. With
// `--check` it writes nothing, and fails when what README.md states is off by more than a twentieth.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const readme = join(root, 'README.md');
const marked = /(?<=<!-- size:start -->)[\s\S]*?(?=<!-- size:end -->)/;

const { size, unpackedSize } = pack();
const sentence = `${kilobytes(size)} packed, ${kilobytes(unpackedSize)} unpacked`;
const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
const stated = text.match(marked)?.[0].trim();

if (stated === undefined) {
  fail('Expected README.md to hold <!-- size:start --><!-- size:end -->, found no such markers.');
} else if (!process.argv.includes('--check')) {
  writeFileSync(readme, text.replace(marked, sentence));
  console.log(`README.md states ${sentence}.`);
} else if (!agrees(stated)) {
  fail(`Expected README.md to state ${sentence}, got "${stated}": run \`npm run size\`.`);
}

function agrees(words) {
  const [packed, unpacked] = Array.from(words.matchAll(/[\d.]+(?= kB)/g), Number);
  return near(packed, size) && near(unpacked, unpackedSize);
}

function near(statedKilobytes, bytes) {
  return Math.abs(statedKilobytes * 1000 - bytes) <= bytes / 20;
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

/** What npm itself says the package would weigh. */
function pack() {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--loglevel=error'], {
    cwd: join(root, 'packages', 'giveback'),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  });
  return JSON.parse(stdout)[0];
}

function fail(line) {
  console.error(line);
  process.exitCode = 1;
}
