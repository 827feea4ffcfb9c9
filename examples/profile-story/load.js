// Clients of the image service: each uploads an image of 2 to 8 MB, downloads it and its preview, and starts again.
//
//   node examples/profile-story/load.js <url> [<seconds>] [<clients>]
//
// checks every byte, and prints what was done, as JSON.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { arrayBuffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

const [url, seconds = 10, clients = 8] = process.argv.slice(2);
const images = Array.from({ length: 12 }, (_, at) => {
  const bytes = randomBytes(2e6 + Math.floor((6e6 * at) / 11));
  return { bytes, digest: sha256(bytes) };
});
const until = performance.now() + Number(seconds) * 1_000;
const started = performance.now();
const times = [];
let [moved, wrong] = [0, 0];
await Promise.all(Array.from({ length: Number(clients) }, (_, id) => client(id)));
const ms = performance.now() - started;
times.sort((a, b) => a - b);
const at = (share) => Math.round(times[Math.floor(share * (times.length - 1))]);
console.log(
  JSON.stringify({ rounds: times.length, ms, moved, wrong, p50: at(0.5), p99: at(0.99) }),
);

/** Each in its own order of sizes. */
async function client(id) {
  for (let round = id; performance.now() < until; round += 5) {
    const { bytes, digest } = images[round % images.length];
    const begun = performance.now();
    const uploaded = await ask('POST', `/images/${id}`, bytes);
    const image = await ask('GET', `/images/${id}`);
    const preview = await ask('GET', `/images/${id}/preview`);
    times.push(performance.now() - begun);
    moved += bytes.length + image.length + preview.length;
    const isRight =
      JSON.parse(uploaded).digest === digest &&
      image.length === bytes.length &&
      (round % 10 > 0 || (sha256(image) === digest && gunzipSync(preview).length === 2 ** 20));
    if (!isRight) wrong += 1;
  }
}

async function ask(method, path, body) {
  const sending = request(`${url}${path}`, { method });
  sending.end(body);
  const [response] = await once(sending, 'response');
  return Buffer.from(await arrayBuffer(response));
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
