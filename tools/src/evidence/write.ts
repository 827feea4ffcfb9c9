// Puts a folder of evidence into README.md and the documents: `npm run evidence:write`, or with a folder and names of
// items: `npm run evidence:write -- evidence/2026-11-27 article`. What the folder does not have stays as it is.
import { parseArgs } from 'node:util';
import { EvidenceFolder } from './folder.ts';
import { items } from './items.ts';
import { noteOf } from './note.ts';

const {
  positionals: [path, ...names],
} = parseArgs({ allowPositionals: true });
const folder = path === undefined ? EvidenceFolder.newest() : new EvidenceFolder(path);
if (folder === undefined) throw new Error('There is no evidence yet: run `npm run evidence`.');
for (const item of items) {
  if (!folder.has(item.name) || (names.length > 0 && !names.includes(item.name))) continue;
  const evidence = folder.read(item.name);
  if (evidence.isQuick)
    throw new Error(`Expected a full measurement of ${item.name}, got a quick one.`);
  item.write(evidence.result, { folder: folder.folderOf(item.name), note: noteOf(evidence) });
  console.error(`Wrote ${item.name} into the documents.`);
}
