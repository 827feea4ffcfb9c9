import { type TestContext, test } from 'node:test';
import { isSoak } from '../helpers/soak.ts';
import { Exploration } from './helpers/explore.ts';
import {
  Actors,
  type Beginning,
  countTransfers,
  DEAD,
  type Hand,
  type Program,
  programs,
  type Task,
} from './helpers/programs.ts';
import { makeMemory, SimulatedThread } from './helpers/simulated.ts';

// Every order of the steps of two and of three threads, of which each does what its program says: each
// transfer that there is, beside each other. What is explored with GIVEBACK_SOAK=1 stands in docs/threads.md.

const OTHERS: readonly Beginning[] = ['former', 'fresh'];

function tasks(beginnings: readonly Beginning[], length: number): Task[] {
  return beginnings.flatMap((beginning) =>
    programs(beginning, length).map((program) => ({ program, beginning })),
  );
}

const sum = { explorations: 0, states: 0, schedules: 0, largest: 0 };

/** Of so many blocks: of one, that the owner has, or of one more. A further one is the dead thread's. */
function explore(
  tasks: readonly Task[],
  blocks: number,
  preemptions = Infinity,
): Exploration<Hand> {
  const doReclaim = tasks.some(({ program }) => program.join().match(/reclaim|dead/));
  const memory = makeMemory(blocks + Number(doReclaim));
  if (doReclaim) new SimulatedThread(memory, DEAD).take();
  const actors = new Actors();
  for (const { program, beginning } of tasks) actors.add(program, beginning);
  const exploration = new Exploration(memory, actors.list, { preemptions });
  let before = 0;
  exploration.onPrepared = () => {
    before = countTransfers(memory);
  };
  try {
    exploration.run((ending) => actors.check(ending, before));
  } catch (error) {
    const what = tasks.map(({ program, beginning }) => `${beginning}: ${program}`).join(' | ');
    throw new Error(`${blocks} blocks, ${what}`, { cause: error });
  }
  sum.explorations++;
  sum.states += exploration.states;
  sum.schedules += exploration.schedules;
  sum.largest = Math.max(sum.largest, exploration.states);
  return exploration;
}

function report(t: TestContext, run: () => void): void {
  Object.assign(sum, { explorations: 0, states: 0, schedules: 0, largest: 0 });
  const from = performance.now();
  run();
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  const { explorations, states, schedules, largest } = sum;
  t.diagnostic(
    `${explorations} explorations, ${states} states (${largest} at most), ${schedules.toPrecision(3)} schedules, ${seconds} s`,
  );
}

/** The one that has a lease comes last, so that the others have given all blocks before. */
function exploreTwo(owner: number, other: number): void {
  for (const blocks of [1, 2])
    for (const one of tasks(['owner'], owner))
      for (const two of tasks(OTHERS, other)) explore([two, one], blocks);
}

/** Every two of the others beside every owner. */
function exploreThree(owners: readonly Task[], others: readonly Task[], preemptions: number): void {
  for (const blocks of [1, 2])
    for (const one of owners)
      for (const [index, two] of others.entries())
        for (const three of others.slice(index)) explore([two, three, one], blocks, preemptions);
}

const isTransfer = ({ program }: Task): boolean =>
  !/wait|reclaim|dead|exit|close/.test(program.join());

const owners: Program[] = [
  ['give', 'get'],
  ['resize', 'give'],
  ['send', 'adopt', 'give'],
  ['resize', 'send', 'adopt'],
];
const others: Program[] = [
  ['get', 'give'],
  ['adopt', 'give'],
  ['adopt', 'send'],
  ['get', 'send'],
  ['adopt', 'resize'],
];

test('two threads, an operation each', (t) => report(t, () => exploreTwo(1, 1)));

test('three threads, a get, give, hand-over, adoption, resize or discard each', (t) =>
  report(t, () =>
    exploreThree(
      tasks(['owner'], 1).filter(isTransfer),
      tasks(['former'], 1).filter(isTransfer),
      Infinity,
    ),
  ));

if (isSoak) {
  test('two threads, two operations of the owner', (t) => report(t, () => exploreTwo(2, 1)));

  test('two threads, two operations of the other', (t) => report(t, () => exploreTwo(1, 2)));

  test('three threads, an operation each, two interruptions', (t) =>
    report(t, () => exploreThree(tasks(['owner'], 1), tasks(OTHERS, 1), 2)));

  test('three threads, two or three operations each', (t) =>
    report(t, () => {
      const withBeginning = (all: Program[], beginning: Beginning) =>
        all.map((program) => ({ program, beginning }));
      exploreThree(withBeginning(owners, 'owner'), withBeginning(others, 'former'), Infinity);
    }));
}
