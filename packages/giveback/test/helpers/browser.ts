// A real browser: Debian's Chromium, or what CHROMIUM names.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';

const { CHROMIUM = '/usr/bin/chromium' } = process.env;
export const chromium: string = CHROMIUM;

/** Serves `folder` on loopback, opens `page` of it, and answers with the page as it then stands. */
export async function openPage(folder: string, page: string): Promise<string> {
  const server = createServer(async ({ url }, response) => {
    const path = new URL(url ?? '/', 'http://localhost').pathname;
    const type = extname(path) === '.js' ? 'text/javascript' : 'text/html; charset=utf-8';
    try {
      const text = await readFile(join(folder, path));
      response.writeHead(200, { 'content-type': type }).end(text);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const profile = mkdtempSync(join(tmpdir(), 'giveback-chromium-'));
  try {
    const { stdout } = await promisify(execFile)(
      chromium,
      [
        '--headless',
        '--dump-dom',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        // Chromium waits for the page's own timers and requests before it dumps.
        '--virtual-time-budget=10000',
        `--user-data-dir=${profile}`,
        `http://127.0.0.1:${port}/${page}`,
      ],
      { timeout: 60_000 },
    );
    return stdout;
  } finally {
    server.close();
    server.closeAllConnections();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
