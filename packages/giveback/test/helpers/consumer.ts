// The library as a user gets it: packed, and installed from the tarball into a project of its own.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const library = fileURLToPath(new URL('../../..', import.meta.url));
const { resolve } = createRequire(import.meta.url);
const windows = process.platform === 'win32';

export interface Outcome {
  readonly status: number | null;
  /** What the command printed, errors included. */
  readonly output: string;
}

/** An empty project that has the packed library in its node_modules. Nothing is downloaded. */
export class Consumer implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'giveback-consumer-'));

  static install(): Consumer {
    const consumer = new Consumer();
    consumer.write('package.json', JSON.stringify({ private: true, type: 'module' }));
    const { folder } = consumer;
    orThrow(run('npm', ['pack', '--silent', '--pack-destination', folder], library, windows));
    const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
    orThrow(run('npm', ['install', '--offline', '--silent', `./${tarball}`], folder, windows));
    return consumer;
  }

  /** A project of its own with the same library: cheaper than to install again. */
  copy(): Consumer {
    const copy = new Consumer();
    cpSync(this.folder, copy.folder, { recursive: true });
    return copy;
  }

  /** The installed library's folder. */
  get library(): string {
    return join(this.folder, 'node_modules', 'giveback');
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  node(...args: string[]): Outcome {
    return run(process.execPath, args, this.folder);
  }

  /** Compiles `file` with nothing taken on trust, the library's declarations included. */
  compile(file: string, options: object): Outcome {
    const compilerOptions = {
      target: 'ES2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
      isolatedModules: true,
      verbatimModuleSyntax: true,
      skipLibCheck: false,
      types: [],
      ...options,
    };
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, files: [file] }));
    const tsc = join(dirname(resolve('typescript/package.json')), 'bin', 'tsc');
    return this.node(tsc, '--project', 'tsconfig.json');
  }

  /** Lends this project the workspace's types of Node; without them it has none. */
  addNodeTypes(): void {
    const types = dirname(dirname(resolve('@types/node/package.json')));
    mkdirSync(join(this.folder, 'node_modules', '@types'), { recursive: true });
    symlinkSync(
      join(types, 'node'),
      join(this.folder, 'node_modules', '@types', 'node'),
      windows ? 'junction' : 'dir',
    );
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function run(command: string, args: string[], cwd: string, shell = false): Outcome {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    shell,
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { status, output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}` };
}

function orThrow({ status, output }: Outcome): void {
  if (status !== 0) throw new Error(`npm failed (${status}): ${output}`);
}
