import { Pool } from 'undici';
import { concurrently } from '../../measure/concurrently.ts';
import { Random } from '../../measure/random.ts';
import { mark } from '../marks.ts';
import { LARGEST_FILE, type PeerOrders } from './peer.ts';
import type { Sent } from './peer-senders.ts';

const LEAST = 1_000_000;

/** Posts forms with a field and a file of 1 to 10 MB, and expects each answer to be the length of the file. */
export async function postForms(
  port: number,
  orders: PeerOrders,
  latencies: number[],
): Promise<Sent> {
  const { requests, concurrency, seed } = orders;
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: concurrency });
  const random = new Random(seed);
  const sizes = Array.from(
    { length: requests },
    () => LEAST + random.integer(LARGEST_FILE - LEAST),
  );
  const forms = Array.from({ length: concurrency }, () => new Form(LARGEST_FILE));
  const sent = { bytes: 0, errors: 0 };
  await concurrently(requests, concurrency, async (id, lane) => {
    const size = sizes[id] as number;
    const form = forms[lane] as Form;
    const body = form.of(size, id);
    const start = performance.now();
    try {
      const answer = await pool.request({
        method: 'POST',
        path: `/${id}`,
        headers: Form.HEADERS,
        body,
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200 || text !== String(size)) sent.errors += 1;
    } catch {
      sent.errors += 1;
    }
    latencies.push(performance.now() - start);
    sent.bytes += size;
  });
  await pool.close();
  return sent;
}

const BOUNDARY = '----giveback-lab-7d0c2f5be1a94380';
const BEFORE = Buffer.from(
  [
    `--${BOUNDARY}`,
    'Content-Disposition: form-data; name="title"',
    '',
    'a file',
    `--${BOUNDARY}`,
    'Content-Disposition: form-data; name="file"; filename="file.bin"',
    'Content-Type: application/octet-stream',
    '',
    '',
  ].join('\r\n'),
);
const AFTER = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);

/** A form in one piece of memory, which is used again for each file. */
class Form {
  static readonly HEADERS = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };
  readonly #bytes: Buffer;
  #end = BEFORE.length;

  constructor(most: number) {
    this.#bytes = Buffer.alloc(BEFORE.length + most + AFTER.length);
    this.#bytes.set(BEFORE);
  }

  /** A form with the file `id` of that size. */
  of(size: number, id: number): Buffer {
    // What closed the form before would be in the middle of this file.
    this.#bytes.fill(0, this.#end, this.#end + AFTER.length);
    this.#end = BEFORE.length + size;
    mark(this.#bytes.subarray(BEFORE.length, this.#end), id);
    this.#bytes.set(AFTER, this.#end);
    return this.#bytes.subarray(0, this.#end + AFTER.length);
  }
}
