/**
 * Bodies, sockets, files and streams with recycled memory.
 *
 * @module giveback/io
 */

// So that projects whose own libs do not know `Disposable` compile against the declarations.
/// <reference lib="esnext.disposable" preserve="true" />

export type { Signal } from '../core/signal.ts';
export type { AcquireOptions } from '../leasing/acquire-options.ts';
export type { BufferPool } from '../leasing/buffer-pool.ts';
export type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
export type { AdapterOptions } from './adapters/adapter-options.ts';
export { takeBody } from './adapters/borrowed-body.ts';
export type { ContentTypes } from './adapters/content-types.ts';
export type { BodyMiddleware, WithBody } from './adapters/express-body.ts';
export { expressBody } from './adapters/express-body.ts';
export type { FastifyBodyOptions, FastifyBodyPlugin } from './adapters/fastify-body.ts';
export { fastifyBody } from './adapters/fastify-body.ts';
export type { HttpRequest, HttpResponse } from './adapters/messages.ts';
export type { ReadBodyOptions } from './body/body-options.ts';
export type { BufferChainOptions } from './body/buffer-chain.ts';
export { BufferChain } from './body/buffer-chain.ts';
export { detachChunk } from './body/detach-chunk.ts';
export type { GrowingBufferOptions } from './body/growing-buffer.ts';
export { GrowingBuffer } from './body/growing-buffer.ts';
export type { BodySource, FetchBody } from './body/read-body.ts';
export { readBody } from './body/read-body.ts';
export type { FileChunksOptions, FileSource } from './chunks/file-chunks.ts';
export { fileChunks } from './chunks/file-chunks.ts';
export type { Handled, OnChunk } from './chunks/handover.ts';
export type { Onread, OnreadOptions } from './chunks/onread.ts';
export { onread } from './chunks/onread.ts';
export type { StreamChunksOptions } from './chunks/stream-chunks.ts';
export { streamChunks } from './chunks/stream-chunks.ts';
export type { Busboy } from './forms/busboy.ts';
export type { OnFile } from './forms/fastify-on-file.ts';
export { fastifyOnFile } from './forms/fastify-on-file.ts';
export { FormLimitError } from './forms/form-errors.ts';
export type { FormLimits, ReadFormOptions } from './forms/form-options.ts';
export type { FormField, FormFile } from './forms/form-parts.ts';
export type { FetchRequest, FormRequest, NodeRequest } from './forms/form-source.ts';
export type { MulterStorage, StoredFile } from './forms/multer-storage.ts';
export { multerStorage } from './forms/multer-storage.ts';
export { readForm } from './forms/read-form.ts';
export type { StoredFilesOptions } from './forms/stored-files.ts';
export type { FramesOptions, LengthPrefix, ParseFrame } from './frames/frame-options.ts';
export { frames } from './frames/frames.ts';
export type { StreamPartsOptions } from './parts/stream-parts.ts';
export { streamParts } from './parts/stream-parts.ts';
export { giveAfter, take } from './write/give-after.ts';
export type { PumpOptions } from './write/pump.ts';
export { pump } from './write/pump.ts';
export type { PumpSource } from './write/source.ts';
export { writeAndGive } from './write/write-and-give.ts';
export type { WriteOptions } from './write/write-options.ts';
