// So that projects whose own libs do not know `Disposable` compile against the declarations.
/// <reference lib="esnext.disposable" preserve="true" />

export type { Signal } from '../core/signal.ts';
export type { AcquireOptions } from '../leasing/acquire-options.ts';
export type { BufferPool } from '../leasing/buffer-pool.ts';
export type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
export type {
  BodyMiddleware,
  BodyOptions,
  FastifyBodyOptions,
  FastifyBodyPlugin,
  RequestWithBody,
} from './adapters/http.ts';
export { bodyMiddleware, fastifyBody } from './adapters/http.ts';
export type { BufferChainOptions } from './body/buffer-chain.ts';
export { BufferChain } from './body/buffer-chain.ts';
export type { BodySource, FetchBody, ReadBodyOptions } from './body/read-body.ts';
export { readBody } from './body/read-body.ts';
export type { FileChunksOptions, FileSource } from './chunks/file-chunks.ts';
export { fileChunks } from './chunks/file-chunks.ts';
export type { Handled, OnChunk } from './chunks/handover.ts';
export type { Onread, OnreadOptions } from './chunks/onread.ts';
export { onread } from './chunks/onread.ts';
export type { StreamChunksOptions } from './chunks/stream-chunks.ts';
export { streamChunks } from './chunks/stream-chunks.ts';
export { giveAfter, take } from './write/give-after.ts';
export type { PumpOptions } from './write/pump.ts';
export { pump } from './write/pump.ts';
export type { PumpSource } from './write/source.ts';
export { writeAndGive } from './write/write-and-give.ts';
export type { WriteOptions } from './write/write-options.ts';
