// The clients of one side, in a process of their own: they send bodies of all forms at the pace they are told, and
// look at every byte that comes back.
import { Agent, type ClientRequest, type IncomingMessage, request as open } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Content } from './content.ts';
import { codeOf, Faults } from './faults.ts';
import { Pace, sizeFrom } from './pace.ts';
import { type ClientEnd, type ClientSettings, LIMIT, Tally } from './settings.ts';

const { seed, perSecond, ports } = JSON.parse(process.argv[2] as string) as ClientSettings;
const content = new Content();
const faults = new Faults();
const outcomes = new Tally();
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

const FORMS = ['length', 'chunked', 'slow', 'empty', 'large', 'leaves', 'deaf', 'none', 'raw'];
const SHARES = [0.28, 0.22, 0.05, 0.04, 0.04, 0.08, 0.04, 0.15, 0.1];
const TAKING = ['read', 'express', 'take', 'growing', 'chain', 'web', 'fastify'];
const SENDING = ['bytes', 'file', 'pump'];
const POOLS = ['fixed', 'elastic', 'shared'];

interface Visit {
  readonly form: string;
  readonly handler: string;
  readonly seed: number;
  readonly length: number;
  readonly random: () => number;
}

async function visit(random: () => number): Promise<void> {
  const form = pick(FORMS, random, SHARES);
  const handler = pick(form === 'none' ? SENDING : TAKING, random);
  const pool = pick(POOLS, random);
  const visit = {
    form,
    handler,
    seed: Math.floor(random() * 2 ** 32),
    length: lengthFor(form, random),
    random,
  };
  try {
    const outcome = form === 'raw' ? await echo(visit) : await ask(visit, pool);
    outcomes.add(`${form}: ${outcome}`);
    if (!mayEnd(form, handler).includes(outcome))
      faults.count('unexpected', 1, `${form} ${pool} ${handler} ${visit.length}: ${outcome}`);
  } catch (error) {
    faults.unexpected(`client ${form}`, error);
  }
}

/** Where nothing limits a body, one that is too large is served. */
function mayEnd(form: string, handler: string): readonly string[] {
  if (form === 'leaves' || form === 'deaf') return ['left', 'served'];
  // A chain does not wait for room, so it answers at once that there is none, and hangs up on who still sends.
  const mayRefuse = handler === 'chain' ? ['503', 'cut'] : ['503'];
  if (form !== 'large' || ['web', 'chain'].includes(handler)) return ['served', ...mayRefuse];
  return ['413', 'cut'];
}

function lengthFor(form: string, random: () => number): number {
  if (form === 'empty') return 0;
  if (form === 'large') return LIMIT + 1 + Math.floor(random() * LIMIT);
  return sizeFrom(random, 1, LIMIT);
}

function pick<T>(some: readonly T[], random: () => number, shares?: readonly number[]): T {
  let left = random();
  const at = some.findIndex((_, index) => {
    left -= shares?.[index] ?? 1 / some.length;
    return left < 0;
  });
  return some.at(at) as T;
}

async function ask(visit: Visit, pool: string): Promise<string> {
  const { form, handler, seed, length } = visit;
  const method = form === 'none' ? 'GET' : 'POST';
  const announces = form === 'length' || form === 'empty' || (form !== 'chunked' && seed % 2 === 0);
  const request = open({
    port: handler === 'fastify' ? ports.fastify : ports.http,
    host: '127.0.0.1',
    agent,
    method,
    path: `/${pool}/${handler}/${seed}/${length}`,
    headers: {
      'content-type': 'application/octet-stream',
      ...(method === 'POST' && announces && { 'content-length': length }),
    },
  });
  const answered = answerTo(request, visit);
  if (method === 'POST') await sendBody(request, visit);
  else request.end();
  return answered;
}

async function sendBody(request: ClientRequest, visit: Visit): Promise<void> {
  const { form, seed, length, random } = visit;
  const body = content.bytes(seed, length);
  const stop = form === 'leaves' ? Math.floor(random() * length) : length;
  const step = Math.max(1, Math.ceil(length / (1 + Math.floor(random() * 8))));
  for (let at = 0; at < stop && !request.destroyed; at += step) {
    const part = body.subarray(at, Math.min(stop, at + step));
    if (!request.write(part))
      await Promise.race([happens(request, 'drain'), happens(request, 'close')]);
    if (form === 'slow') await sleep(random() * 300);
  }
  if (form === 'leaves') request.destroy();
  else request.end();
}

function happens(emitter: ClientRequest, event: string): Promise<unknown> {
  return new Promise((resolve) => emitter.once(event, resolve));
}

function answerTo(request: ClientRequest, visit: Visit): Promise<string> {
  return new Promise((resolve) => {
    request.on('response', (response) => {
      if (visit.form === 'deaf') {
        request.destroy();
        resolve('left');
      } else receive(response, visit).then(resolve, () => resolve('cut in the answer'));
    });
    request.on('error', (error) => {
      if (visit.form === 'leaves' || visit.form === 'deaf') resolve('left');
      else if (['ECONNRESET', 'EPIPE'].includes(codeOf(error))) resolve('cut');
      else resolve(codeOf(error));
    });
  });
}

async function receive(response: IncomingMessage, { seed, length }: Visit): Promise<string> {
  const isServed = response.statusCode === 200;
  const received = await countRight(response, seed, isServed ? length : 0, isServed);
  if (isServed && received < length)
    faults.count('wrongBytes', length - received, 'answer too short');
  return isServed ? 'served' : `${response.statusCode}`;
}

/** Looks at all that comes. @returns how much came. */
async function countRight(
  chunks: AsyncIterable<Uint8Array>,
  seed: number,
  length: number,
  isLookedAt = true,
): Promise<number> {
  const right = content.bytes(seed, length);
  let at = 0;
  for await (const chunk of chunks) {
    if (isLookedAt && !right.subarray(at, at + chunk.length).equals(chunk))
      faults.count('wrongBytes', chunk.length, `answer at ${at} of ${length}`);
    at += chunk.length;
  }
  return at;
}

async function echo({ seed, length, random }: Visit): Promise<string> {
  const socket = connect(ports.echo, '127.0.0.1');
  const body = content.bytes(seed, length);
  const step = Math.max(1, Math.ceil(length / (1 + Math.floor(random() * 8))));
  const received = countRight(socket, seed, length);
  for (let at = 0; at < length; at += step) {
    socket.write(body.subarray(at, at + step));
    await sleep(random() * 10);
  }
  socket.end();
  return (await received) === length ? 'served' : 'cut';
}

const pace = new Pace({ seed, perSecond, most: 60, operate: visit });
process.on('message', async () => {
  await pace.stop();
  agent.destroy();
  outcomes.add('requests skipped', pace.skipped);
  const end: ClientEnd = {
    faults: faults.counts,
    notes: faults.notes,
    outcomes: outcomes.counts,
  };
  process.send?.(end, () => process.disconnect());
});
process.on('disconnect', () => process.exit());
