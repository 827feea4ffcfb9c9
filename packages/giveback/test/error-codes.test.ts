import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../../${path}`, import.meta.url)), 'utf8');
}

const source = read('packages/giveback/src/core/errors.ts');
const type = source.slice(source.indexOf('export type GivebackErrorCode'));
const codes = [...type.matchAll(/\| '(ERR_GIVEBACK_\w+)'/g)].map(([, code]) => code).sort();

test('docs/errors.md has a row for each error code, once, and for no other', () => {
  const rows = [...read('docs/errors.md').matchAll(/^\| `(ERR_GIVEBACK_\w+)`/gm)];
  assert.ok(codes.length > 10, 'the codes were found in the source');
  assert.deepEqual(rows.map(([, code]) => code).sort(), codes);
});

test('so has the doc comment of the type', () => {
  const listed = [...source.matchAll(/^ \* - `(ERR_GIVEBACK_\w+)`/gm)];
  assert.deepEqual(listed.map(([, code]) => code).sort(), codes);
});
