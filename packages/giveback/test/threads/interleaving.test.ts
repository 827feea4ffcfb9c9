import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DISCARDED } from '../../src/threads/memory/block-state.ts';
import { type Ending, Exploration } from './helpers/explore.ts';
import {
  Actors,
  BLOCKS,
  countOnTheirWay,
  countTransfers,
  type Program,
} from './helpers/programs.ts';
import { makeMemory, owners, SimulatedThread } from './helpers/simulated.ts';

// Every order of the steps of two and of three threads, of which each does what its program says. A step is
// an access to shared memory that other threads may write. The bound is the length of the programs: up to
// three operations of two threads, one or two of three threads. Three threads with longer programs
// interrupt each other once at most, and as often as they like with GIVEBACK_SOAK=1, which takes minutes.

const isSoak = process.env.GIVEBACK_SOAK === '1';

/** What is lent is held by exactly one, or on its way; all else can be got. */
function checkAll(actors: Actors, ending: Ending, before: number): void {
  const { memory } = ending;
  const hands = actors.handsOf(ending);
  const held = hands.flatMap((hand) => hand.held);
  assert.equal(new Set(held.map(({ byteOffset }) => byteOffset)).size, held.length, 'a block each');
  const made = hands.reduce((sum, { transfers }) => sum + transfers, before);
  assert.equal(countTransfers(memory), made, 'every transfer has a number of its own');
  const all = owners(memory);
  const discarded = all.filter((owner) => owner === DISCARDED).length;
  const lent = all.filter((owner) => owner !== 0).length - discarded;
  assert.equal(lent, held.length + countOnTheirWay(ending), 'what is lent is somebody’s');
  const other = new SimulatedThread(memory, 50);
  assert.equal(other.countIdle(), BLOCKS - lent - discarded, 'all that is idle can be got');
}

const owning: Program[] = [['give'], ['send'], ['resize'], ['discard'], ['send', 'adopt']];
const others: Program[] = [['get'], ['adopt']];

const longer: [Program[], Program[]] = [
  [
    ['give', 'get'],
    ['resize', 'give'],
    ['send', 'adopt', 'give'],
    ['resize', 'send', 'adopt'],
  ],
  [
    ['get', 'give'],
    ['adopt', 'give'],
    ['adopt', 'send'],
    ['get', 'send'],
    ['adopt', 'resize'],
  ],
];

function exploreAll(owner: Program, rest: readonly Program[], preemptions: number): void {
  const actors = new Actors();
  // The owner gets its lease when the others have remembered both blocks.
  for (const program of rest) actors.add(program, false);
  actors.add(owner, true);
  const memory = makeMemory(BLOCKS);
  const exploration = new Exploration(memory, actors.list, preemptions);
  let before = 0;
  exploration.onPrepared = () => {
    before = countTransfers(memory);
  };
  exploration.run((ending) => checkAll(actors, ending, before));
}

for (const one of [...owning, ...longer[0]]) {
  const rest = [...others, ...longer[1]];
  test(`${one.join(', ')}, beside a thread that does anything`, () => {
    for (const two of rest) exploreAll(one, [two], Infinity);
  });
  test(`${one.join(', ')}, beside two threads that do anything`, () => {
    for (const [index, two] of rest.entries())
      for (const three of rest.slice(index)) {
        const isShort = [one, two, three].every((program) => !longer.flat().includes(program));
        exploreAll(one, [two, three], isShort || isSoak ? Infinity : 1);
      }
  });
}
