import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const readme = readFileSync(
  fileURLToPath(new URL('../../../../README.md', import.meta.url)),
  'utf8',
);
const library = JSON.stringify(import.meta.resolve('../src/index.js'));
const libraryIo = JSON.stringify(import.meta.resolve('../src/io/index.js'));
const [complete, small, io] = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);

function run(code: string | undefined): string {
  const program = String(code).replace("'giveback'", library).replace("'giveback/io'", libraryIo);
  return execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
}

test('the README’s example prints what the README says', () => {
  const says = /It prints\n\n```\n(.*?)```/s.exec(readme)?.[1];
  assert.equal(run(complete), says);
});

for (const [name, code] of Object.entries({ second: small, third: io }))
  test(`so does its ${name}`, () => {
    const says = /\/\/ (.*)\n$/.exec(String(code))?.[1];
    assert.equal(run(code), `${says}\n`);
  });
