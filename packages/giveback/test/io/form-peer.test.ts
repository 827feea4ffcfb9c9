import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import busboy from 'busboy';
import { BufferRecycler } from '../../src/index.ts';
import { FORM_TYPE, formOf, readAll, said } from './helpers/forms.ts';

// busboy is an optional peer: found where it is installed, or passed.

const pieces = [{ name: 'a', filename: 'b', bytes: Buffer.from('giveback') }];
const require = JSON.stringify(fileURLToPath(import.meta.resolve('busboy')));

/** Runs a program beside a copy of the library from which no package can be found. */
async function runAlone(t: TestContext, options: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'giveback-alone-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(fileURLToPath(new URL('../../src', import.meta.url)), join(folder, 'src'), {
    recursive: true,
  });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(folder, 'main.js'),
    `import { createRequire } from 'node:module';
    import { Readable } from 'node:stream';
    import { unpooled } from './src/index.js';
    import { readForm } from './src/io/index.js';
    const load = createRequire(import.meta.url);
    const body = Buffer.from(${JSON.stringify(formOf(pieces).toString('latin1'))}, 'latin1');
    const request = Object.assign(Readable.from([body]), { headers: { 'content-type': ${JSON.stringify(FORM_TYPE)} } });
    try {
      for await (const part of readForm(request, unpooled, ${options})) console.log(String(await part.toBuffer()));
    } catch (error) {
      console.log(error.code, error.message);
    }`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'main.js')]);
  return stdout;
}

test('where it is not installed, the error says what to do', async (t) => {
  assert.match(await runAlone(t, '{}'), /^ERR_GIVEBACK_PEER .*npm install busboy/);
});

test('where it is passed, it need not be found', async (t) => {
  assert.equal(await runAlone(t, `{ busboy: load(${require}) }`), 'giveback\n');
});

test('what the package exports is what the option takes', async () => {
  const request = Object.assign(Readable.from([formOf(pieces)]), {
    headers: { 'content-type': FORM_TYPE },
  });
  assert.deepEqual(await readAll(request, new BufferRecycler(), { busboy }), said(pieces));
});

test('the manifest says which versions', () => {
  const manifest = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  assert.equal(manifest.peerDependencies.busboy, '^1.6.0');
  assert.equal(manifest.peerDependenciesMeta.busboy.optional, true);
});
