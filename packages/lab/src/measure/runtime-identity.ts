/** Which runtime a process runs on, as the runtime reports itself. */
export interface RuntimeIdentity {
  readonly name: string;
  readonly version: string;
  /** The JavaScript engine, which decides when garbage is collected: `V8 11.3.244.8`. */
  readonly engine: string;
}

export function currentRuntime(): RuntimeIdentity {
  // `process.versions` of Bun and Deno also has the version of Node that they are compatible with.
  const { bun, deno, node, v8, webkit } = process.versions;
  const [name, version] = bun ? ['bun', bun] : deno ? ['deno', deno] : ['node', node];
  const engine = bun ? `JavaScriptCore ${webkit?.slice(0, 12) ?? ''}`.trim() : `V8 ${v8}`;
  return { name: name as string, version: version as string, engine };
}

/** `node 20.20.2`, or the name alone if the runtime ended before it reported its version. */
export function runtimeName({ name, version }: RuntimeIdentity): string {
  return `${name} ${version}`.trim();
}
