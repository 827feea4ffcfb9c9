import type { S3Client } from '@aws-sdk/client-s3';
import type { BufferPool } from '../../../src/index.ts';
import type { PumpSource } from '../../../src/io/index.ts';

/** What an upload has stored so far. */
export interface Progress {
  readonly bytes: number;
  readonly parts: number;
}

interface Uploading {
  readonly partSize?: number;
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  readonly graceMs?: number;
  readonly onProgress?: (progress: Progress) => void;
}

type Upload = (
  client: S3Client,
  object: { Bucket: string; Key: string },
  source: PumpSource,
  buffers: BufferPool,
  options: Uploading,
) => Promise<Progress>;

const example = new URL('../../../../../../examples/s3-upload/upload.js', import.meta.url);

/** The function of `examples/s3-upload`. */
export const { upload } = (await import(example.href)) as { readonly upload: Upload };
