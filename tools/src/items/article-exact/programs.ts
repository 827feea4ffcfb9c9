import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findRuntime, runProgram } from 'giveback-lab/measure';
import { runTrial } from 'giveback-lab/run';
import { article } from 'giveback-lab/workloads/article';
import { root } from '../../document.ts';

/** One program of the article's experiment, at its own pace: what to run, and how it is called. */
export interface Program {
  /** `go`, or a runtime of the lab such as `node@20`. */
  readonly on: string;
  readonly strategy: string;
}

/** What a program has printed. */
export interface Printed extends Program {
  /** `Go 1.19.8`, `Node 20.20.2`. */
  readonly runtime: string;
  /** The article's lines. */
  readonly csv: string;
}

const SEED = 2013;
const SOURCE = join(root, 'tools', 'src', 'items', 'article-exact', 'article.go');
const STRATEGIES = { go: ['none', 'channel', 'recycler'], lab: article.usual } as const;

/** Go's three programs, and the lab's four on each runtime. */
export function programsOn(runtimes: readonly string[]): Program[] {
  return ['go', ...runtimes].flatMap((on) =>
    (on === 'go' ? STRATEGIES.go : STRATEGIES.lab).map((strategy) => ({ on, strategy })),
  );
}

/** Compiles the Go program into a folder. @throws without a Go compiler. */
export function compileGo(folder: string): string {
  const program = join(folder, 'article');
  const { error, status } = spawnSync('go', ['build', '-o', program, SOURCE], { stdio: 'inherit' });
  if (error || status !== 0)
    throw new Error('Expected a Go compiler, as `apt-get install golang-go` brings it.');
  return program;
}

export async function runArticle(
  { on, strategy }: Program,
  go: string,
  { ticks, tickMs }: { readonly ticks: number; readonly tickMs: number },
): Promise<Printed> {
  if (on === 'go') {
    const { exitCode, stdout } = await runProgram(go, [strategy, String(ticks), String(tickMs)]);
    if (exitCode !== 0) throw new Error(`${strategy} in Go failed with exit code ${exitCode}.`);
    return { on, strategy, runtime: goVersion(), csv: stdout };
  }
  const settings = article.settings({ ticks, tick: tickMs });
  const { signal } = new AbortController();
  const spec = { ...settings, workload: 'article', strategy, seed: SEED };
  const { trial, csv } = await runTrial(spec, await findRuntime(on), { signal });
  if (trial.status !== 'finished')
    throw new Error(`${strategy} on ${on} failed: ${trial.failure?.reason}`);
  const name = trial.runtime.name;
  const runtime = `${name === 'node' ? 'Node' : name === 'bun' ? 'Bun' : 'Deno'} ${trial.runtime.version}`;
  return { on, strategy, runtime, csv };
}

function goVersion(): string {
  const { stdout } = spawnSync('go', ['version'], { encoding: 'utf8' });
  return `Go ${/go(\d+(?:\.\d+)+)/.exec(stdout)?.[1] ?? ''}`;
}
