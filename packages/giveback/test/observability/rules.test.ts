import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needsPrograms } from '../helpers/needs-program.ts';
import { RULES } from './helpers/dashboard.ts';

const unitTests = fileURLToPath(
  new URL('../../../test/observability/giveback.rules.test.yml', import.meta.url),
);

function promtool(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
  return stdout;
}

describe('the alert rules for Prometheus', needsPrograms('promtool'), () => {
  test('are valid', () => {
    assert.match(promtool('check', 'rules', RULES), /SUCCESS: \d+ rules found/);
  });

  test('fire when they should, and only then', () => {
    assert.match(promtool('test', 'rules', unitTests), /SUCCESS/);
  });

  test('each is tested, firing and at rest', () => {
    const rules = readFileSync(RULES, 'utf8').matchAll(/- alert: (\w+)/g);
    const tests = readFileSync(unitTests, 'utf8');
    for (const [, name] of rules) {
      const [, ...cases] = tests.split(new RegExp(`alertname: ${name}\n`));
      assert.ok(
        cases.some((each) => /^\s+exp_alerts:\n/.test(each)),
        `${name} fires`,
      );
      assert.ok(
        cases.some((each) => /^\s+exp_alerts: \[\]/.test(each)),
        `${name} rests`,
      );
    }
  });
});
