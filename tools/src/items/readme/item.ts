import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from 'giveback-lab/measure';
import { answer, programBeside } from '../../child.ts';
import { root } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import type { Behaviour } from './behaviour.ts';

/** What is to be seen of README.md's words that have no figure. */
export interface Seen extends Behaviour {
  readonly example: {
    readonly printed: string;
    readonly isAsSaid: boolean;
    /** Until its process had ended. */
    readonly ms: number;
  };
  /** How many packages the library depends on. */
  readonly dependencies: number;
}

export const readme: Item<Seen> = {
  name: 'readme',
  what: 'the README’s example, and what it says of every give',
  minutes: { full: 0.2, quick: 0.2 },

  async measure() {
    const { dependencies = {} } = JSON.parse(
      readFileSync(join(root, 'packages', 'giveback', 'package.json'), 'utf8'),
    ) as { dependencies?: object };
    return {
      ...(await answer<Behaviour>(process.execPath, [programBeside(import.meta.url, 'behaviour')])),
      example: await runExample(),
      dependencies: Object.keys(dependencies).length,
    };
  },

  write() {},
};

async function runExample(): Promise<Seen['example']> {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  const [, code = ''] = /```js\n(.*?)```/s.exec(text) ?? [];
  const [, said] = /It prints\n\n```\n(.*?)```/s.exec(text) ?? [];
  const program = code.replace("'giveback'", JSON.stringify(import.meta.resolve('giveback')));
  const start = performance.now();
  const { stdout } = await runProgram(process.execPath, ['--input-type=module', '--eval', program]);
  return { printed: stdout, isAsSaid: stdout === said, ms: performance.now() - start };
}
