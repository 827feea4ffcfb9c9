import { bareList } from '../candidates/bare.ts';
import { cycle } from './cycle.ts';
import type { Scenario } from './scenario.ts';

/** An object as servers recycle them, with some fields, a list and a way to clear it. */
class Parser {
  state = 0;
  offset = 0;
  method = '';
  body: Uint8Array | undefined = undefined;
  readonly headers: string[] = new Array(32).fill('');
  headerCount = 0;

  parse(offset: number): number {
    this.state = 1;
    this.offset = offset;
    this.method = 'GET';
    this.headers[this.headerCount++] = 'host';
    return this.offset + this.headerCount;
  }

  clear(): void {
    this.state = 0;
    this.offset = 0;
    this.method = '';
    this.body = undefined;
    this.headers.fill('', 0, this.headerCount);
    this.headerCount = 0;
  }
}

export const objects: Scenario = {
  name: 'objects',
  title: 'One small parser: get, use, give; cleared by the pool',
  limit: bareList.name,
  admits: ({ things }) => things !== undefined,
  open: async ({ name, things }) => {
    if (things === undefined) throw new Error(`Expected ${name} to open a pool of things.`);
    const parsers = await things({ make: () => new Parser(), reset: (parser) => parser.clear() });
    return cycle(
      parsers,
      () => 0,
      (parser, index) => parser.parse(index),
    );
  },
};
