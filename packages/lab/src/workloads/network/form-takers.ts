import type { IncomingMessage, ServerResponse } from 'node:http';
import busboy from 'busboy';
import type { BufferRecycler } from 'giveback';
import { readForm } from 'giveback/io';
import multer from 'multer';
import { Multer } from '../../strategies/multer.ts';
import type { None } from '../../strategies/none.ts';
import type { Strategy } from '../../strategies/strategy.ts';

/** Takes the files of a form. `use` gets each of them whole. */
export type TakeForm = (
  request: IncomingMessage,
  response: ServerResponse,
  use: (file: Buffer) => void,
) => Promise<void>;

export function formTaker(strategy: Strategy): TakeForm {
  if (strategy.recycler) return takeRecycled(strategy.recycler);
  return strategy instanceof Multer ? takeByMulter(strategy) : takeAndConcat(strategy as None);
}

function takeRecycled(recycler: BufferRecycler): TakeForm {
  return async (request, _response, use) => {
    for await (const part of readForm(request, recycler, { busboy, detachChunks: true })) {
      if (part.type === 'field') continue;
      const file = await part.toBuffer();
      use(file);
      recycler.give(file);
    }
  };
}

/** What most programs do. */
function takeByMulter(strategy: Multer): TakeForm {
  const receive = multer({ storage: multer.memoryStorage() }).any();
  return (request, response, use) =>
    new Promise((resolve, reject) => {
      // It needs nothing of express's.
      receive(request as never, response as never, (error: unknown) => {
        if (error) {
          reject(error);
          return;
        }
        const { files } = request as IncomingMessage & { files: readonly { buffer: Buffer }[] };
        for (const { buffer } of files) {
          strategy.made();
          use(buffer);
        }
        resolve();
      });
    });
}

/** What multer does, by hand. */
function takeAndConcat(none: None): TakeForm {
  return (request, _response, use) =>
    new Promise((resolve, reject) => {
      const form = busboy({ headers: request.headers });
      form.on('file', (_name, stream) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          none.made();
          use(Buffer.concat(chunks));
        });
      });
      form.on('error', reject).on('close', resolve);
      request.on('error', reject).pipe(form);
    });
}
