import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inlineModules } from '../../../src/profile/page/inline-modules.ts';
import { temporaryFolder } from '../../helpers/lab.ts';

function write(files: Readonly<Record<string, string>>): URL {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return pathToFileURL(join(folder, 'main.js'));
}

test('modules become one, each once, and after those that it imports', async () => {
  const main = write({
    'main.js': `import { a } from './a.js';\nimport {\n  b,\n} from './b.js';\nimport './c.js';\nglobalThis.inlined = [a(), b, TOP];\n`,
    'a.js': `import { TOP } from './c.js';\nexport function a() {\n    return TOP + 1;\n}\n`,
    'b.js': `import { TOP } from './c.js';\nexport const b = TOP + 2;\n//# sourceMappingURL=b.js.map\n`,
    'c.js': `/// <reference lib="dom" />\nexport const TOP = 10;\nexport {};\n`,
  });
  const text = inlineModules(main);
  assert.doesNotMatch(text, /^(import|export)\b/m);
  assert.equal(text.split('TOP = 10').length, 2);
  await import(`data:text/javascript,${encodeURIComponent(text)}`);
  assert.deepEqual((globalThis as { inlined?: unknown }).inlined, [11, 12, 10]);
});

test('a module that a page cannot have is an error', () => {
  const main = write({ 'main.js': `import { readFileSync } from 'node:fs';\n` });
  assert.throws(() => inlineModules(main), /imports node:fs, which no page has/);
});

test('names that two modules give to different things are an error', () => {
  const main = write({
    'main.js': `import { a } from './a.js';\nconst COUNT = 1;\n`,
    'a.js': `const COUNT = 2;\nexport function a() {\n    return COUNT;\n}\n`,
  });
  assert.throws(() => inlineModules(main), /COUNT is declared twice/);
});
