// The programs of docs/ that serve, run in the process of their test.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { BufferRecycler } from '../../src/index.ts';

/** How such a program has to end: each calls its recycler and its server by these names. */
export const EXPORTS = 'export { buffers, server };\n';

interface Exported {
  readonly buffers: BufferRecycler;
  /** Of `node:http`, or of `node:net`. */
  readonly server: Omit<Server, 'closeAllConnections'> & Partial<Server>;
}

/** Runs a program that ends with `EXPORTS`, until the test has ended. @returns its address, and its recycler. */
export async function serveProgram(
  t: TestContext,
  file: string,
): Promise<[url: string, buffers: BufferRecycler]> {
  const { buffers, server } = (await import(pathToFileURL(file).href)) as Exported;
  t.after(() => {
    server.close();
    server.closeAllConnections?.();
  });
  if (!server.listening) await once(server, 'listening');
  return [`http://127.0.0.1:${(server.address() as AddressInfo).port}`, buffers];
}
