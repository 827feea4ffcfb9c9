import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

test('giveback/io does not load node:http, which costs 14 MB, for those who have no use of it', () => {
  const io = JSON.stringify(import.meta.resolve('../../src/io/index.js'));
  const program = `await import(${io}); console.log(process.moduleLoadList.includes('NativeModule http'))`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  assert.equal(printed, 'false\n');
});
