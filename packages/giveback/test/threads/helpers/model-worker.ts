// Carries out one command after the other, and answers what came of it.
import { parentPort, workerData } from 'node:worker_threads';
import type { RecycledBuffer } from '../../../src/leasing/recycled-buffer.ts';
import { type BufferTicket, SharedBufferRecycler } from '../../../src/threads/index.ts';

export type Command =
  | { readonly does: 'get'; readonly name: number; readonly size: number }
  | { readonly does: 'adopt'; readonly name: number; readonly ticket: BufferTicket | undefined }
  | {
      readonly does: 'resize';
      readonly name: number;
      readonly into: number;
      readonly size: number;
    }
  | { readonly does: 'give' | 'discard' | 'dispose' | 'handOver'; readonly name: number }
  | { readonly does: 'reopen' }
  | { readonly does: 'die' };

export interface Outcome {
  readonly code?: string | undefined;
  /** Where its bytes begin. */
  readonly at?: number | undefined;
  readonly ticket?: BufferTicket | undefined;
}

/** A view, and the recycler that lent it: there may be another by now. */
interface Known {
  readonly view: RecycledBuffer;
  readonly lender: SharedBufferRecycler;
}

let recycler = SharedBufferRecycler.from(workerData);
const views = new Map<number, Known>();

function keep(name: number, lender: SharedBufferRecycler, view: RecycledBuffer): Outcome {
  views.set(name, { view, lender });
  return { at: view.byteOffset };
}

function carryOut(command: Command): Outcome {
  const known = 'name' in command ? views.get(command.name) : undefined;
  const { view, lender } = known ?? ({ lender: recycler } as Known);
  switch (command.does) {
    case 'get':
      return keep(command.name, recycler, recycler.get(command.size));
    case 'adopt':
      return keep(command.name, recycler, recycler.adopt(command.ticket as BufferTicket));
    case 'resize':
      return keep(command.into, lender, lender.resize(view, command.size));
    case 'give':
    case 'discard':
      lender[command.does](view);
      return {};
    case 'dispose':
      view[Symbol.dispose]();
      return {};
    case 'handOver':
      return { ticket: lender.handOver(view) };
    case 'reopen':
      recycler.close();
      recycler = SharedBufferRecycler.from(workerData);
      return {};
    case 'die':
      return {};
  }
}

parentPort?.on('message', (command: Command) => {
  let outcome: Outcome;
  try {
    outcome = carryOut(command);
  } catch (error) {
    outcome = { code: (error as { code?: string }).code ?? String(error) };
  }
  parentPort?.postMessage(outcome);
});
