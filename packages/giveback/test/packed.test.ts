// What npm will publish, tried as its users will: installed from the tarball, imported, required,
// compiled against, loaded in a browser.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium, openPage } from './helpers/browser.ts';
import { Consumer, type Outcome } from './helpers/consumer.ts';
import { needsPrograms } from './helpers/needs-program.ts';

const home = fileURLToPath(new URL('../..', import.meta.url));

const use = `
class Parser {
  words = 0;
  clear(): void { this.words = 0; }
}
const parsers = new Recycler({ make: () => new Parser(), reset: (p) => p.clear(), maxIdle: 16 });
const parser: Parser = parsers.get();
const kept: boolean = parsers.give(parser);
{
  using lease = parsers.lease();
  lease.value.words += 1;
}
const words: number = parsers.use((p) => p.words);
const stats: RecyclerStats = parsers.stats();
const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 1_000_000 });
{
  using chunk: RecycledBuffer = buffers.get(100_000);
  const bytes: Uint8Array = chunk;
  bytes[0] = 7;
}
const waited: Promise<RecycledBuffer> = buffers.acquire(10, { timeout: 1000 });
waited.then((buffer) => buffers.give(buffer));
const held: BufferRecyclerStats = buffers.stats();
export const seen = [kept, words, stats.gets, stats.makes, held.requestedBytes].join();
// @ts-expect-error: a recycler takes back only what it makes.
if (seen === '') parsers.give('not a parser');
`;
const typescript = `import {
  BufferRecycler, type BufferRecyclerStats, type RecycledBuffer, Recycler, type RecyclerStats,
} from 'giveback';\n${use}`;
const expected = 'true,0,3,1,100010';

describe('the packed library', () => {
  const consumer = Consumer.install();
  after(() => consumer[Symbol.dispose]());
  const manifest = JSON.parse(readFileSync(join(consumer.library, 'package.json'), 'utf8'));
  const entries = Object.keys(manifest.exports)
    .filter((path) => path !== './package.json')
    .map((path) => path.replace('.', 'giveback'));

  test('holds the compiled sources, what Grafana and Prometheus take, README, LICENSE, and nothing else', () => {
    const compiled = filesOf(join(home, 'src')).flatMap((file) => {
      const stem = `dist/src/${file.slice(0, -'.ts'.length)}`;
      return [`${stem}.d.ts`, `${stem}.js`];
    });
    const monitoring = ['monitoring/giveback.dashboard.json', 'monitoring/giveback.rules.yml'];
    const wanted = ['LICENSE', 'README.md', 'package.json', ...monitoring, ...compiled];
    const stale = 'Files of sources that are gone: remove packages/giveback/dist and build again.';
    const held = filesOf(consumer.library);
    const surplus = held.filter((file) => !wanted.includes(file));
    assert.deepEqual(surplus, [], `${stale} ${surplus}`);
    assert.deepEqual(held, wanted.sort());
  });

  for (const entry of entries) {
    test(`import('${entry}') works`, () => {
      consumer.write('import.mjs', `import * as names from '${entry}'; ${printNames}`);
      succeed(consumer.node('import.mjs'));
    });

    test(`require('${entry}') works, and gives the same names`, () => {
      consumer.write('require.cjs', `const names = require('${entry}'); ${printNames}`);
      assert.equal(succeed(consumer.node('require.cjs')), succeed(consumer.node('import.mjs')));
    });
  }

  test('is one and the same, imported and required', () => {
    consumer.write(
      'both.cjs',
      `const { Recycler } = require('giveback');
      import('giveback').then((imported) => console.log(imported.Recycler === Recycler));`,
    );
    assert.equal(succeed(consumer.node('both.cjs')), 'true');
  });

  test('does in its README what the README says', () => {
    const readme = readFileSync(join(consumer.library, 'README.md'), 'utf8');
    const [, example = ''] = readme.match(/```js\n([\s\S]*?)```/) ?? [];
    const printed = Array.from(
      example.matchAll(/console\.log\(.*\); \/\/ (.*)/g),
      ([, line]) => line,
    );
    consumer.write('readme.mjs', example);
    assert.notEqual(printed.length, 0);
    assert.equal(succeed(consumer.node('readme.mjs')), printed.join('\n'));
  });

  const settings: [resolution: string, options: object][] = [
    ['nodenext', { module: 'nodenext' }],
    ['bundler', { module: 'esnext', moduleResolution: 'bundler' }],
  ];
  for (const [resolution, options] of settings) {
    test(`TypeScript compiles against it in ${resolution}, and the program runs`, () => {
      using project = consumer.copy();
      project.addNodeTypes();
      project.write(
        'use.ts',
        `${typescript}\nconst buffer: Buffer = buffers.get(5);\nconsole.log(seen, process.version);`,
      );
      succeed(project.compile('use.ts', { lib: ['ES2023'], types: ['node'], ...options }));
      assert.equal(succeed(project.node('use.js')), `${expected} ${process.version}`);
    });

    // Where there is a DOM its types are the ones that may clash.
    const libs = resolution === 'bundler' ? [['ES2022', 'DOM']] : [['ES2022']];
    for (const lib of libs) {
      test(`TypeScript without Node's types compiles against its core: ${resolution}, ${lib}`, () => {
        using project = consumer.copy();
        project.write('use.ts', typescript);
        succeed(project.compile('use.ts', { lib, ...options }));
      });
    }
  }

  test('TypeScript compiles CommonJS against it', () => {
    using project = consumer.copy();
    project.addNodeTypes();
    project.write(
      'use.cts',
      `import giveback = require('giveback');\nconsole.log(giveback.Recycler.name);`,
    );
    succeed(project.compile('use.cts', { lib: ['ES2023'], types: ['node'], module: 'nodenext' }));
    assert.equal(succeed(project.node('use.cjs')), 'Recycler');
  });

  test('its core loads in a browser', needsPrograms(chromium), async () => {
    using project = consumer.copy();
    project.write('use.ts', `${typescript}\ndocument.body.textContent = 'seen ' + seen;`);
    const options = { lib: ['ES2022', 'DOM'], module: 'esnext', moduleResolution: 'bundler' };
    succeed(project.compile('use.ts', options));
    const file = `/node_modules/giveback/${manifest.exports['.'].default}`;
    project.write(
      'index.html',
      `<!doctype html><body>
        <script>onerror = (message) => { document.body.textContent = message; };</script>
        <script type="importmap">${JSON.stringify({ imports: { giveback: file } })}</script>
        <script type="module" src="/use.js"></script>`,
    );
    assert.match(await openPage(project.folder, 'index.html'), new RegExp(`seen ${expected}`));
  });
});

const printNames = `
const shown = Object.keys(names).filter((name) => name !== '__esModule').sort();
if (shown.length === 0) throw new Error('no names');
console.log(shown.join());`;

/** What it printed; fails with that where the command failed. */
function succeed({ status, output }: Outcome): string {
  assert.equal(status, 0, output);
  return output.trim();
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}
