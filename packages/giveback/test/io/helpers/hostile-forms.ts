import { createHash, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BOUNDARY, FORM_TYPE, formOf, type Piece } from './forms.ts';

type Random = () => number;

const KiB = 1024;

/** How a visit ended: the status of the answer, or what else happened. */
export type Ended = number | 'left' | 'closed' | 'hung';

/** What a client sends, and which ends are right. */
interface Plan {
  readonly head: string;
  readonly body: Buffer;
  /** Leaves after that many bytes of the body. */
  readonly leavesAt?: number;
  /** Ends its side of the connection after the body. */
  readonly ends?: boolean;
  /** Sends pieces of that many bytes, with pauses. */
  readonly pieces?: number;
  readonly mayEnd: readonly Ended[];
}

/** A file whose name is its hash. */
function file(random: Random, most: number, content?: Buffer): Piece {
  const bytes = content ?? randomBytes(Math.floor(random() * most));
  return { name: 'file', filename: createHash('sha1').update(bytes).digest('hex'), bytes };
}

function headOf(length: number | 'chunked', type = FORM_TYPE): string {
  const framing = length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
  return `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\n${framing}\r\n\r\n`;
}

const some = (random: Random, most = 200 * KiB): Piece[] =>
  Array.from({ length: 1 + Math.floor(random() * 4) }, (_, at) =>
    random() < 0.3 ? { name: `f${at}`, value: 'v'.repeat(random() * 100) } : file(random, most),
  );

const plain = (body: Buffer, mayEnd: readonly Ended[], more: Partial<Plan> = {}): Plan => ({
  head: headOf(body.length),
  body,
  mayEnd,
  ...more,
});

/** Every sort of client. The number of the visit tells at which byte somebody leaves. */
export const clients: Readonly<Record<string, (random: Random, number: number) => Plan>> = {
  honest: (random) => plain(formOf(some(random)), [200]),
  'honest, chunked': (random) => {
    const body = formOf(some(random));
    const framed = Buffer.concat([
      Buffer.from(`${body.length.toString(16)}\r\n`),
      body,
      Buffer.from('\r\n0\r\n\r\n'),
    ]);
    return { head: headOf('chunked'), body: framed, mayEnd: [200] };
  },
  'with what looks like a boundary in the file': (random) => {
    const near = [
      `\r\n--${BOUNDARY.slice(0, -1)}X`,
      `--${BOUNDARY}`,
      '\r\n--',
      '\r',
      `\r\n-${BOUNDARY}`,
    ];
    // It must not begin with one, as the header before it ends with a line break.
    const content = Buffer.concat([
      Buffer.from('x'),
      ...Array.from({ length: 50 }, () => [
        Buffer.from(near[Math.floor(random() * near.length)] as string),
        randomBytes(Math.floor(random() * 300)),
      ]).flat(),
    ]);
    return plain(formOf([file(random, 0, content), ...some(random)]), [200]);
  },
  'with a form in the form': (random) => {
    const inner = formOf(some(random, 1000), 'inner');
    return plain(formOf([file(random, 0, inner), ...some(random)]), [200]);
  },
  'with bytes before and after the form': (random) => {
    const form = formOf(some(random));
    const around = randomBytes(Math.floor(random() * 100 * KiB));
    return plain(Buffer.concat([around, Buffer.from('\r\n'), form, around]), [200]);
  },
  'who names no boundary': (random) => {
    const body = formOf(some(random));
    return plain(body, [400], { head: headOf(body.length, 'multipart/form-data') });
  },
  'who names another boundary': (random) => {
    const body = formOf(some(random), 'another');
    return plain(body, [400]);
  },
  'who does not close the form': (random) => {
    const form = formOf(some(random));
    return plain(form.subarray(0, form.length - 5 - Math.floor(random() * 40)), [400]);
  },
  'with headers of megabytes': (random) => {
    const header = `X-Long: ${'y'.repeat(512 * KiB + random() * 1024 * KiB)}`;
    const part = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n${header}\r\n\r\n1\r\n`;
    return plain(Buffer.concat([Buffer.from(part), formOf([])]), [400]);
  },
  'with ten thousand fields': () =>
    plain(
      formOf(Array.from({ length: 10_000 }, (_, at) => ({ name: `f${at}`, value: '1' }))),
      [413],
    ),
  'with too many files': (random) =>
    plain(formOf(Array.from({ length: 30 }, () => file(random, 100))), [413]),
  'with too large a file': (random) =>
    plain(
      formOf([...some(random), { name: 'file', filename: 'none', bytes: randomBytes(600 * KiB) }]),
      [413],
    ),
  'with too large a field': () =>
    plain(formOf([{ name: 'a', value: 'x'.repeat(20 * KiB) }]), [413]),
  'who leaves at each byte': (random, number) => {
    const body = formOf([{ name: 'a', value: 'b' }, file(random, 200), file(random, 200)]);
    return plain(body, ['left'], { leavesAt: number % body.length });
  },
  'who leaves in the middle': (random) => {
    const body = formOf(some(random, 400 * KiB));
    return plain(body, ['left'], { leavesAt: Math.floor(random() * body.length) });
  },
  'who announces more than he sends': (random) => {
    const body = formOf(some(random));
    const more = body.length + 1 + Math.floor(random() * 10_000_000);
    const head = headOf(more);
    return random() < 0.5
      ? plain(body, ['left'], { head, leavesAt: body.length })
      : plain(body, [400, 'closed'], { head, ends: true });
  },
  'who announces less than he sends': (random) => {
    const body = formOf(some(random));
    const less = Math.floor((0.2 + 0.7 * random()) * body.length);
    return plain(body, [400, 'closed'], { head: headOf(less) });
  },
  'who announces gigabytes': (random) => {
    const body = formOf(some(random));
    return plain(body, [413], { head: headOf(2 ** 34) });
  },
  'who sends slowly': (random) => {
    const body = formOf(some(random, 2000));
    return plain(body, [200], { pieces: 1 + Math.floor(random() * 500) });
  },
};

/** Milliseconds after which a request that nobody answers has hung. */
const HUNG = 60_000;

/** Carries out a plan on a connection of its own. */
export async function visit(port: number, plan: Plan): Promise<Ended> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const ended = answerOf(socket);
  socket.on('error', () => {});
  socket.write(plan.head);
  try {
    await send(socket, plan);
    if (plan.leavesAt !== undefined) return 'left';
    if (plan.ends) socket.end();
    return await ended;
  } finally {
    socket.destroy();
  }
}

async function send(socket: Socket, { body, leavesAt = body.length, pieces }: Plan): Promise<void> {
  const size = pieces ?? leavesAt;
  for (let from = 0; from < leavesAt && socket.writable; from += size) {
    const piece = body.subarray(from, Math.min(from + size, leavesAt));
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
    if (pieces !== undefined) await sleep(1);
  }
}

function answerOf(socket: Socket): Promise<Ended> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('hung'), HUNG);
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const [, status] = /^HTTP\/1\.1 (\d+)[\s\S]*\r\n\r\n/.exec(text) ?? [];
      if (status !== undefined && !text.startsWith('HTTP/1.1 1')) resolve(Number(status));
    });
    socket.on('close', () => {
      clearTimeout(timer);
      resolve('closed');
    });
    socket.on('end', () => resolve('closed'));
  });
}
