import { setTimeout as sleep } from 'node:timers/promises';
import { cut } from '../streams.ts';
import type { Outcome, Visit } from './visit.ts';

/** How a kind of client behaves, and how its visit may end. */
export interface Client {
  /** Of the visits, in proportion to that of the other clients. */
  readonly share: number;
  readonly mayEnd: readonly Outcome[];
  visit(visit: Visit): Promise<Outcome>;
}

const MiB = 1024 * 1024;
const served = ['served'] as const;
const noService = ['refused', 'cut'] as const;
const whatever = ['served', ...noService] as const;
const left = ['left'] as const;

/** Those who ask properly, if in unusual ways: each is to be served. */
export const honest: Readonly<Record<string, Client>> = {
  'announces what it sends': {
    share: 12,
    mayEnd: served,
    visit: (visit) => visit.request({ 'content-length': visit.body.length }),
  },

  'sends in chunks of unknown number': {
    share: 12,
    mayEnd: served,
    visit: (visit) => visit.request({ 'transfer-encoding': 'chunked' }),
  },

  'waits for 100-continue': {
    share: 6,
    mayEnd: served,
    visit: (visit) =>
      visit.request({ 'content-length': visit.body.length, expect: '100-continue' }),
  },

  'expects 100-continue and does not wait for it': {
    share: 4,
    mayEnd: served,
    async visit(visit) {
      await visit.wire.send(
        visit.head(`Content-Length: ${visit.body.length}`, 'Expect: 100-continue'),
      );
      await visit.wire.send(visit.body);
      return visit.judge();
    },
  },

  'sends slowly': {
    share: 8,
    mayEnd: served,
    async visit(visit) {
      await visit.wire.send(visit.head(`Content-Length: ${visit.body.length}`));
      for (const bytes of cut(visit.body, 1 + visit.body.length / 3, visit.random)) {
        await visit.wire.send(bytes);
        await sleep(visit.upTo(20));
      }
      return visit.judge();
    },
  },

  'sends its chunks slowly, and some are of one byte': {
    share: 6,
    mayEnd: served,
    async visit(visit) {
      await visit.wire.send(visit.head('Transfer-Encoding: chunked'));
      const tiny = visit.body.subarray(0, 5);
      const rest = visit.body.subarray(tiny.length);
      for (const bytes of [
        ...cut(tiny, 1, visit.random),
        ...cut(rest, 1 + rest.length / 3, visit.random),
      ]) {
        await visit.wire.send(chunk(bytes));
        await sleep(visit.upTo(10));
      }
      await visit.wire.send('0\r\n\r\n');
      return visit.judge();
    },
  },

  'reads slowly': {
    share: 8,
    mayEnd: served,
    async visit(visit) {
      visit.wire.socket.pause();
      await visit.wire.send(visit.whole());
      await sleep(visit.upTo(50));
      return visit.judge();
    },
  },

  'asks again before it is answered (pipelining)': {
    share: 6,
    mayEnd: served,
    async visit(visit) {
      const others = Array.from({ length: 1 + visit.upTo(3) }, () => visit.another());
      const last = others.pop() as Visit;
      const requests = [visit, ...others].map((each) => each.whole('keep-alive'));
      await visit.wire.send(Buffer.concat([...requests, last.whole()]));
      return visit.judge(visit, ...others, last);
    },
  },
};

/** Those who lie, break off, or never end. */
const abusive: Readonly<Record<string, Client>> = {
  // Node hangs up then, unless its answer is under way.
  'says that it has no more to say (half-open)': {
    share: 8,
    mayEnd: ['served', 'cut'],
    async visit(visit) {
      await visit.wire.send(visit.whole());
      visit.wire.socket.end();
      return visit.judge();
    },
  },

  'announces more than it sends': {
    share: 4,
    mayEnd: noService,
    async visit(visit) {
      await visit.wire.send(
        visit.head(`Content-Length: ${visit.body.length + 1 + visit.upTo(MiB)}`),
      );
      await visit.wire.send(visit.body);
      visit.wire.socket.end();
      return visit.judge();
    },
  },

  'announces less than it sends': {
    share: 4,
    mayEnd: whatever,
    async visit(visit) {
      const { body } = visit;
      visit.body = body.subarray(0, visit.upTo(body.length));
      await visit.wire.send(
        visit.head(`Content-Length: ${visit.body.length}`, 'Connection: keep-alive'),
      );
      await visit.wire.send(Buffer.concat([body, Buffer.from('junk\r\n\r\n')]));
      return visit.judge();
    },
  },

  'announces gigabytes': {
    share: 4,
    mayEnd: noService,
    async visit(visit) {
      visit.handler = 'answer';
      await visit.wire.send(visit.head(`Content-Length: ${2 ** 32 + visit.upTo(2 ** 32)}`));
      await visit.wire.send(visit.body);
      return visit.judge();
    },
  },

  'sends chunks without end': {
    share: 1,
    mayEnd: noService,
    async visit(visit) {
      visit.handler = 'answer';
      await visit.wire.send(visit.head('Transfer-Encoding: chunked'));
      const endless = chunk(Buffer.alloc(256 * 1024, 'endless '));
      while (visit.wire.socket.writable) await visit.wire.send(endless);
      return visit.judge();
    },
  },

  'announces what is no length, or two': {
    share: 3,
    mayEnd: noService,
    async visit(visit) {
      const { length } = visit.body;
      const nonsense = [
        ['Content-Length: -1'],
        ['Content-Length: abc'],
        ['Content-Length: 1e3'],
        ['Content-Length: 99999999999999999999999'],
        [`Content-Length: ${length}`, `Content-Length: ${length + 1}`],
        [`Content-Length: ${length}`, 'Transfer-Encoding: chunked'],
        ['Transfer-Encoding: chunked, identity'],
      ];
      await visit.wire.send(visit.head(...(nonsense[visit.upTo(nonsense.length)] as string[])));
      await visit.wire.send(visit.body);
      return visit.judge();
    },
  },

  'announces nothing and sends': {
    share: 3,
    mayEnd: whatever,
    async visit(visit) {
      const { body } = visit;
      visit.body = body.subarray(0, 0);
      await visit.wire.send(visit.head('Connection: keep-alive'));
      await visit.wire.send(Buffer.concat([body, Buffer.from('junk\r\n\r\n')]));
      return visit.judge();
    },
  },

  'breaks its chunks': {
    share: 3,
    mayEnd: noService,
    async visit(visit) {
      await visit.wire.send(visit.head('Transfer-Encoding: chunked'));
      const broken = ['xyz\r\n', 'fffffffffffffffffff\r\n', '-5\r\n', '5\r\n1234567\r\n'];
      await visit.wire.send(chunk(visit.body.subarray(0, 1 + visit.upTo(visit.body.length))));
      await visit.wire.send(broken[visit.upTo(broken.length)] as string);
      visit.wire.socket.end();
      return visit.judge();
    },
  },

  'expects the impossible': {
    share: 1,
    mayEnd: noService,
    async visit(visit) {
      await visit.wire.send(visit.head(`Content-Length: ${visit.body.length}`, 'Expect: miracles'));
      await visit.wire.send(visit.body);
      return visit.judge();
    },
  },

  'leaves when told to continue': {
    share: 3,
    mayEnd: left,
    async visit(visit) {
      await visit.wire.send(visit.head('Content-Length: 1000', 'Expect: 100-continue'));
      await visit.wire.heard();
      return visit.leave();
    },
  },

  'leaves while it sends': {
    share: 8,
    mayEnd: left,
    async visit(visit) {
      await visit.wire.send(visit.head(`Content-Length: ${visit.body.length + 1}`));
      await visit.wire.send(visit.body.subarray(0, visit.upTo(visit.body.length)));
      await sleep(visit.upTo(5));
      return visit.leave();
    },
  },

  'leaves before it is answered': {
    share: 8,
    mayEnd: left,
    async visit(visit) {
      await visit.wire.send(visit.whole());
      await sleep(visit.upTo(5));
      return visit.leave();
    },
  },

  'leaves in the middle of the answer': {
    share: 8,
    mayEnd: left,
    async visit(visit) {
      await visit.wire.send(visit.whole());
      await visit.wire.heard();
      visit.wire.socket.pause();
      await sleep(visit.upTo(5));
      return visit.leave();
    },
  },

  'leaves with several requests unanswered (pipelining)': {
    share: 4,
    mayEnd: left,
    async visit(visit) {
      const requests = [visit, visit.another(), visit.another()];
      visit.wire.socket.pause();
      await visit.wire.send(Buffer.concat(requests.map((each) => each.whole('keep-alive'))));
      await sleep(visit.upTo(10));
      return visit.leave();
    },
  },

  'falls silent': {
    share: 2,
    mayEnd: left,
    async visit(visit) {
      const { body } = visit;
      await visit.wire.send(visit.head(`Content-Length: ${body.length + 1}`));
      await visit.wire.send(body.subarray(0, visit.upTo(64 * 1024)));
      visit.fallSilent();
      return 'left';
    },
  },
};

export const clients: Readonly<Record<string, Client>> = { ...honest, ...abusive };

function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
}
