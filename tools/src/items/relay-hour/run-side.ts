import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { programBeside } from '../../child.ts';
import type { Sample, Start, Uploaded, Way } from './messages.ts';

/** One relay, for as long as was asked. */
export interface Side {
  readonly way: Way;
  readonly samples: readonly Sample[];
  readonly uploaded: Uploaded;
}

/** Runs a relay and its other end, each in a process of its own. */
export async function runSide(way: Way, seconds: number): Promise<Side> {
  const relay = fork(programBeside(import.meta.url, 'relay'), [way]);
  const otherEnd = fork(programBeside(import.meta.url, 'other-end'));
  try {
    relay.send(await told<number>(otherEnd));
    const relayPort = await told<number>(relay);
    const samples: Sample[] = [];
    relay.on('message', (sample) => samples.push(sample as Sample));
    otherEnd.send({ relayPort, seconds } satisfies Start);
    return { way, uploaded: await told<Uploaded>(otherEnd), samples };
  } finally {
    for (const child of [relay, otherEnd]) child.kill();
  }
}

/** The next message of a process. @throws if it ends instead */
async function told<T>(child: ChildProcess): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  try {
    const [message] = await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`${child.spawnfile} ended with exit code ${code}.`);
      }),
    ]);
    return message as T;
  } finally {
    controller.abort();
  }
}
