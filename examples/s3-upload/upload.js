import { createHash } from 'node:crypto';
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

/**
 * Uploads a stream of unknown length to S3 through your client, in parts that are recycled: `concurrency` of them at a
 * time, as far as the budget of `buffers` has room. Every part is held until its request has been answered, so that the
 * client can send it again. If anything fails, or `signal` is aborted, nothing of the upload is left behind.
 *
 * @param client an S3Client
 * @param object `{ Bucket, Key }`, and whatever else CreateMultipartUpload and PutObject take
 * @param source a stream, a web stream, a file: what `streamParts` takes
 * @returns the number of parts and of bytes
 */
export async function upload(client, object, source, buffers, options = {}) {
  const { partSize = 8 * MiB, concurrency = 4, signal, onProgress = () => {} } = options;
  // Aborted as soon as anything fails.
  const over = new AbortController();
  const forward = () => over.abort(signal.reason);
  if (signal?.aborted) forward();
  signal?.addEventListener('abort', forward);
  const parts = streamParts(source, buffers, {
    partSize,
    detachChunks: options.detachChunks,
    signal: over.signal,
  });
  try {
    const { value: first = buffers.get(0) } = await parts.next();
    if (first.length < partSize) return await put(first);
    return await putParts(first);
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
    let bytes = 0;
    let UploadId;
    try {
      ({ UploadId } = await begin(first));
      for (let part = first; part !== undefined; part = (await parts.next()).value) {
        begun(part);
        if (sending.size >= concurrency) await Promise.race(sending);
        over.signal.throwIfAborted();
      }
      await Promise.all(sending);
      const MultipartUpload = { Parts: finished };
      const target = { Bucket: object.Bucket, Key: object.Key, UploadId, MultipartUpload };
      await client.send(new CompleteMultipartUploadCommand(target), { abortSignal: over.signal });
      return { bytes, parts: finished.length };
    } catch (error) {
      over.abort(error);
      await Promise.allSettled(sending);
      if (UploadId !== undefined) await abandon(UploadId);
      throw error;
    }

    function begun(part) {
      const PartNumber = finished.push(undefined);
      const { length } = part;
      const target = { Bucket: object.Bucket, Key: object.Key, UploadId, PartNumber };
      const done = send(UploadPartCommand, target, part).then(({ ETag, ChecksumCRC32 }) => {
        finished[PartNumber - 1] = { PartNumber, ETag, ChecksumCRC32 };
        bytes += length;
        onProgress({ bytes, parts: finished.length });
      });
      const sent = done.finally(() => sending.delete(sent));
      sending.add(sent);
      // The others stop, and the loop throws.
      sent.catch((error) => over.abort(error));
    }
  }

  async function begin(first) {
    try {
      const target = { ...object, ChecksumAlgorithm: 'CRC32' };
      return await client.send(new CreateMultipartUploadCommand(target), {
        abortSignal: over.signal,
      });
    } catch (error) {
      buffers.give(first);
      throw error;
    }
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
    const target = { Bucket: object.Bucket, Key: object.Key, UploadId };
    await client.send(new AbortMultipartUploadCommand(target)).catch(() => {});
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
