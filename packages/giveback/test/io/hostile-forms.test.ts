import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { readForm } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { isSoak } from '../helpers/soak.ts';
import { settled } from './helpers/adapters.ts';
import { stayAlive } from './helpers/alive.ts';
import { clients, visit } from './helpers/hostile-forms.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { start } from './helpers/sockets.ts';

// Forms of every sort that is meant to break a server. Several hundred; with `GIVEBACK_SOAK=1` it is 20,000.
const requests = isSoak ? 20_000 : 480;
const atOnce = 16;

stayAlive();

const KiB = 1024;
const MiB = 1024 * KiB;
const limits = {
  fields: 100,
  files: 20,
  parts: 120,
  fieldSize: 10 * KiB,
  fileSize: 500 * KiB,
  total: 64 * MiB,
};

/** Counts what a server takes. */
class Served {
  files = 0;
  wrong = 0;
  requests = 0;
  open = 0;
}

/** A server that takes each file in one of three ways, and checks that it is what its name says. */
function formServer(buffers: BufferRecycler, served: Served): ReturnType<typeof createServer> {
  const check = (name: string | undefined, digest: string): void => {
    served.files++;
    if (digest !== name) served.wrong++;
  };
  return createServer(async (request, response) => {
    const way = served.requests++ % 4;
    served.open++;
    let status = 200;
    try {
      for await (const part of readForm(request, buffers, {
        limits,
        detachChunks: way % 2 === 0,
        waitTimeout: 30_000,
      })) {
        if (part.type === 'field') continue;
        const hash = createHash('sha1');
        if (way === 0 || way === 1) {
          const file = await part.toBuffer();
          hash.update(file);
          buffers.give(file);
        } else if (way === 2) {
          using chain = await part.toChain();
          for (const block of chain) hash.update(block);
        } else {
          await part.pump(hash);
          check(part.filename, hash.read().toString('hex'));
          continue;
        }
        check(part.filename, hash.digest('hex'));
      }
    } catch (error) {
      const { code } = error as { code?: string };
      status = { ERR_GIVEBACK_TOO_LARGE: 413, ERR_GIVEBACK_TIMEOUT: 503 }[code as never] ?? 400;
    } finally {
      served.open--;
    }
    response.writeHead(status, way === 0 ? { connection: 'close' } : {}).end('done');
  });
}

for (const [index, memory] of (['fixed', 'elastic'] as const).entries())
  test(`${memory}: a server of forms that is abused loses nothing, hangs nowhere, and serves on`, async (t) => {
    const buffers = new BufferRecycler({ memory, maxBytes: 32 * MiB });
    const served = new Served();
    const port = await start(t, formServer(buffers, served));
    const names = Object.keys(clients);
    const tally: Record<string, Record<string, number>> = {};
    let number = (index * requests) / 2;
    const end = number + requests / 2;
    const comeAndGo = async (): Promise<void> => {
      while (number < end) {
        const mine = number++;
        const name = names[mine % names.length] as string;
        const plan = (clients[name] as (typeof clients)[string])(
          randomFrom(mine),
          Math.floor(mine / names.length),
        );
        const ended = await visit(port, plan);
        assert.ok(plan.mayEnd.includes(ended), `visit ${mine}: a client ${name} is ${ended}`);
        tally[name] = { ...tally[name], [ended]: (tally[name]?.[ended] ?? 0) + 1 };
      }
    };
    await Promise.all(Array.from({ length: atOnce }, comeAndGo));
    await settled(buffers);
    for (let turn = 0; served.open > 0 && turn < 1000; turn++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    const { peak } = buffers.stats();
    t.diagnostic(
      `${served.files} files, ${served.wrong} wrong; at most ${peak.heldBytes} bytes held`,
    );
    if (isSoak) t.diagnostic(JSON.stringify(tally));
    assert.equal(served.wrong, 0, 'every file that arrives is right');
    assert.equal(served.open, 0, 'no request hangs');
    assert.ok(served.files > requests / 8);
    assert.ok(peak.heldBytes <= 32 * MiB);
    assertAllGivenBack(buffers, { mostDiscards: 0 });
  });
