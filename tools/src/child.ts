import { fileURLToPath } from 'node:url';
import { answerOf, findRuntime } from 'giveback-lab/measure';

/** What a program prints as JSON; throws where it fails: no table has a hole. */
export async function answer<A>(path: string, args: readonly string[]): Promise<A> {
  const outcome = await answerOf<A>(path, args);
  if ('answer' in outcome) return outcome.answer;
  throw new Error(`${path} ${args.join(' ')}: ${outcome.failure}`);
}

/** The program that lies beside the module that names it: `programBeside(import.meta.url, 'socket')`. */
export function programBeside(url: string, name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, url));
}

/** The paths of runtimes such as `node@24`, which are fetched where they are missing. */
export async function pathsOf(runtimes: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  for (const asked of runtimes) paths.push((await findRuntime(asked)).path);
  return paths;
}
