import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { WebSocket } from 'ws';
import { BufferRecycler } from '../../src/index.ts';
import { frames } from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';

// The programs of docs/frames.md, as they stand there.

stayAlive();

const page = readFileSync(
  fileURLToPath(new URL('../../../../../docs/frames.md', import.meta.url)),
  'utf8',
);
const blocks = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code as string);
const programs = blocks.filter((code) => code.startsWith('import'));

// Within the package, where `giveback` and `ws` are found by their names.
const parent = join(dirname(fileURLToPath(import.meta.url)), 'pages');
mkdirSync(parent, { recursive: true });
const folder = mkdtempSync(join(parent, 'run-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs a program in this process, at a port that is free. */
async function serve(
  index: number,
): Promise<{ port: number; server: Server; buffers: BufferRecycler }> {
  const file = join(folder, `program-${index}.mjs`);
  const code = (programs[index] as string).replaceAll('8080', '0');
  writeFileSync(file, `${code}export { buffers, server };\n`);
  const { buffers, server } = await import(pathToFileURL(file).href);
  if (server.address() === null) await once(server, 'listening');
  after(() => server.close());
  return { port: (server.address() as AddressInfo).port, server, buffers };
}

test('the page has two programs', () => {
  assert.equal(programs.length, 2);
});

test('the server sends each message back', async () => {
  const { port, buffers } = await serve(0);
  const socket = connect(port, '127.0.0.1');
  const sent = [0, 5, 70_000, 1_000_000].map((size) => {
    const frame = Buffer.alloc(4 + size, 'x');
    frame.writeUInt32BE(size);
    return frame;
  });
  socket.end(Buffer.concat(sent));
  const arrived: Buffer[] = [];
  const mine = new BufferRecycler();
  for await (const frame of frames(socket, mine, { length: { bytes: 4 } })) {
    arrived.push(Buffer.from(frame));
    mine.give(frame);
  }
  assert.ok(Buffer.concat(arrived).equals(Buffer.concat(sent)));
  await until(() => buffers.stats().lent.count === 0);
});

test('the WebSocket server sends each message back', async () => {
  const { port, buffers } = await serve(1);
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, 'open');
  for (const size of [1, 1000, 100_000, 1_000_000]) {
    socket.send(Buffer.alloc(size, 'y'));
    const [message] = await once(socket, 'message');
    assert.ok(message.equals(Buffer.alloc(size, 'y')));
  }
  socket.close();
  await until(() => buffers.stats().lent.count === 0);
  assert.equal(buffers.stats().gives, 4);
});

test('`parse` as the page has it reads netstrings', async () => {
  const code = blocks.find((block) => block.startsWith('const parse')) as string;
  const parse = new Function(`${code}; return parse;`)();
  const buffers = new BufferRecycler();
  const arrived: string[] = [];
  const source = new Blob(['5:hello,0:,12:hello ', 'world!,']).stream();
  for await (const frame of frames(source, buffers, { parse })) {
    arrived.push(String(frame));
    buffers.give(frame);
  }
  assert.deepEqual(arrived, ['5:hello,', '0:,', '12:hello world!,']);
});
