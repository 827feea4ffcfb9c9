import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../helpers/lab.ts';
import { EVERYTHING, type Recorded, record, type Trace } from '../../helpers/recording.ts';

test('recording loads neither http nor the streams of fs into a program that uses neither', async () => {
  const { stdout } = await written(
    `require('node:fs'); require('node:net'); console.log(JSON.stringify(process.moduleLoadList));`,
  );
  const loaded: string[] = JSON.parse(stdout);
  assert.ok(loaded.includes('NativeModule net'));
  for (const name of ['http', '_http_incoming', 'internal/fs/streams'])
    assert.ok(!loaded.includes(`NativeModule ${name}`), name);
});

test('a stream of a program that is called IncomingMessage is not taken for one of http', async () => {
  const { trace } = await written(
    `class IncomingMessage extends require('node:stream').Readable { _read() {} }
     const message = new IncomingMessage(); message.resume();
     for (let i = 0; i < 10; i++) message.push(Buffer.alloc(1e5));`,
  );
  assert.equal(bytesOf(trace, 'Buffer.alloc'), 1e6);
  assert.equal(bytesOf(trace, 'http body'), 0);
});

for (const [how, code] of [
  ['as it is', ''],
  ['replaced', 'http.IncomingMessage = class extends http.IncomingMessage {};'],
  [
    'replaced by one of the same name',
    'http.IncomingMessage = class IncomingMessage extends http.IncomingMessage {};',
  ],
])
  test(`bodies are seen, with http.IncomingMessage ${how}`, async () => {
    const { trace, stderr } = await written(
      `const http = require('node:http'); ${code}
       const server = http.createServer((request, response) => request.resume().on('end', () => response.end()));
       server.listen(0, '127.0.0.1', () => {
         const request = http.request({ port: server.address().port, host: '127.0.0.1', method: 'POST', agent: false });
         request.on('response', (response) => response.resume().on('end', () => server.close()));
         request.end(Buffer.alloc(1e6));
       });`,
    );
    assert.ok(bytesOf(trace, 'http body') >= 1e6, stderr);
  });

test('what a file is read into is told by who opened it, with a class of a program in the place of fs.ReadStream', async () => {
  const { trace } = await written(
    `const fs = require('node:fs'); fs.writeFileSync(__dirname + '/data', Buffer.alloc(1e6));
     fs.ReadStream = class extends fs.ReadStream { _read(size) { return super._read(size); } };
     function opens() { return fs.createReadStream(__dirname + '/data'); } opens().resume(); opens().resume();`,
  );
  const reads = trace.samples.filter(({ origin }) => origin !== undefined);
  assert.ok(reads.length >= 30);
  for (const { origin } of reads)
    assert.ok(trace.stacks.get(origin as number)?.some(([name]) => name === 'opens'));
});

async function written(code: string): Promise<Recorded> {
  const path = join(temporaryFolder(), 'program.cjs');
  writeFileSync(path, code);
  const recorded = await record([path], { settings: EVERYTHING });
  assert.equal(recorded.code, 0, recorded.stderr);
  return recorded;
}

function bytesOf(trace: Trace, api: string): number {
  return trace.samples
    .filter((sample) => trace.apis[sample.api] === api)
    .reduce((sum, { bytes }) => sum + bytes, 0);
}
