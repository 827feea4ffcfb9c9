import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Collects garbage until `done`, which finalizers may take some turns of the event loop to bring about. */
export async function collectUntil(done: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500 && !done(); attempt++) {
    // What `done` has dereferenced stays alive to the end of its job.
    await sleep(5);
    gc();
  }
}
