// Measures what README.md and the documents quote, on every runtime that is found, into a dated folder: `npm run
// evidence`. It may be interrupted, and goes on where it was. `npm run evidence -- article uploads` measures some;
// `-- --quick` in ten minutes what the beginning of README.md claims; `npm run evidence:write` puts the newest folder
// into the documents.
import { parseArgs } from 'node:util';
import { EvidenceFolder } from './folder.ts';
import type { Item } from './item.ts';
import { itemsCalled } from './items.ts';
import { measureItems } from './measure-items.ts';
import { orRefuse } from './or-refuse.ts';
import { foundRuntimes } from './runtimes.ts';
import { showClaims } from './show-claims.ts';

await orRefuse(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, out: { type: 'string' } },
  });
  const isQuick = values.quick;
  const items: readonly Item[] = itemsCalled(positionals, isQuick);
  const folder =
    values.out === undefined
      ? EvidenceFolder.ofDay(new Date(), isQuick)
      : EvidenceFolder.at(values.out);
  const isWhole = await measureItems(items, folder, { isQuick, runtimes: await foundRuntimes() });
  const areConfirmed = positionals.length > 0 || showClaims(folder);
  process.exitCode = isWhole && areConfirmed ? 0 : 1;
});
