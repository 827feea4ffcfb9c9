import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { BufferRecycler, RecycledBuffer } from 'giveback';
import { streamParts } from 'giveback/io';
import { PART } from './peer.ts';

/** Uploads a request's body under that key. `sent` is told of the bytes of each part that the store has. */
export type UploadToS3 = (
  request: IncomingMessage,
  key: string,
  sent: (bytes: number) => void,
) => Promise<void>;

/** Parts of one stream that are on their way at a time: the SDK's own default. */
const AT_A_TIME = 4;
const Bucket = 'bucket';

/** What most programs do: the SDK's own upload of a stream. It joins each part with `Buffer.concat`. */
export function uploadByLibrary(client: S3Client): UploadToS3 {
  return async (request, Key, sent) => {
    const upload = new Upload({
      client,
      params: { Bucket, Key, Body: request },
      partSize: PART,
      queueSize: AT_A_TIME,
    });
    let before = 0;
    upload.on('httpUploadProgress', ({ loaded = 0 }) => {
      sent(loaded - before);
      before = loaded;
    });
    await upload.done();
  };
}

/** As the example `s3-upload`, but for what a store that never fails does not need. */
export function uploadRecycled(client: S3Client, buffers: BufferRecycler): UploadToS3 {
  return async (request, Key, sent) => {
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32' }),
    );
    const Parts: { PartNumber: number; ETag: string | undefined; ChecksumCRC32: string }[] = [];
    const sending = new Set<Promise<void>>();
    const send = async (Body: RecycledBuffer, PartNumber: number): Promise<void> => {
      const checksum = Buffer.alloc(4);
      checksum.writeUInt32BE(crc32(Body));
      const ChecksumCRC32 = checksum.toString('base64');
      const target = { Bucket, Key, UploadId, PartNumber, Body, ChecksumCRC32 };
      const answer = await client.send(new UploadPartCommand(target));
      sent(Body.length);
      Parts[PartNumber - 1] = { PartNumber, ETag: answer.ETag, ChecksumCRC32 };
      // The store has told the checksum of all of it at the first attempt: no socket needs it any more.
      const hasArrived = answer.$metadata.attempts === 1 && answer.ChecksumCRC32 === ChecksumCRC32;
      if (hasArrived) buffers.give(Body);
      else buffers.discard(Body);
    };
    let number = 0;
    for await (const part of streamParts(request, buffers, {
      partSize: PART,
      detachChunks: true,
    })) {
      const done = send(part, ++number).finally(() => sending.delete(done));
      sending.add(done);
      if (sending.size >= AT_A_TIME) await Promise.race(sending);
    }
    await Promise.all(sending);
    const MultipartUpload = { Parts };
    const whole = { Bucket, Key, UploadId, MultipartUpload };
    await client.send(new CompleteMultipartUploadCommand(whole));
  };
}
