import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Which platform APIs take that buffer. */
export async function triedApis(buffer: Buffer): Promise<Record<string, boolean>> {
  const server = createServer((request, response) =>
    request.resume().on('end', () => response.end()),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // What is tried is whether they take it: the types know what they would say.
  const bytes = buffer as Buffer<ArrayBuffer>;
  const apis: Record<string, () => unknown> = {
    '`fetch` body': async () => (await fetch(url, { method: 'POST', body: bytes })).text(),
    '`new Response`': () => new Response(bytes).arrayBuffer(),
    '`new Blob`': () => new Blob([bytes]).arrayBuffer(),
    '`TextDecoder`': () => new TextDecoder().decode(bytes),
    'WebCrypto digest': () => crypto.subtle.digest('SHA-256', bytes),
    '`CompressionStream`': () => compress(bytes),
    '`structuredClone`': () => structuredClone(bytes),
  };
  const taken: Record<string, boolean> = {};
  for (const [name, call] of Object.entries(apis)) taken[name] = await succeeds(call);
  server.close();
  server.closeAllConnections();
  return taken;
}

async function compress(bytes: Buffer<ArrayBuffer>): Promise<void> {
  const stream = new CompressionStream('gzip');
  const writer = stream.writable.getWriter();
  const done = Promise.all([writer.write(bytes), writer.close()]);
  for await (const _ of stream.readable as unknown as AsyncIterable<Uint8Array>);
  await done;
}

async function succeeds(call: () => unknown): Promise<boolean> {
  try {
    await call();
    return true;
  } catch {
    return false;
  }
}
