import type { Frame, SiteKind } from '../profile-format.ts';

/** Where bytes come from: the frame that a person would look at, and what stands between it and the allocation. */
export interface Origin {
  readonly kind: SiteKind;
  readonly frame: Frame;
  /** The package that allocates for it. */
  readonly package: string | null;
}

/** Why there is none. */
export type Unknown = 'no stack' | 'node';

/**
 * Finds the site of a stack, and of the stack where its server, connection or file was opened: the first frame of the
 * program's own code, else that of a package. What opened it only counts where nothing but Node was running.
 */
export function attribute(stack: readonly Frame[], opened: readonly Frame[]): Origin | Unknown {
  const own = firstOwn(stack);
  if (own !== undefined) {
    const called = stack.slice(0, stack.indexOf(own));
    return { kind: 'own', frame: own, package: packageIn(called) };
  }
  const inPackage = stack.find(({ kind }) => kind === 'package');
  if (inPackage !== undefined) {
    return { kind: 'package', frame: inPackage, package: inPackage.package };
  }
  const opener = firstOwn(opened) ?? opened.find(({ kind }) => kind === 'package');
  if (opener !== undefined) return { kind: 'opened', frame: opener, package: opener.package };
  return stack.length === 0 && opened.length === 0 ? 'no stack' : 'node';
}

/** JavaScript, if there is any: a place in WebAssembly helps nobody. */
function firstOwn(stack: readonly Frame[]): Frame | undefined {
  return (
    stack.find(({ kind }) => kind === 'own' || kind === 'eval') ??
    stack.find(({ kind }) => kind === 'wasm')
  );
}

/** The package whose code is nearest to the allocation. */
function packageIn(frames: readonly Frame[]): string | null {
  return frames.find((frame) => frame.package !== null)?.package ?? null;
}
