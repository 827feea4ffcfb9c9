import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { EVERYTHING, plain, program, record, SETTINGS } from '../../helpers/recording.ts';

for (const [how, settings] of [
  ['with samples', SETTINGS],
  ['with every allocation a sample, and looks', { ...EVERYTHING, looks: 0.02, every: 10 }],
] as const)
  test(`a recorded program sees of Node what it sees otherwise, ${how}`, async () => {
    const args = [program('observations.js')];
    const [without, within] = await Promise.all([plain(args), record(args, { settings })]);
    assert.equal(without.code, 0, without.stderr);
    assert.equal(within.code, 0, within.stderr);
    const [expected, seen] = [observations(without.stdout), observations(within.stdout)];
    assert.ok(expected.size > 200);
    const differ = [...expected].filter(
      ([what, value]) => !isDeepStrictEqual(seen.get(what), value),
    );
    assert.deepEqual(
      differ.map(([what]) => [what, seen.get(what)]),
      differ,
    );
    assert.equal(seen.size, expected.size);
    const text = (stderr: string) => stderr.replace(/\(node:\d+\)/, '');
    assert.equal(text(within.stderr), text(without.stderr));
    assert.equal(within.trace.end?.exitCode, 0);
  });

function observations(text: string): Map<string, unknown> {
  return new Map(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
}
