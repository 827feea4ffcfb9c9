import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { streamParts } from 'giveback/io';

const MiB = 1024 * 1024;
/** S3 takes no more of one upload. */
const MOST_PARTS = 10_000;

/**
 * Uploads a stream of unknown length to S3 through your client, in parts that are recycled: `concurrency` of them at a
 * time, as far as the budget of `buffers` has room. Every part is held until its request has been answered, so that the
 * client can send it again. If anything fails, or `signal` is aborted, the upload is aborted in the store, which has
 * `graceMs` to answer to that. Then it rejects with what failed first, or with the signal's reason.
 *
 * @param client an S3Client
 * @param object `{ Bucket, Key }`, and whatever else CreateMultipartUpload and PutObject take
 * @param source a stream, a web stream, a file: what `streamParts` takes
 * @returns the number of parts and of bytes
 */
export async function upload(client, object, source, buffers, options = {}) {
  const { partSize = 8 * MiB, concurrency = 4, signal, onProgress = () => {} } = options;
  const { detachChunks, graceMs = 10_000 } = options;
  // Aborted as soon as anything fails.
  const over = new AbortController();
  // Each request that is under way listens to it.
  setMaxListeners(0, over.signal);
  const forward = () => over.abort(signal.reason);
  if (signal?.aborted) forward();
  signal?.addEventListener('abort', forward);
  const parts = streamParts(source, buffers, { partSize, detachChunks, signal: over.signal });
  try {
    const { value } = await parts.next();
    const first = value ?? (await buffers.acquire(0, { signal: over.signal }));
    return await (first.length < partSize ? put(first) : putParts(first));
  } catch (error) {
    over.abort(error);
    // Not what followed from that.
    throw over.signal.reason;
  } finally {
    signal?.removeEventListener('abort', forward);
    await parts.return();
  }

  async function put(body) {
    const { length } = body;
    await send(PutObjectCommand, object, body);
    onProgress({ bytes: length, parts: 1 });
    return { bytes: length, parts: 1 };
  }

  async function putParts(first) {
    const sending = new Set();
    const finished = [];
    const done = { bytes: 0, parts: 0 };
    let UploadId;
    let part = first;
    try {
      ({ UploadId } = await begin());
      while (part !== undefined) {
        over.signal.throwIfAborted();
        if (finished.length === MOST_PARTS)
          throw new RangeError(`Expected at most ${MOST_PARTS} parts of ${partSize} bytes.`);
        const begun = part;
        part = undefined;
        beginPart(begun);
        if (sending.size >= concurrency) await Promise.race(sending);
        part = (await parts.next()).value;
      }
      await Promise.all(sending);
      await complete({ UploadId, MultipartUpload: { Parts: finished } });
      return done;
    } catch (error) {
      over.abort(error);
      if (part !== undefined) buffers.give(part);
      await Promise.allSettled(sending);
      if (UploadId !== undefined) await abandon(UploadId);
      throw error;
    }

    function beginPart(body) {
      const PartNumber = finished.push(undefined);
      const { length } = body;
      const target = { ...object, UploadId, PartNumber };
      const arrived = send(UploadPartCommand, target, body).then(({ ETag, ChecksumCRC32 }) => {
        finished[PartNumber - 1] = { PartNumber, ETag, ChecksumCRC32 };
        done.bytes += length;
        done.parts++;
        onProgress({ ...done });
      });
      const sent = arrived.finally(() => sending.delete(sent));
      sending.add(sent);
      // The others stop, and the loop throws.
      sent.catch((error) => over.abort(error));
    }
  }

  /**
   * Begins the upload in the store. That is not aborted at once: the store may have begun it by then, and only its answer
   * tells what to end.
   */
  async function begin() {
    const late = new AbortController();
    let timer;
    const onFailure = () => {
      timer = setTimeout(() => late.abort(over.signal.reason), graceMs);
    };
    over.signal.addEventListener('abort', onFailure);
    try {
      const command = new CreateMultipartUploadCommand({ ...object, ChecksumAlgorithm: 'CRC32' });
      return await client.send(command, { abortSignal: late.signal });
    } finally {
      over.signal.removeEventListener('abort', onFailure);
      clearTimeout(timer);
    }
  }

  async function complete(parts) {
    const command = new CompleteMultipartUploadCommand({ ...object, ...parts });
    await client.send(command, { abortSignal: over.signal });
  }

  /** Sends a part or a whole object, and ends its lease as soon as that is known to be safe. */
  async function send(Command, target, body) {
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(body));
    const ChecksumCRC32 = checksum.toString('base64');
    let answer;
    try {
      const command = new Command({ ...target, Body: body, ChecksumCRC32 });
      answer = await client.send(command, { abortSignal: over.signal });
      return answer;
    } finally {
      if (hasArrived(answer, body, ChecksumCRC32)) buffers.give(body);
      // A socket may still hold it: one of an earlier attempt, or one that was answered before all was sent.
      else buffers.discard(body);
    }
  }

  /** No one's clean-up must hide why the upload has failed. */
  async function abandon(UploadId) {
    const command = new AbortMultipartUploadCommand({ ...object, UploadId });
    await client.send(command, { abortSignal: AbortSignal.timeout(graceMs) }).catch(() => {});
  }
}

/**
 * Whether the store has told, at the first attempt, the checksum of what it received: then no socket needs the bytes
 * any more. Stores that know no CRC tell the MD5, as the ETag.
 */
function hasArrived(answer, body, crc) {
  if (answer?.$metadata.attempts !== 1) return false;
  if (answer.ChecksumCRC32 !== undefined) return answer.ChecksumCRC32 === crc;
  return answer.ETag === `"${createHash('md5').update(body).digest('hex')}"`;
}
