import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

/** Which of some modules of Node are loaded when `program` has run in a process of its own. */
function loadedBy(t: TestContext, program: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'giveback-'));
  t.after(() => rmSync(folder, { recursive: true }));
  // Not by its standard output: to make that, Node would load some of them itself.
  const file = join(folder, 'loaded.json');
  const whole = `
    import { writeFileSync } from 'node:fs';
    import * as io from ${JSON.stringify(import.meta.resolve('../../src/io/index.js'))};
    import { BufferRecycler } from ${JSON.stringify(import.meta.resolve('../../src/index.js'))};
    const buffers = new BufferRecycler();
    ${program}
    const loaded = ['net', 'tls', 'http', 'http2', 'zlib'].filter((name) =>
      process.moduleLoadList.includes('NativeModule ' + name));
    writeFileSync(${JSON.stringify(file)}, JSON.stringify(loaded));`;
  execFileSync(process.execPath, ['--input-type=module', '--eval', whole]);
  return JSON.parse(readFileSync(file, 'utf8'));
}

test('giveback/io loads no module that only some need: node:http alone costs 14 MB', (t) => {
  assert.deepEqual(loadedBy(t, ''), []);
});

test('nor does it to find that a stream is none of theirs', (t) => {
  const program = `
    const { PassThrough, Writable } = await import('node:stream');
    const { createWriteStream } = await import('node:fs');
    await io.writeAndGive(createWriteStream('/dev/null'), buffers.get(10));
    await io.writeAndGive(new PassThrough(), buffers.get(10));
    await io.pump('/dev/null', new Writable({ write: (bytes, encoding, done) => done() }), buffers);`;
  assert.deepEqual(loadedBy(t, program), []);
});
