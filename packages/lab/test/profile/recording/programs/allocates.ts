// Does nothing but allocate.
import { measure, ROUNDS } from './traffic.ts';

let last: Buffer | undefined;
await measure(async (share) => {
  for (let turn = 0; turn < 1_000 * ROUNDS * share; turn++) {
    for (let each = 0; each < 100; each++) {
      last = Buffer.alloc(65_536);
      last = Buffer.allocUnsafeSlow(20_000);
    }
    await new Promise(setImmediate);
  }
});

export { last };
