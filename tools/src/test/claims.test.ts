import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { root } from '../document.ts';
import { claims } from '../evidence/claims.ts';
import { items } from '../evidence/items.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8').replaceAll(/\s+/g, ' ');

describe('the claims that the evidence judges', () => {
  for (const { name, says, item } of claims)
    test(`${name}: stands in README.md, and is measured by a quick look`, () => {
      assert.ok(readme.includes(says), `README.md does not say “${says}”`);
      assert.ok(items.find((each) => each.name === item)?.minutes.quick);
    });
});
