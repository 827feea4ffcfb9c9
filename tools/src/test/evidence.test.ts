import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { claims } from '../evidence/claims.ts';
import { EvidenceFolder } from '../evidence/folder.ts';
import type { Item } from '../evidence/item.ts';
import { measureItems } from '../evidence/measure-items.ts';

const here = mkdtempSync(join(tmpdir(), 'giveback-evidence-'));
after(() => rmSync(here, { recursive: true, force: true }));
let folders = 0;
const newPath = (): string => {
  folders += 1;
  return join(here, `${folders}`);
};

function item(name: string, measure: Item['measure']): Item {
  return { name, what: name, minutes: { full: 1, quick: 1 }, measure, write() {} };
}

test('what was measured is not measured again; what failed, is damaged or was a quick look, is', async () => {
  const path = newPath();
  const measured: string[] = [];
  const fine = item('fine', async () => measured.push('fine'));
  const breaks = item('breaks', async () => {
    measured.push('breaks');
    if (measured.length < 3) throw new Error('not today');
  });
  const measure = (isQuick: boolean): Promise<boolean> =>
    measureItems([breaks, fine], EvidenceFolder.at(path), { isQuick, runtimes: [] });
  assert.equal(await measure(true), false);
  assert.equal(await measure(true), true);
  assert.deepEqual(measured, ['breaks', 'fine', 'breaks']);
  assert.equal(await measure(true), true);
  assert.equal(measured.length, 3);
  // A quick look will not do for a measurement, but the other way round.
  for (const isQuick of [false, true, false]) assert.equal(await measure(isQuick), true);
  assert.equal(measured.length, 5);
  for (const damaged of ['', '{', 'null', '[]', '{"format":"giveback-evidence","version":2}'])
    for (const name of ['fine', 'breaks']) {
      writeFileSync(join(path, `${name}.json`), damaged);
      const before: number = measured.length;
      assert.equal(await measure(false), true);
      assert.deepEqual(measured.slice(before), [name], damaged);
    }
});

test('one that was interrupted goes on, and what it had left behind is gone', async () => {
  const path = newPath();
  EvidenceFolder.at(path).begin('torn');
  writeFileSync(join(path, 'torn', 'rest'), '');
  writeFileSync(join(path, 'torn.json.unfinished'), '{');
  const torn = item('torn', async ({ folder }) => readdirSync(folder));
  const folder = EvidenceFolder.at(path);
  assert.equal(await measureItems([torn], folder, { isQuick: false, runtimes: [] }), true);
  assert.deepEqual(folder.read('torn').result, []);
});

test('nothing confirms nothing', () => {
  for (const { name, judge } of claims.filter(({ item }) => item !== 'readme'))
    assert.equal(judge([] as never).isConfirmed, false, name);
});

test('bad input is one line, and exit code 2; no file of others is touched', () => {
  const folder = newPath();
  mkdirSync(join(folder, 'readme'), { recursive: true });
  const precious = join(folder, 'readme', 'precious');
  writeFileSync(precious, '');
  for (const [command, args] of [
    ['evidence', ['no-such-item']],
    ['evidence', ['--no-such-option']],
    ['evidence', ['--out']],
    ['evidence', ['readme', '--out', folder]],
    ['evidence', ['readme', '--out', precious]],
    ['write', [folder]],
    ['write', [join(folder, 'nowhere'), 'readme']],
    ['write', [folder, 'no-such-item']],
    ['write', ['--no-such-option']],
  ] as const) {
    const script = fileURLToPath(new URL(`../evidence/${command}.js`, import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
      encoding: 'utf8',
    });
    assert.deepEqual({ status, stdout }, { status: 2, stdout: '' }, `${args}: ${stderr}`);
    assert.match(stderr, /^error: [^\n]+\n$/);
    assert.deepEqual(readdirSync(join(folder, 'readme')), ['precious']);
  }
});
