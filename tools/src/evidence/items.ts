import { alternatives } from '../items/alternatives/item.ts';
import { article } from '../items/article/item.ts';
import { articleExact } from '../items/article-exact/item.ts';
import { benchmarks, growth } from '../items/benchmarks/item.ts';
import { framesAndMessages } from '../items/frames/item.ts';
import { instructions } from '../items/instructions/item.ts';
import { memories } from '../items/memories/item.ts';
import { profileOverhead } from '../items/profile-overhead/item.ts';
import { profileStory } from '../items/profile-story/item.ts';
import { readme } from '../items/readme/item.ts';
import { relayHour } from '../items/relay-hour/item.ts';
import { replays } from '../items/replay/item.ts';
import { soak } from '../items/soak/item.ts';
import { socketsAndBodies } from '../items/sockets-and-bodies/item.ts';
import { tuning } from '../items/tuning/item.ts';
import { workloads } from '../items/workloads/item.ts';
import { UsageError } from './folder.ts';
import type { Item } from './item.ts';

/** All that is measured for the documents, in the order in which it is. Each writes only what it has measured itself. */
// biome-ignore lint/suspicious/noExplicitAny: every item has a result of its own, which comes back to it alone
export const items: readonly Item<any>[] = [
  readme,
  article,
  ...workloads,
  alternatives,
  socketsAndBodies,
  framesAndMessages,
  memories,
  profileStory,
  replays,
  profileOverhead,
  benchmarks,
  growth,
  instructions,
  tuning,
  relayHour,
  articleExact,
  soak,
];

/** Those that were asked for by name, else all but those that take an hour. @throws for a name that is none */
export function itemsCalled(names: readonly string[], isQuick: boolean): readonly Item[] {
  const unknown = names.find((name) => !items.some((item) => item.name === name));
  if (unknown !== undefined) {
    const known = items.map(({ name }) => name).join(', ');
    throw new UsageError(`Expected names among ${known}, got \`${unknown}\`.`);
  }
  if (names.length > 0) return items.filter(({ name }) => names.includes(name));
  return items.filter(
    ({ onlyByName = false, minutes }) => !onlyByName && (!isQuick || minutes.quick !== undefined),
  );
}
