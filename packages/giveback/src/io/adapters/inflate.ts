import type { Readable, Transform } from 'node:stream';
import { GivebackError } from '../../core/errors.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease } from '../../leasing/view.ts';
import type { ReadBodyOptions } from '../body/body-options.ts';
import { readBody } from '../body/read-body.ts';
import { closedEarly } from '../chunks/readable.ts';

/** The encodings of HTTP, with the functions of `node:zlib` that make their decoders. */
const DECODERS = {
  gzip: 'createGunzip',
  'x-gzip': 'createGunzip',
  deflate: 'createInflate',
  br: 'createBrotliDecompress',
} as const;

export type Encoding = keyof typeof DECODERS;

export function isEncoding(name: string): name is Encoding {
  return Object.hasOwn(DECODERS, name);
}

/**
 * `readBody` for an encoded body: reads what comes out of a decoder. On failure the source is left paused,
 * neither destroyed nor read to its end.
 */
export async function readInflated(
  source: Readable,
  encoding: Encoding,
  buffers: BufferPool,
  options: ReadBodyOptions,
): Promise<RecycledBuffer> {
  const zlib = await import('node:zlib');
  const decoder: Transform = zlib[DECODERS[encoding]]();
  let cutOff: unknown;
  const onError = (error: unknown): void => {
    cutOff = error;
    decoder.destroy(error as Error);
  };
  const onClose = (): void => {
    if (!source.readableEnded) onError(closedEarly());
  };
  source.on('error', onError).on('close', onClose).pipe(decoder);
  let malformed: unknown;
  decoder.on('error', (error) => {
    malformed = error;
  });
  try {
    const body = await readBody(decoder, buffers, options);
    await ended(source, decoder, encoding).catch((error) => {
      endLease(body);
      throw error;
    });
    return body;
  } catch (error) {
    source.unpipe(decoder).pause();
    throw error === malformed && error !== cutOff ? notIn(encoding, error) : error;
  } finally {
    source.off('error', onError).off('close', onClose);
  }
}

/** Resolves when the source has ended, too; rejects if it sends more after the end of the encoded body. */
function ended(source: Readable, decoder: Transform, encoding: Encoding): Promise<void> {
  source.unpipe(decoder);
  if (source.readableEnded) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      source.off('end', onEnd).off('data', onData).off('error', onError).off('close', onClose);
    };
    const onEnd = (): void => {
      stop();
      resolve();
    };
    const onError = (error: unknown): void => {
      stop();
      reject(error);
    };
    const onData = (): void => onError(notIn(encoding));
    const onClose = (): void => onError(closedEarly());
    source.on('end', onEnd).on('data', onData).on('error', onError).on('close', onClose);
    source.resume();
  });
}

function notIn(encoding: Encoding, cause?: unknown): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_SOURCE',
    `Expected a body encoded in ${encoding}, got one that is not, or that ends too early or too late.`,
    { cause },
  );
}
