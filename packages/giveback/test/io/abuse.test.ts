import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '../helpers/random.ts';
import { isSoak } from '../helpers/soak.ts';
import { type Client, clients, honest } from './helpers/abuse/clients.ts';
import { bodyOf, MOST } from './helpers/abuse/content.ts';
import { AbusedServer, type Config, type Report } from './helpers/abuse/protocol.ts';
import { Tally } from './helpers/abuse/tally.ts';
import { type Place, Visit } from './helpers/abuse/visit.ts';
import { Wire } from './helpers/abuse/wire.ts';

// Servers, in processes of their own, and clients of every sort: those who lie about their length, send
// slowly, fall silent, leave in the middle. 1,200 requests; with `GIVEBACK_SOAK=1 npm test -- abuse` it
// is 100,000, and then resident memory must stay flat.
const requests = isSoak ? 100_000 : 1_200;
const rounds = isSoak ? 20 : 2;
const atOnce = 32;

const KiB = 1024;
const MiB = 1024 * KiB;
const servers: Readonly<Record<string, Config>> = Object.fromEntries(
  (['fixed', 'elastic', 'shared'] as const).flatMap((kind) => [
    [kind, { kind, isTight: false, limit: MOST, timeout: 10_000 }],
    [`${kind}, little room`, { kind, isTight: true, limit: MOST, timeout: 100 }],
  ]),
);

/** The names of the clients, each as often as its share says. */
const crowd = Object.entries(clients).flatMap(([name, { share }]) => Array(share).fill(name));

/** Handlers that are lent the body, and treat it as people do. */
const lending = ['echo', 'early', 'twice', 'late', 'transfer', 'take'];

/** A server, and how to visit it. */
async function open(t: TestContext, config: Config): Promise<[AbusedServer, Place]> {
  const server = await AbusedServer.start(config);
  const agent = new Agent({ keepAlive: true });
  t.after(() => {
    agent.destroy();
    return server.close();
  });
  const handlers = ['write', 'answer', 'chain', ...lending];
  return [server, { port: server.port, handlers, agent, silent: [] }];
}

async function visit(place: Place, number: number, { isTight }: Config): Promise<Ending> {
  const visit = new Visit(place, randomFrom(number));
  const name = crowd[visit.upTo(crowd.length)] as string;
  const client = clients[name] as Client;
  const outcome = await client.visit(visit);
  // Where there is no room the server says so, or hangs up on who is still sending.
  const mayEnd = isTight ? [...client.mayEnd, 'refused', 'cut'] : client.mayEnd;
  assert.ok(mayEnd.includes(outcome), `visit ${number}: a client that ${name} is ${outcome}`);
  return [name, outcome];
}
type Ending = Parameters<Tally['add']>;

/** Milliseconds after which what was given has rested. */
const RESTED = 400;

/** The report of a server that has nothing in work any more. */
async function atRest(server: AbusedServer): Promise<Report> {
  for (let turn = 0; ; turn++) {
    const report = await server.report();
    if ((report.open === 0 && report.stats.lent.count === 0) || turn === 500) return report;
    await sleep(10);
  }
}

function assertNothingLost(
  { stats, wrong, open, abandoned, transferred }: Report,
  { kind }: Config,
): void {
  const said = JSON.stringify({ stats, wrong, open, abandoned, transferred });
  const { lent, waiting, leaks = 0, discards } = stats;
  assert.equal(wrong, 0, `bodies that are not what was sent: ${said}`);
  assert.equal(lent.count + waiting + leaks + open, 0, `nothing is lost: ${said}`);
  // Shared memory never comes back that is discarded: there is none that has to be.
  const most = kind === 'shared' ? 0 : abandoned + transferred;
  assert.ok(
    discards >= transferred && discards <= most,
    `what may be in use is discarded, and nothing else: ${said}`,
  );
}

async function assertServes(place: Place): Promise<void> {
  const { visit } = honest['announces what it sends'] as Client;
  for (let number = 0; number < 10; number++)
    assert.equal(await visit(new Visit(place, randomFrom(number))), 'served');
}

/** Hardly higher in the second half than in the first. */
function assertFlat(t: TestContext, reports: readonly Report[]): void {
  const middle = (of: 'rss' | 'arrayBuffers', some: readonly Report[]): number => {
    const sorted = some.map((report) => report[of]).sort((a, b) => a - b);
    return Math.round((sorted[Math.floor(sorted.length / 2)] as number) / MiB);
  };
  const [first, second] = [reports.slice(0, rounds / 2), reports.slice(rounds / 2)];
  const buffers = [middle('arrayBuffers', first), middle('arrayBuffers', second)] as const;
  const resident = [middle('rss', first), middle('rss', second)] as const;
  t.diagnostic(
    `MiB in array buffers: ${buffers.join(', then ')}; resident: ${resident.join(', then ')}`,
  );
  if (!isSoak) return;
  assert.ok(buffers[1] < buffers[0] + 16, 'the bytes of array buffers are flat');
  // Servers without recycled memory grow as much at first, on Node 26 by a third in 40,000 requests.
  assert.ok(resident[1] < 1.25 * resident[0], 'resident memory is flat');
}

for (const [index, [name, config]] of Object.entries(servers).entries())
  test(`${name}: a server that is abused loses nothing, and serves on`, async (t) => {
    const [server, place] = await open(t, config);
    const share = requests / Object.keys(servers).length;
    const tally = new Tally();
    const reports: Report[] = [];
    let number = index * share;
    for (let round = 1; round <= rounds; round++) {
      const end = (index + round / rounds) * share;
      const comeAndGo = async (): Promise<void> => {
        while (number < end) tally.add(...(await visit(place, number++, config)));
      };
      await Promise.all(Array.from({ length: atOnce }, comeAndGo));
      for (const wire of place.silent.splice(0)) wire.leave();
      const report = await atRest(server);
      assertNothingLost(report, config);
      reports.push(report);
    }
    // In a small budget what was given a moment ago leaves no room for other sizes, and waits end soon here.
    await sleep(RESTED);
    await assertServes(place);
    const names = Object.keys(honest);
    const [served, asked] = [tally.count(names, 'served'), tally.count(names)];
    const { bodies } = reports.at(-1) as Report;
    t.diagnostic(`${served} of ${asked} honest clients served; bodies: ${JSON.stringify(bodies)}`);
    assert.ok(served >= (config.isTight ? 0.5 : 1) * asked);
    if (isSoak) t.diagnostic(tally.toString());
    assertFlat(t, reports);
  });

for (const kind of ['fixed', 'elastic', 'shared'] as const)
  test(`${kind}: who announces gigabytes reserves no more than twice what he sends`, async (t) => {
    const config = { kind, isTight: false, limit: 2 ** 34, timeout: 1000 };
    const [server, place] = await open(t, config);
    const reserved = async (): Promise<number> => (await server.report()).stats.lent.bytes;
    const random = randomFrom(7);
    const wires = Array.from({ length: 200 }, () => new Wire(place.port));
    const announce = async (wire: Wire, number: number): Promise<void> => {
      const path = number % 2 === 0 ? '/write/1/1' : '/answer/1/1';
      await wire.send(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 ** 33}\r\n\r\n`);
    };
    await Promise.all(wires.map(announce));
    await sleep(50);
    assert.equal(await reserved(), 0, 'for who sends nothing, nothing is reserved');
    let sent = 0;
    let isOver = false;
    const attack = async (wire: Wire): Promise<void> => {
      const bytes = bodyOf(1, Math.floor(random() * 700 * KiB));
      sent += bytes.length;
      await wire.send(bytes);
    };
    // The next larger of these shared blocks are eight times as large, and the least has 64 KiB.
    const [factor, least] = kind === 'shared' ? [8, 64 * KiB] : [2, 4 * KiB];
    const attacking = Promise.all(wires.slice(100).map(attack)).finally(() => {
      isOver = true;
    });
    for (let turn = 0; !isOver || turn < 20; turn++) {
      const bytes = await reserved();
      assert.ok(bytes <= factor * sent + 100 * least, `${bytes} reserved for ${sent}`);
      await sleep(5);
    }
    await attacking;
    await assertServes(place);
    for (const wire of wires) wire.leave();
    assertNothingLost(await atRest(server), config);
  });
