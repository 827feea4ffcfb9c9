// examples/metrics-service, as somebody uses it who has started it.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../helpers/until.ts';

const main = fileURLToPath(
  new URL('../../../../../examples/metrics-service/main.js', import.meta.url),
);

describe('examples/metrics-service', () => {
  let service: ChildProcess;
  let address: string;
  let errors = '';
  const body = Buffer.alloc(3_000_000, 'recycled');

  before(async () => {
    service = spawn(process.execPath, [main, '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
    service.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const [line] = (await once(service.stdout as NodeJS.EventEmitter, 'data')) as [Buffer];
    const [, url, pid] = /^(http:\/\/127\.0\.0\.1:\d+) pid (\d+)\n$/.exec(String(line)) ?? [];
    assert.ok(url, `${line}${errors}`);
    assert.equal(Number(pid), service.pid);
    address = url;
  });
  after(() => {
    service.kill('SIGKILL');
  });

  async function get(path: string): Promise<string> {
    const response = await fetch(`${address}${path}`);
    assert.equal(response.status, 200);
    return response.text();
  }

  test('answers with the digest of a body', async () => {
    const response = await fetch(`${address}/digests`, { method: 'POST', body });
    assert.equal(await response.text(), createHash('sha256').update(body).digest('hex'));
  });

  test('/metrics has the recycler and the process', async () => {
    const metrics = await get('/metrics');
    assert.match(metrics, /^giveback_max_bytes\{recycler="uploads"\} 67108864$/m);
    assert.match(metrics, /^giveback_gets_total\{recycler="uploads"\} [1-9]/m);
    assert.match(metrics, /^process_resident_memory_bytes \d/m);
  });

  test('while a body is on its way, the debug route and the signal name who holds it', async () => {
    const headers = { 'content-length': body.length };
    const upload = request(`${address}/digests`, { method: 'POST', headers, agent: false });
    upload.write(body.subarray(1_000_000));
    const debug = async () => JSON.parse(await get('/debug/leases'));
    let shown = await debug();
    while (shown.leases.length === 0) shown = await debug();
    assert.equal(shown.stats.name, 'uploads');
    assert.match(shown.leases[0].stack, /at .*giveback/);
    assert.ok(shown.leases[0].heldMs >= 0);

    service.kill('SIGUSR2');
    await until(() => errors.includes('heldMs'));
    assert.match(errors, /^BufferRecycler `uploads` \{ lent: 1 \(.*stack: /s);

    upload.end(body.subarray(0, 1_000_000));
    const [response] = await once(upload, 'response');
    assert.equal(response.statusCode, 200);
    response.resume();
    await until(() => response.complete);
    assert.deepEqual((await debug()).leases, []);
  });

  test('ends when it is told to', async () => {
    service.kill('SIGTERM');
    assert.deepEqual(await once(service, 'exit'), [0, null]);
  });
});
