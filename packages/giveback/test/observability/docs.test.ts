// docs/observability.md: every program of the page does what the page says.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { documentedIn } from '../helpers/documented.ts';
import { EXPORTS, serveProgram } from '../helpers/serve-program.ts';
import { until } from '../helpers/until.ts';
import { RULES } from './helpers/dashboard.ts';

const { programs, write } = documentedIn('observability.md');
const docs = new URL('../../../../../docs/', import.meta.url);
const page = readFileSync(new URL('observability.md', docs), 'utf8');

test('Prometheus: the recycler is scraped', async (t) => {
  const [url] = await serveProgram(t, write('Prometheus', EXPORTS));
  const scraped = await (await fetch(url)).text();
  assert.match(scraped, /^giveback_gets_total\{recycler="images"\} 1$/m);
  assert.match(scraped, /^giveback_max_bytes\{recycler="images"\} 268435456$/m);
  assert.match(scraped, /^process_resident_memory_bytes /m);
});

test('OpenTelemetry: the recycler is exported', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [write('OpenTelemetry')]);
  assert.match(stdout, /name: 'giveback\.buffer\.gets',.*?'giveback\.recycler\.name': 'images'/s);
});

test('In a signal handler: who holds what is printed', async (t) => {
  const file = write(
    'In a signal handler',
    `globalThis.held = buffers.get(123_456); setInterval(() => {}, 1_000); console.log("ready");\n`,
  );
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  await once(child.stdout, 'data');
  child.kill('SIGUSR2');
  await until(() => printed.includes('heldMs'));
  assert.match(printed, /^BufferRecycler `images` \{ lent: 1 .*size: 123456,.*signal-handler/s);
});

test('In a debug route: who holds what is answered', async (t) => {
  const [url, buffers] = await serveProgram(t, write('In a debug route', EXPORTS));
  const buffer = buffers.get(123_456);
  const { stats, leases } = (await (await fetch(`${url}/debug/leases`)).json()) as {
    stats: { lent: { count: number } };
    leases: { size: number; stack: string }[];
  };
  assert.equal(stats.lent.count, 1);
  assert.equal(leases[0]?.size, 123_456);
  assert.match(String(leases[0]?.stack), /docs\.test/);
  buffers.give(buffer);
});

for (const [what, ending, outcome] of [
  ['passes', '', { pass: 1, fail: 0 }],
  [
    'fails, and says where',
    `test('forgets', () => { globalThis.held = buffers.get(123_456); });`,
    { pass: 1, fail: 1 },
  ],
] as const)
  test(`In a test: it ${what}`, async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--test', '--test-reporter=tap', write('In a test', ending)],
      { env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
    ).catch((error: { stdout: string }) => error);
    assert.match(stdout, new RegExp(`^# pass ${outcome.pass}$`, 'm'));
    assert.match(stdout, new RegExp(`^# fail ${outcome.fail}$`, 'm'));
    if (outcome.fail > 0)
      assert.match(
        stdout,
        /A buffer of 123456 bytes of recycler `images`, got.*In-a-test\S*\.mjs/s,
      );
  });

test('every program of the page is run', () => {
  const source = readFileSync(fileURLToPath(import.meta.url), 'utf8');
  for (const title of programs.keys()) assert.ok(source.includes(`'${title}'`), title);
});

test('the table of alerts names those that there are', () => {
  const named = Array.from(page.matchAll(/^\| `(Giveback\w+)` \|/gm), ([, name]) => name);
  const rules = readFileSync(RULES, 'utf8').matchAll(/- alert: (\w+)/g);
  assert.deepEqual(
    named,
    Array.from(rules, ([, name]) => name),
  );
});

test('what the page links to is there', () => {
  const files = [...page.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, file = '']) => file);
  assert.ok(files.length > 3);
  for (const file of files) assert.ok(existsSync(fileURLToPath(new URL(file, docs))), file);
});
