import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseCsv } from '../../src/results/samples.ts';
import { lab, temporaryFolder } from '../helpers/lab.ts';

const GiB = 1024 ** 3;
const SHORT = ['--tick', '5ms', '--idle-timeout', '600ms', '--out', 'out'];

for (const traffic of ['silence', 'light']) {
  test(`a burst of 1 GiB, and ${traffic}: elastic memory is back in the end`, async () => {
    const cwd = temporaryFolder();
    const args = ['run', 'burst', '--traffic', traffic, '--strategies', 'none,elastic', ...SHORT];
    const { code, stdout, stderr } = await lab(args, { cwd });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /│ +back after │/);
    assert.match(stdout, /elastic is back after .* × the idle timeout/);
    const { options, trials } = JSON.parse(readFileSync(join(cwd, 'out', 'run.json'), 'utf8'));
    assert.equal(options.traffic, traffic);
    for (const { name, summary } of trials) {
      const csv = readFileSync(join(cwd, 'out', `${name}.csv`), 'utf8');
      const { bytes } = parseCsv(csv, name);
      assert.equal(summary.peakLiveBytes, GiB);
      assert.equal(bytes[options.givenAt - 1], GiB, 'all of it is lent until the give');
      assert.ok(
        bytes.slice(options.givenAt).every((live) => live === 0),
        'and then nothing is',
      );
    }
    const [, elastic] = trials;
    assert.notEqual(elastic.summary.recovery.afterMs, null);
    assert.ok(elastic.summary.recovery.residentBytes <= elastic.summary.recovery.limitBytes);
    const svg = readFileSync(join(cwd, 'out', `${elastic.name}.svg`), 'utf8');
    for (const text of ['resident', 'all given back', '1.25 × idle timeout']) {
      assert.ok(svg.includes(`>${text}</text>`), text);
    }
  });
}
