import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FAMILIES } from '../../src/metrics/families.ts';
import { TEXTS } from '../../src/metrics/texts.ts';

/** The doc comments of the fields of an interface, in one line each. */
function docsOf(path: string, name: string): Map<string, string> {
  const source = readFileSync(
    fileURLToPath(new URL(`../../../src/${path}`, import.meta.url)),
    'utf8',
  );
  const start = source.indexOf(`export interface ${name} {`);
  assert.ok(start >= 0);
  const body = source.slice(start, source.indexOf('\n}', start));
  const fields = body.matchAll(/\n {2}\/\*\*([\s\S]*?)\*\/\n {2}readonly (\w+)/g);
  return new Map(
    Array.from(fields, ([, comment = '', field = '']) => [
      field,
      comment.replace(/\s*\n\s*\*\s*/g, ' ').trim(),
    ]),
  );
}

test('each text is the doc comment of its field, word for word', () => {
  const docs = docsOf('core/stats.ts', 'BufferRecyclerStats');
  const reclaims = docsOf('threads/stats.ts', 'SharedBufferRecyclerStats').get('reclaims');
  for (const [field, text] of Object.entries(TEXTS))
    assert.equal(text, field === 'reclaims' ? reclaims : docs.get(field), field);
});

test('each field of a BufferRecycler has a text, and is in a metric', () => {
  const fields = [...docsOf('core/stats.ts', 'BufferRecyclerStats').keys()];
  assert.ok(fields.length > 15);
  const shown = new Set(
    FAMILIES.flatMap(({ series }) => series.map(({ field }) => field.split('.')[0])),
  );
  for (const field of fields) {
    if (field === 'name') continue;
    assert.ok(field in TEXTS, field);
    assert.ok(shown.has(field), field);
  }
});
