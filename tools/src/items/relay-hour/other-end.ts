// A child of `npm run evidence -- relay-hour`: those that upload, and the store that the parts go to.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { PACE, PART, PARTS, type Start, UPLOADS, type Uploaded } from './messages.ts';

const CHUNK = 64 * 1024;
const BYTES = PARTS * PART;

// Connections never time out, or the relay could send a part into one that is being closed.
const store = createServer({ keepAliveTimeout: 0 }, async (part, response) => {
  const digest = createHash('sha256');
  for await (const chunk of part) digest.update(chunk);
  response.end(digest.digest('hex'));
});
await once(store.listen(0, '127.0.0.1'), 'listening');
process.send?.((store.address() as AddressInfo).port);

const [{ relayPort, seconds }] = (await once(process, 'message')) as [Start];
const deadline = performance.now() + seconds * 1_000;
const uploaded = { uploads: 0, bytes: 0, wrong: 0 };
await Promise.all(
  Array.from({ length: UPLOADS }, async (_, index) => {
    // Spread over the time of a part, as they would come.
    await sleep((index * PART * 1_000) / PACE / UPLOADS);
    while (performance.now() < deadline) await uploadOnce();
  }),
);
process.send?.(uploaded satisfies Uploaded);
process.disconnect();
process.exit();

async function uploadOnce(): Promise<void> {
  const digest = createHash('sha256');
  const upload = request({ host: '127.0.0.1', port: relayPort, method: 'POST' });
  const answered = once(upload, 'response');
  // It may fail before it is awaited.
  answered.catch(() => {});
  try {
    const start = performance.now();
    for (let sent = 0; sent < BYTES; sent += CHUNK) {
      const chunk = randomBytes(CHUNK);
      digest.update(chunk);
      if (!upload.write(chunk)) await once(upload, 'drain');
      await sleep(start + ((sent + CHUNK) * 1_000) / PACE - performance.now());
    }
    upload.end();
    const [response] = await answered;
    const { parts, relayed } = (await json(response)) as { parts: number; relayed: string };
    if (parts !== PARTS || relayed !== digest.digest('hex')) uploaded.wrong++;
  } catch {
    uploaded.wrong++;
  }
  uploaded.uploads++;
  uploaded.bytes += BYTES;
}
