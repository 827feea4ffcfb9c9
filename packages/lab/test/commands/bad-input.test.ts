import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { filesIn, lab, temporaryFolder } from '../helpers/lab.ts';

const cwd = temporaryFolder();
mkdirSync(join(cwd, 'full'));
writeFileSync(join(cwd, 'full', 'precious'), '');
const before = filesIn(cwd);

const cases: Record<string, string[][]> = {
  'an unknown command, workload, strategy or option': [
    ['frobnicate'],
    ['run', 'nope'],
    ['run', 'article', 'more'],
    ['run', '--strategies', 'none,nope'],
    ['run', '--strategies', 'none,none'],
    ['run', '--strategies', ''],
    ['run', '--bogus'],
    ['run', '--opne'],
    ['profile', '--jsn', '--', 'node', '-e', '0'],
    ['run', '--seed', 'a\nb\u001b[31m'],
    ['a\nb'],
    ['run', 'sized', '--distribution', 'nope'],
    ['run', 'burst', '--traffic', 'heavy'],
    ['run', 'sized', '--strategies', 'channel'],
    ['run', 'frames', '--strategies', 'jemalloc'],
  ],
  'an option of another workload': [
    ['run', '--requests', '5'],
    ['run', '--distribution', 'bimodal'],
    ['run', 'sized', '--ticks', '5'],
    ['run', 'sized', '--tick', '5ms'],
    ['run', 'sized', '--exact'],
    ['run', 'burst', '--exact'],
    ['run', 'burst', '--ticks', '5'],
    ['run', 'article', '--idle-timeout', '1s'],
    ['run', 'sized', '--traffic', 'light'],
  ],
  'numbers that are zero, negative, absurd or none': [
    ['run', '--ticks', '0'],
    ['run', '--ticks', '-5'],
    ['run', '--ticks', '1.5'],
    ['run', '--ticks', '1e99'],
    ['run', '--ticks', '99999999'],
    ['run', '--seed', '-1'],
    ['run', '--seed', 'abc'],
    ['run', 'sized', '--requests', '0'],
    ['run', '--trials', '0'],
    ['run', '--trials', '26'],
    ['run', '--trials', '2.5'],
  ],
  'times without, with an unknown, or out of all units': [
    ['run', '--tick', '10'],
    ['run', '--tick', '0ms'],
    ['run', '--tick', '-1s'],
    ['run', '--tick', '10parsecs'],
    ['run', '--tick', '9999h'],
    ['run', '--tick', '1h', '--ticks', '1000'],
    ['run', '--exact', '--tick', '1s'],
    ['run', 'burst', '--idle-timeout', '1ms'],
    ['run', 'burst', '--idle-timeout', '2h'],
    ['run', 'burst', '--idle-timeout', '1h', '--tick', '1ms'],
  ],
  'an --out that holds files, is one, or cannot be written': [
    ['run', '--out', 'full'],
    ['run', '--out', 'full/precious'],
    ['run', '--out', 'full/precious/deeper'],
    ['run', '--out', ''],
    ['run', '--out', `new/${'x'.repeat(300)}`],
    ['profile', '--out', `new/and/newer/${'x'.repeat(300)}`, '--', 'node', '-e', '0'],
    ...(process.platform === 'linux' ? [['run', '--out', '/proc/giveback']] : []),
  ],
  'a runtime that is not there': [
    ['run', '--runtime', 'rhino'],
    ['run', '--runtime', './nowhere'],
    ['run', '--runtime', '/bin/ls'],
    ['run', '--runtime', 'node', '--runtime', './nowhere'],
  ],
  'a report of nothing': [['report'], ['report', 'nowhere'], ['report', 'full/precious']],
};

for (const [name, commands] of Object.entries(cases)) {
  test(`${name}: one clear line, exit code 2, nothing written`, async () => {
    for (const args of commands) {
      const { code, stdout, stderr } = await lab(args, { cwd });
      const context = `${args.join(' ')}: ${stderr}`;
      assert.equal(code, 2, context);
      assert.equal(stdout, '', context);
      assert.match(stderr, /^error: \P{Cc}+\n$/u, context);
      assert.deepEqual(filesIn(cwd), before, context);
      assert.deepEqual(filesIn(join(cwd, 'full')), ['precious'], context);
    }
  });
}
