import assert from 'node:assert/strict';
import { readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { plain, record } from '../../helpers/recording.ts';

const require = createRequire(import.meta.url);

/**
 * Packages that ship the tests they are tested with (ws and undici do not): a parser of uploads, a framework with its
 * servers and streams, one that lives by worker threads and shared memory, and one that fakes requests. The
 * files that run always are those that deal with bytes; the rest takes minutes.
 */
const SUITES: Record<string, RegExp> = {
  busboy: /^test-types/,
  fastify: /^(buffer|body-limit|content-parser|stream\.1)\b/,
  'thread-stream': /^base\b/,
  'light-my-request': /^(request|response|stream)/,
};

/** A file whose outcome differs as often as this behaves differently. */
const TRIES = 4;

/** Other folders with tests, their paths separated by commas. */
const MORE = process.env.GIVEBACK_SUITES?.split(',') ?? [];

for (const [name, always] of Object.entries(SUITES)) {
  const folder = join(dirname(require.resolve(`${name}/package.json`)), 'test');
  compare(name, folder, process.env.GIVEBACK_SOAK ? /./ : always);
}
for (const folder of MORE) compare(folder, folder, /./);

function compare(name: string, folder: string, wanted: RegExp): void {
  test(`the tests of ${name} end as they do without`, async (t) => {
    const home = realpathSync(folder);
    const files = readdirSync(home, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\btest\b.*\.[cm]?js$/.test(file) && wanted.test(file))
      .filter((file) => !/fixtures|types\//.test(file));
    assert.ok(files.length > 0);
    const counts = { passed: 0, failed: 0, files: 0 };
    for (const file of files) {
      const args = ['--expose-gc', join(home, file)];
      const start = { cwd: dirname(home), env: { NODE_ENV: 'test' }, timeout: 120_000 };
      let [within, without] = ['', '?'];
      // What a test depends on may not be installed. What is unsteady without is tried again, both ways.
      for (let tries = 0; within !== without && tries < TRIES; tries++) {
        without = resultOf(await plain(args, start));
        within = resultOf(await record(args, start));
      }
      assert.equal(within, without, file);
      counts.files++;
      counts.passed += within.split('\n').filter((line) => /^ *ok /.test(line)).length;
      counts.failed += within.split('\n').filter((line) => /^ *not ok /.test(line)).length;
    }
    t.diagnostic(`${name}: ${JSON.stringify(counts)}`);
  });
}

/** Which tests passed and failed, and how the process ended. */
function resultOf({ code, stdout }: { code: number | null; stdout: string }): string {
  const lines = stdout.split('\n').filter((line) => /^ *(not )?ok /.test(line));
  return [
    ...lines.map((line) => line.replace(/^( *(not )?ok) \d+/, '$1')),
    `exit code ${code}`,
  ].join('\n');
}
