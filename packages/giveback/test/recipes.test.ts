import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BufferRecycler } from '../src/index.ts';
import { documentedIn } from './helpers/documented.ts';
import { EXPORTS, serveProgram } from './helpers/serve-program.ts';
import { stayAlive } from './io/helpers/alive.ts';
import { objectStore } from './io/helpers/object-store.ts';
import { start } from './io/helpers/sockets.ts';

stayAlive();
// Else express prints the error that it answers with.
process.env.NODE_ENV = 'test';

const { programs: recipes, folder, write } = documentedIn('recipes.md', ['Nest']);

/** Compiles a recipe that is TypeScript, with decorators. @returns the file to run. */
async function compile(file: string): Promise<string> {
  const source = file.replace(/mjs$/, 'mts');
  renameSync(file, source);
  const tsc = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')));
  const options =
    '--ignoreConfig --module nodenext --target es2022 --experimentalDecorators --skipLibCheck --strict --types node';
  await promisify(execFile)(process.execPath, [tsc, ...options.split(' '), source]);
  return file;
}

/** Runs a recipe of a server. @returns its address, and the recycler. */
async function serve(t: TestContext, title: string): Promise<[string, BufferRecycler]> {
  const program = write(title, EXPORTS);
  return serveProgram(t, title === 'Nest' ? await compile(program) : program);
}

async function post(url: string, length: number): Promise<[number, string]> {
  const response = await fetch(url, { method: 'POST', body: Buffer.alloc(length, 'x') });
  return [response.status, await response.text()];
}

/** Once the response has finished, the body is back. */
async function isBack(buffers: BufferRecycler): Promise<void> {
  for (let tries = 0; buffers.stats().lent.count > 0 && tries < 100; tries++) await sleep(10);
  assert.equal(buffers.stats().lent.count, 0);
}

const fetched = async (url: string, body?: FormData): Promise<[number, string]> => {
  const response = await fetch(url, body && { method: 'POST', body });
  return [response.status, await response.text()];
};

for (const title of ['koa', 'hono', 'Nest'])
  test(`${title}: forms are recycled, and those that are too large refused`, async (t) => {
    const [url, buffers] = await serve(t, title);
    const form = new FormData();
    form.append('title', 'x');
    form.append('a', new Blob([Buffer.alloc(3_000_000, 'x')]), 'a.bin');
    form.append('b', new Blob([Buffer.alloc(2_000, 'x')]), 'b.bin');
    const said = 'a.bin: 3000000 bytes\nb.bin: 2000 bytes';
    assert.equal((await fetched(`${url}/forms`, form))[1], said);
    form.append('c', new Blob([Buffer.alloc(10_000_001)]), 'c.bin');
    assert.equal((await fetched(`${url}/forms`, form))[0], 413);
    await isBack(buffers);
    assert.equal(buffers.stats().discards, 0);
  });

for (const title of ['koa', 'hono', 'Nest', 'Send a recycled buffer'])
  test(`${title}: a recycled buffer that is sent arrives, and is given back after`, async (t) => {
    const [url, buffers] = await serve(t, title);
    const page = 'x'.repeat(1_000_000);
    for (let turn = 0; turn < 3; turn++) {
      const [status, text] = await fetched(`${url}/page`);
      assert.ok(status === 200 && text === page);
      await isBack(buffers);
    }
    assert.equal(buffers.stats().discards, 0);
    const gone = connect(Number(new URL(url).port), '127.0.0.1');
    gone.write('GET /page HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(gone, 'data');
    gone.destroy();
    await isBack(buffers);
    assert.equal((await fetched(`${url}/page`))[1], page);
    await isBack(buffers);
  });

for (const title of ['express', 'fastify', 'koa', 'hono', 'Nest'])
  test(`${title}: bodies are recycled, and those that are too large refused`, async (t) => {
    const [url, buffers] = await serve(t, title);
    for (const length of [3_000_000, 2_500_000])
      assert.deepEqual(await post(`${url}/files`, length), [
        title === 'Nest' ? 201 : 200,
        `${length} bytes`,
      ]);
    const [status] = await post(`${url}/files`, 10_000_001);
    assert.equal(status, 413);
    await isBack(buffers);
    const { gets, gives, discards } = buffers.stats();
    assert.ok(gets >= 2 && gives + discards === gets);
  });

test('send a file: the file as it is', async (t) => {
  const [url, buffers] = await serve(t, 'Send a file');
  const response = await fetch(url);
  assert.equal(await response.text(), readFileSync('package.json', 'utf8'));
  await isBack(buffers);
  assert.ok(buffers.stats().gets > 0);
});

for (const title of [
  'In a container',
  'Who holds so much?',
  'Collect an unknown number of bytes',
  'In a library',
])
  test(`${title}: it prints what it says`, async () => {
    const says = /console\.log\(.*\/\/ (.*)$/m.exec(recipes.get(title) ?? '')?.[1];
    const { stdout } = await promisify(execFile)(process.execPath, [write(title)]);
    assert.equal(stdout, `${says}\n`);
  });

test('a graceful stop: the last request is answered, then the process ends', async (t) => {
  const file = write(
    'A graceful stop',
    'server.on("listening", () => console.log(server.address().port));\n',
  );
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const answer = post(`http://127.0.0.1:${Number(String(line))}`, 5_000);
  await sleep(25);
  child.kill('SIGTERM');
  assert.deepEqual(await answer, [200, '5000 bytes']);
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('node:test: all its tests pass, and are run', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--test', '--test-reporter=tap', write('node:test')],
    { env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
  );
  assert.match(stdout, /^# pass [1-9]/m);
  assert.match(stdout, /^# fail 0$/m);
});

test('upload to S3: the object is the file', async (t) => {
  const { server, objects } = objectStore();
  const endpoint = `http://127.0.0.1:${await start(t, server)}`;
  const file = write('Upload to S3', `await upload(process.argv[2], 'bucket', 'key');\n`);
  const content = Buffer.alloc(3_000_001, 'recycled ');
  const path = join(folder, 'content');
  writeFileSync(path, content);
  await promisify(execFile)(process.execPath, [file, path], {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'local',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
    },
  });
  const [stored] = objects.values();
  assert.ok(stored?.equals(content), 'every byte has arrived');
});

test('every recipe in JavaScript is run', () => {
  const source = readFileSync(fileURLToPath(import.meta.url), 'utf8');
  for (const title of recipes.keys())
    assert.ok(source.includes(`'${title}'`), `"${title}" has a test`);
});
