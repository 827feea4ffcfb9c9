import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer as wholeOf } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { GetObjectCommand, ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import S3rver from 's3rver';
import { BufferRecycler } from '../../src/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { isSoak } from '../helpers/soak.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { clientOf } from './helpers/s3-client.ts';
import { upload } from './helpers/s3-example.ts';
import { start } from './helpers/sockets.ts';
import { cut, patterned } from './helpers/streams.ts';
import { type Fate, UnrulyStore } from './helpers/unruly-store.ts';

stayAlive();

const KiB = 1024;
const MiB = 1024 * KiB;

function streamOf(content: Buffer, random = randomFrom(7)): Readable {
  return Readable.from(cut(content, 100 * KiB, random), { objectMode: false });
}

describe('an S3 server', () => {
  const directory = mkdtempSync(join(tmpdir(), 'giveback-s3rver-'));
  const configureBuckets = [{ name: 'bucket' }];
  const server = new S3rver({
    directory,
    port: 0,
    address: '127.0.0.1',
    silent: true,
    configureBuckets,
  });
  let client: S3Client;
  before(async () => {
    client = clientOf((await server.run()).port);
  });
  after(async () => {
    client.destroy();
    await server.close();
    rmSync(directory, { recursive: true });
  });
  const PART = 5 * MiB;

  for (const memory of ['fixed', 'elastic'] as const)
    for (const length of [0, 1, PART - 1, PART, 11 * MiB])
      test(`${memory}: stores what was uploaded, ${length} bytes`, async () => {
        const buffers = new BufferRecycler({ memory, maxBytes: 8 * PART });
        const object = { Bucket: 'bucket', Key: `${memory}-${length}` };
        const content = patterned(length, length + 1);
        const told: number[] = [];
        const onProgress = ({ bytes }: { bytes: number }): unknown => told.push(bytes);
        const done = await upload(client, object, streamOf(content), buffers, {
          partSize: PART,
          onProgress,
        });
        assert.equal(done.bytes, length);
        assert.equal(told.at(-1), length);
        const { Body } = await client.send(new GetObjectCommand(object));
        assert.ok((await wholeOf(Body as Readable)).equals(content));
        assertAllGivenBack(buffers);
      });

  test('keeps nothing of an upload that was aborted', async () => {
    const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 4 * PART });
    const controller = new AbortController();
    const object = { Bucket: 'bucket', Key: 'aborted' };
    const onProgress = (): void => controller.abort(new Error('enough'));
    const uploading = upload(client, object, streamOf(patterned(40 * MiB)), buffers, {
      partSize: PART,
      signal: controller.signal,
      onProgress,
    });
    await assert.rejects(uploading, /enough|abort/i);
    assert.equal(buffers.stats().lent.count, 0);
    await assert.rejects(client.send(new GetObjectCommand(object)), { name: 'NoSuchKey' });
    const { Uploads = [] } = await client
      .send(new ListMultipartUploadsCommand({ Bucket: 'bucket' }))
      .catch(() => ({ Uploads: [] }));
    assert.equal(Uploads.length, 0);
  });
});

const FATES: readonly Fate[] = [
  'served',
  'early',
  'slow',
  'busy',
  'busy-later',
  'cut-off',
  'stuck',
];
/** Parts of the least size that S3 takes would only make it slower. */
const PART = 512 * KiB;

describe('a store that misbehaves', () => {
  for (const memory of ['fixed', 'elastic'] as const)
    test(`${memory}: gets the bytes of no other part, and every object that it has is right`, async (t) => {
      const random = randomFrom(memory.length);
      const contents = new Map<string, Buffer>();
      let strange = 0;
      const store = new UnrulyStore(
        () => (random() < 0.5 ? 'served' : (FATES[Math.floor(random() * FATES.length)] as Fate)),
        (key, part, bytes) => {
          const whole = contents.get(key) as Buffer;
          const from = part > 0 ? (part - 1) * PART : 0;
          if (!whole.subarray(from, from + bytes.length).equals(bytes)) strange++;
        },
      );
      const port = await start(t, store.server);
      const client = clientOf(port, 4, (kind) => (kind === 'part' ? 1000 : undefined));
      t.after(() => client.destroy());
      const buffers = new BufferRecycler({ memory, maxBytes: 40 * PART });
      let failed = 0;
      const rounds = isSoak ? 60 : 2;
      for (let round = 0; round < rounds; round++)
        await Promise.all(
          Array.from({ length: 4 }, async (_, index) => {
            const Key = `${round}-${index}`;
            const content = patterned(Math.floor(random() * 4 * PART), round * 4 + index + 1);
            contents.set(`/bucket/${Key}`, content);
            try {
              const object = { Bucket: 'bucket', Key };
              await upload(client, object, streamOf(content), buffers, { partSize: PART });
              // A part that was answered before it had been received: S3 would have refused the whole.
              const stored = store.objects.get(`/bucket/${Key}`) as Buffer;
              if (stored.length > 0) assert.ok(stored.equals(content), Key);
            } catch (error) {
              if ((error as { code?: string }).code === 'ERR_ASSERTION') throw error;
              failed++;
            }
          }),
        );
      assert.equal(strange, 0, 'bytes of other parts');
      assert.ok(failed < rounds * 4, 'not all may fail');
      const { lent, discards, gets, gives } = buffers.stats();
      assert.equal(lent.count, 0);
      assert.ok(discards > 0, 'some parts met with bad luck');
      assert.equal(gets, gives + discards);
      await until(() => store.unfinished === 0);
    });

  for (const fate of FATES)
    test(`${fate}, once: the part is ${fate === 'served' || fate === 'slow' ? 'given back' : 'discarded'}`, async (t) => {
      const content = patterned(3 * PART);
      const fates: Fate[] = ['served', fate];
      const store = new UnrulyStore(
        () => fates.shift() ?? 'served',
        () => {},
      );
      const port = await start(t, store.server);
      let isFirst = fate === 'stuck';
      const client = clientOf(port, 3, (kind, part) => {
        if (kind !== 'part' || part !== 2 || !isFirst) return undefined;
        isFirst = false;
        return 300;
      });
      t.after(() => client.destroy());
      const buffers = new BufferRecycler({ memory: 'elastic' });
      const object = { Bucket: 'bucket', Key: fate };
      const uploading = upload(client, object, streamOf(content), buffers, {
        partSize: PART,
        concurrency: 1,
      });
      if (fate === 'early') await assert.rejects(uploading, { name: 'InvalidPart' });
      else await uploading;
      const { discards, lent } = buffers.stats();
      assert.deepEqual([discards, lent.count], [fate === 'served' || fate === 'slow' ? 0 : 1, 0]);
      if (fate !== 'early') assert.ok(store.objects.get(`/bucket/${fate}`)?.equals(content));
    });
});
