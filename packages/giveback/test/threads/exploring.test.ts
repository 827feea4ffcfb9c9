import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WAKE_UPS } from '../../src/threads/memory/layout.ts';
import { type Actor, Exploration, sleepWhile } from './helpers/explore.ts';
import { Actors, type Program } from './helpers/programs.ts';
import { makeMemory } from './helpers/simulated.ts';

// The explorer itself: that it tries every order, and leaves out none that ends otherwise.

/** How often two actors that each add to one word, in two steps, have added. */
function addTwice(preemptions: number): Exploration<void> & { sums?: Set<number> } {
  const sums = new Set<number>();
  const add = (id: number): Actor<void> => ({
    id,
    act: (_, __, mail) => {
      mail[0] = (mail[0] as number) + 1;
    },
  });
  const exploration = new Exploration<void>(makeMemory(1), [add(1), add(2)], { preemptions });
  exploration.run(({ mail }) => sums.add(mail[0] as number));
  return Object.assign(exploration, { sums });
}

test('it finds a lost update, by an interruption, and counts the orders', () => {
  assert.deepEqual(addTwice(0).sums, new Set([2]));
  const all = addTwice(Infinity);
  assert.deepEqual(all.sums, new Set([1, 2]));
  // Of two reads and two writes, each read before its write: 4! / (2! 2!).
  assert.equal(all.schedules, 6);
});

test('it finds a death between two writes, and who would sleep for ever', () => {
  const seen = new Set<string>();
  const writer: Actor<void> = {
    id: 1,
    isMortal: true,
    act: (thread, _, mail) => {
      mail[0] = 1;
      Atomics.add(thread.memory.words, WAKE_UPS, 1);
      mail[1] = 1;
    },
  };
  const sleeper: Actor<void> = {
    id: 2,
    act: (thread, _, mail) => {
      sleepWhile(thread.memory.words, WAKE_UPS, 0);
      mail[2] = 1;
    },
  };
  const exploration = new Exploration<void>(makeMemory(1), [writer, sleeper]);
  exploration.run(({ mail, hasDied }) => seen.add(`${mail.slice(0, 3)} ${hasDied(0)}`));
  assert.deepEqual(seen, new Set(['0,0,0 true', '1,0,0 true', '1,0,1 true', '1,1,1 false']));
});

const programs: Program[][] = [
  [['give'], ['get']],
  [['give'], ['wait']],
  [['send'], ['adopt']],
  [['resize', 'give'], ['get']],
  [
    ['send', 'adopt', 'give'],
    ['adopt', 'give'],
  ],
  [['exit', 'give'], ['get']],
  [['give'], ['get'], ['adopt']],
];
for (const [owner = [], ...others] of programs)
  test(`${[owner, ...others].join(' | ')} ends in the same ways, whether or not every access is a step`, () => {
    const counts: number[] = [];
    const ends = [false, true].map((everyAccess) => {
      const found = new Set<string>();
      const actors = new Actors();
      for (const program of others) actors.add(program, 'former');
      actors.add(owner, 'owner');
      const memory = makeMemory(1);
      const exploration = new Exploration(memory, actors.list, { everyAccess });
      exploration.run((ending) => {
        const hands = actors.handsOf(ending);
        const held = hands.map((hand) => [hand.held.length, hand.transfers, hand.isAsleep]);
        // Not the line that makes one recycler different from another.
        found.add(`${memory.words.slice(16)} ${held}`);
      });
      counts.push(exploration.schedules);
      return found;
    });
    assert.deepEqual(ends[0], ends[1]);
    assert.ok((counts[0] as number) < (counts[1] as number), `${counts} schedules`);
  });
