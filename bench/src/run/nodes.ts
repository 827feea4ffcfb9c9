import { answerOf, findRuntime } from 'giveback-lab/measure';

/** A Node to measure on. */
export interface InstalledNode {
  readonly path: string;
  readonly version: string;
  readonly v8: string;
}

/**
 * Finds the Node that `asked` means: `node`, `node@24` or a path. A version that is not installed comes from npm.
 *
 * @throws an error of one sentence, if there is none.
 */
export async function findNode(asked: string): Promise<InstalledNode> {
  const { path, kind } = await findRuntime(asked);
  if (kind !== 'node') throw new Error(`Expected --runtime to be a Node, got ${asked}.`);
  const outcome = await answerOf<NodeJS.ProcessVersions>(path, [
    '-p',
    'JSON.stringify(process.versions)',
  ]);
  if ('failure' in outcome) throw new Error(`Could not run ${asked}: ${outcome.failure}.`);
  const { node: version, v8 } = outcome.answer;
  return { path, version, v8 };
}
