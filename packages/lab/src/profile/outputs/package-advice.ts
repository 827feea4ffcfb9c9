import type { Advice } from '../profile-format.ts';

/** What a part of giveback/io does in place of a package that is often met. */
const REPLACED: readonly (readonly [packages: readonly string[], part: string])[] = [
  [
    ['busboy', '@fastify/busboy', 'multer', 'formidable', 'multiparty', '@fastify/multipart'],
    '`readForm`',
  ],
  [['body-parser', 'raw-body', 'express'], '`expressBody` or `readBody`'],
  [['fastify', '@fastify/body-parser'], '`fastifyBody`'],
  [
    [
      'co-body',
      'koa-body',
      'koa-bodyparser',
      '@koa/bodyparser',
      'get-stream',
      'concat-stream',
      'into-stream',
      'micro',
    ],
    '`readBody`',
  ],
  [['bl', 'buffer-list'], '`BufferChain`'],
  [['@aws-sdk/lib-storage'], '`streamParts`'],
];

/** Not yours to change, but perhaps yours to replace. */
export function packageAdvice(name: string, what: string): Advice {
  const part = REPLACED.find(([packages]) => packages.includes(name))?.[1];
  if (part !== undefined) {
    const text = `${what}, in node_modules/${name}: not yours; giveback/io's ${part} replaces it`;
    return { kind: 'replace', who: 'you', text };
  }
  if (name === 'giveback') {
    return {
      kind: 'package',
      who: 'nobody',
      text: `${what}: stores that giveback makes and recycles`,
    };
  }
  const text = `${what}, in node_modules/${name}: not yours; it could take a \`BufferPool\``;
  return { kind: 'package', who: 'package', text };
}
