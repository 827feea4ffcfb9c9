import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { writeAndGive } from 'giveback/io';

/**
 * Takes an upload of any length, and passes it on to the store at `url` in parts. It answers with the
 * SHA-256 of what passed, how many parts that was, and what the store says.
 */
export function relay(url, partSize, parts) {
  return createServer(async (incoming, response) => {
    try {
      response.end(JSON.stringify(await pass(incoming)));
    } catch (error) {
      response.destroy(error);
    }
  });

  async function pass(incoming) {
    const digest = createHash('sha256');
    const uploads = [];
    for await (const part of cut(incoming)) {
      digest.update(part);
      const uploading = upload(uploads.length, part);
      // The rest need not come then.
      uploading.catch((error) => incoming.destroy(error));
      uploads.push(uploading);
    }
    await Promise.all(uploads);
    const stored = await text(await send('POST', '/'));
    return { parts: uploads.length, relayed: digest.digest('hex'), stored };
  }

  /** The parts of a stream. Each is the loop's, who has to see that it is given back. */
  async function* cut(stream) {
    let part;
    let length = 0;
    try {
      for await (const chunk of stream) {
        for (let from = 0; from < chunk.length; ) {
          // While all parts that there may be are on their way, the sender has to wait.
          part ??= await parts.acquire(partSize);
          const copied = chunk.copy(part, length, from);
          from += copied;
          length += copied;
          if (length === partSize) yield take();
        }
      }
      if (length > 0) yield take();
    } finally {
      if (part !== undefined) parts.give(part);
    }

    function take() {
      const taken = parts.resize(part, length);
      part = undefined;
      length = 0;
      return taken;
    }
  }

  async function upload(number, part) {
    const sha256 = createHash('sha256').update(part).digest('hex');
    const answer = await text(await send('PUT', `/${number}`, part));
    if (answer !== sha256) throw new Error(`Part ${number} arrived as something else.`);
  }

  async function send(method, path, part) {
    const headers = { 'content-length': part?.length ?? 0 };
    const outgoing = request(new URL(path, url), { method, headers });
    // From here on the part is the stream's, and is given back when that is done with it.
    const written = part && writeAndGive(outgoing, part);
    outgoing.end();
    const [[response]] = await Promise.all([once(outgoing, 'response'), written]);
    return response;
  }
}
