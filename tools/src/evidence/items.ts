import { articleExact } from '../article-exact/item.ts';
import { relayHour } from '../relay-hour/item.ts';
import type { Item } from './item.ts';

/** All that is measured for the documents, in the order in which it is. */
// biome-ignore lint/suspicious/noExplicitAny: each takes the result that it made itself
export const items: readonly Item<any>[] = [articleExact, relayHour];

/** Those that were asked for by name, else all but those that take an hour. @throws for a name that is none */
export function itemsCalled(names: readonly string[], isQuick: boolean): readonly Item[] {
  const unknown = names.find((name) => !items.some((item) => item.name === name));
  if (unknown !== undefined) {
    const known = items.map(({ name }) => name).join(', ');
    throw new Error(`Expected names among ${known}, got \`${unknown}\`.`);
  }
  if (names.length > 0) return items.filter(({ name }) => names.includes(name));
  return items.filter(
    ({ onlyByName = false, minutes }) => !onlyByName && (!isQuick || minutes.quick !== undefined),
  );
}
