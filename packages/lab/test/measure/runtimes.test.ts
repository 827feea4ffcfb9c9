import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../src/core/errors.ts';
import { findRuntime } from '../../src/measure/runtimes.ts';

const { node } = process.versions;
const [major] = node.split('.');

test('node is the one we run on, also by its version or its path', async () => {
  for (const asked of ['node', `node@${major}`, `node@${node}`, process.execPath]) {
    const runtime = await findRuntime(asked);
    assert.deepEqual(runtime, { asked, kind: 'node', path: process.execPath });
  }
});

test('what is no runtime is refused', async () => {
  for (const asked of ['rhino', 'node@', 'node 24', './nowhere', '/', '/etc/passwd', '/bin/ls']) {
    await assert.rejects(findRuntime(asked), UsageError, asked);
  }
});
