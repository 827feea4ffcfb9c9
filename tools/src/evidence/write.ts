// Puts a folder of evidence into README.md and the documents: `npm run evidence:write`, or with a folder and names of
// items: `npm run evidence:write -- evidence/2026-11-27 article`. What the folder does not have stays as it is.
import { parseArgs } from 'node:util';
import { EvidenceFolder, UsageError } from './folder.ts';
import { items, itemsCalled } from './items.ts';
import { noteOf } from './note.ts';
import { orRefuse } from './or-refuse.ts';

await orRefuse(() => {
  const {
    positionals: [path, ...names],
  } = parseArgs({ allowPositionals: true });
  const folder = path === undefined ? EvidenceFolder.newest() : new EvidenceFolder(path);
  if (folder === undefined)
    throw new UsageError('There is no evidence yet: run `npm run evidence`.');
  const asked = names.length > 0 ? itemsCalled(names, false) : items;
  const there = asked.filter(({ name }) => folder.has(name));
  const missing = names.filter((name) => !folder.has(name));
  if (there.length === 0 || missing.length > 0)
    throw new UsageError(
      `Expected evidence in ${folder.path}, found none of ${missing.join(', ') || 'any item'}.`,
    );
  const quick = there.find(({ name }) => folder.read(name).isQuick);
  if (quick !== undefined)
    throw new UsageError(`Expected a full measurement of ${quick.name}, got a quick one.`);
  for (const item of there) {
    const evidence = folder.read(item.name);
    item.write(evidence.result, { folder: folder.folderOf(item.name), note: noteOf(evidence) });
    console.error(`Wrote ${item.name} into the documents.`);
  }
});
