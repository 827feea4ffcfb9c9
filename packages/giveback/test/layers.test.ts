import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brokenRules } from './helpers/imports.ts';
import { bench, lab, library } from './helpers/layers.ts';

const home = fileURLToPath(new URL('../..', import.meta.url));
const workspace = join(home, '..', '..');

describe('the layers of the library', () => {
  test('imports point down, in no circle, and leave the library only where they may', () => {
    assert.deepEqual(brokenRules(readSources(join(home, 'src')), library), []);
  });

  test('nothing is needed at run time', () => {
    const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    assert.deepEqual(manifest.dependencies ?? {}, {});
    assert.deepEqual(manifest.optionalDependencies ?? {}, {});
    for (const peer of Object.keys(manifest.peerDependencies ?? {})) {
      assert.equal(manifest.peerDependenciesMeta?.[peer]?.optional, true, `${peer} is optional`);
    }
  });
});

describe('the layers around the library', () => {
  for (const [name, folder, layers] of [
    ['lab', join(workspace, 'packages', 'lab'), lab],
    ['bench', join(workspace, 'bench'), bench],
  ] as const)
    test(`of the ${name}: imports point down, in no circle`, () => {
      const sources = readSources(join(folder, 'src'));
      assert.ok(sources.size > 30);
      assert.deepEqual(brokenRules(sources, layers), []);
    });
});

describe('the checker of layers', () => {
  const clean = {
    'index.ts': `export { Recycler } from './objects/recycler.ts';\nexport type { Stats } from './core/stats.ts';`,
    'objects/recycler.ts': `import { Ownership } from './ownership.ts';\nimport type { Stats } from '../core/stats.ts';`,
    'objects/ownership.ts': `// import './recycler.ts'\nconst text = "import './recycler.ts'";`,
    'core/stats.ts': `import { now } from './platform.ts';`,
    'core/platform.ts': '',
    'io/body.ts': `import { Recycler } from '../objects/recycler.ts';\nimport { open } from 'node:fs';`,
    'metrics/prometheus.ts': `import type { Registry } from 'prom-client';`,
  };

  test('finds nothing in a clean tree', () => {
    assert.deepEqual(check({}), []);
  });

  const upwards = 'core/stats.ts imports upwards: objects/ownership.ts';
  const cases: [what: string, change: Record<string, string>, complaint: string][] = [
    [
      'an import upwards',
      { 'core/stats.ts': `import { Ownership } from '../objects/ownership.ts';` },
      upwards,
    ],
    [
      'an import upwards of a type',
      { 'core/stats.ts': `import type { Ownership } from '../objects/ownership.ts';` },
      upwards,
    ],
    [
      'a type imported upwards in passing',
      { 'core/stats.ts': `export type Kept = import('../objects/ownership.ts').Ownership;` },
      upwards,
    ],
    ['an export upwards', { 'core/stats.ts': `export * from '../objects/ownership.ts';` }, upwards],
    [
      'a subpath among the public names of the core',
      { 'index.ts': `export { readBody } from './io/body.ts';` },
      'index.ts imports upwards: io/body.ts',
    ],
    [
      'an import upwards within a folder',
      {
        'io/body/read.ts': '',
        'io/chunks/loop.ts': `import { read } from '../body/read.ts';`,
      },
      'io/chunks/loop.ts imports upwards: io/body/read.ts',
    ],
    [
      'a circle within a floor',
      { 'objects/ownership.ts': `import { Recycler } from './recycler.ts';` },
      'circle: objects/recycler.ts → objects/ownership.ts → objects/recycler.ts',
    ],
    [
      'a file that imports itself',
      { 'objects/ownership.ts': `import type { Ownership } from './ownership.ts';` },
      'circle: objects/ownership.ts → objects/ownership.ts',
    ],
    [
      'a Node module in the core',
      { 'core/platform.ts': `import process from 'node:process';` },
      'core/platform.ts may not import node:process',
    ],
    [
      'a Node module loaded later in the core',
      { 'core/platform.ts': `const later = () => import('node:process');` },
      'core/platform.ts may not import node:process',
    ],
    [
      "Node's types in the core",
      { 'core/platform.ts': `/// <reference types="node" />` },
      'core/platform.ts may not import types:node',
    ],
    [
      'a dependency',
      { 'io/body.ts': `import undici from 'undici';` },
      'io/body.ts may not import undici',
    ],
    [
      'the lab, by name',
      { 'io/body.ts': `import { run } from 'giveback-lab';` },
      'io/body.ts may not import giveback-lab',
    ],
    [
      'the lab, by path',
      { 'io/body.ts': `import { run } from '../../../lab/src/cli.ts';` },
      'io/body.ts imports ../../../lab/src/cli.ts, not a file of src',
    ],
    [
      'a file that nobody placed',
      { 'utils.ts': '' },
      'utils.ts is on no floor of the table in test/helpers/layers.ts',
    ],
  ];
  for (const [what, change, complaint] of cases) {
    test(`finds ${what}`, () => assert.deepEqual(check(change), [complaint]));
  }

  function check(change: Record<string, string>): string[] {
    return brokenRules(new Map(Object.entries({ ...clean, ...change })), library);
  }
});

function readSources(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    files
      .filter((file) => /\.c?ts$/.test(file))
      .map((file) => [file.replaceAll('\\', '/'), readFileSync(join(folder, file), 'utf8')]),
  );
}
