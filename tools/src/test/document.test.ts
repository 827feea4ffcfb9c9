import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { root, withTable } from '../document.ts';

const BLOCK = 'before\n<!-- a: written by npm run x -->\nold\n<!-- /a -->\nafter';

describe('a table of a document', () => {
  test('is replaced between its markers, and nothing else is', () => {
    const replaced = withTable(BLOCK, 'a', '| new |');
    assert.equal(replaced, BLOCK.replace('old', '| new |'));
    assert.equal(withTable(replaced, 'a', 'old'), BLOCK);
  });

  test('is written where there was none yet, on lines of its own', () => {
    assert.equal(withTable(BLOCK.replace('old\n', ''), 'a', 'old'), BLOCK);
  });

  test('may be words within a line', () => {
    const line = 'It has <!-- a: written by npm run x -->1 kB<!-- /a -->.';
    assert.equal(withTable(line, 'a', '2 kB'), line.replace('1', '2'));
  });

  test('is taken as it is: no `$` means anything', () => {
    assert.equal(
      withTable(BLOCK, 'a', '$& $1'),
      BLOCK.replace('old', () => '$& $1'),
    );
  });

  for (const [what, text] of Object.entries({
    'without markers': 'before\nafter',
    'without the second marker': BLOCK.replace('<!-- /a -->', ''),
    'with the second marker first': '<!-- /a --> <!-- a: written by npm run x -->',
    'with markers of another name': BLOCK.replaceAll(/\ba\b/g, 'ab'),
  }))
    test(`is refused ${what}`, () => {
      assert.throws(
        () => withTable(text, 'a', 'new', 'docs/x.md'),
        /^Error: Expected docs\/x\.md to hold <!-- a: /,
      );
    });
});

describe('the documents', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const docs = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'));

  for (const document of ['README.md', ...docs.map((file) => `docs/${file}`)])
    test(`${document} names commands that there are, and closes each table`, () => {
      const text = readFileSync(join(root, document), 'utf8');
      for (const [, name, command] of text.matchAll(
        /<!-- (\S+): written by npm run (\S+)[^\n]*? -->/g,
      )) {
        assert.ok(scripts[command as string], `npm run ${command}`);
        assert.equal(text.split(`<!-- /${name} -->`).length, 2, `one end of ${name}`);
      }
    });
});
