// Writes the size of the packed library into README.md: `npm run size`. With `--check` it writes nothing,
// and fails when what README.md states is off by more than a twentieth.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { replaceTable, root, writtenIn } from './document.ts';

/** What npm says that a package would weigh, in bytes. */
interface Packed {
  readonly size: number;
  readonly unpackedSize: number;
}

const packed = pack();
const sentence = `${kilobytes(packed.size)} packed, ${kilobytes(packed.unpackedSize)} unpacked`;

if (process.argv.includes('--check')) check(writtenIn('README.md', 'size'));
else {
  replaceTable('README.md', 'size', sentence);
  console.log(`README.md states ${sentence}.`);
}

function check(stated: string): void {
  const [size, unpacked] = Array.from(stated.matchAll(/[\d.]+(?= kB)/g), Number);
  if (isNear(size, packed.size) && isNear(unpacked, packed.unpackedSize)) return;
  console.error(`Expected README.md to state ${sentence}, got "${stated}": run \`npm run size\`.`);
  process.exitCode = 1;
}

function isNear(kilobytes: number | undefined, bytes: number): boolean {
  return kilobytes !== undefined && Math.abs(kilobytes * 1000 - bytes) <= bytes / 20;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

function pack(): Packed {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--loglevel=error'], {
    cwd: join(root, 'packages', 'giveback'),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  });
  return (JSON.parse(stdout) as Packed[])[0] as Packed;
}
