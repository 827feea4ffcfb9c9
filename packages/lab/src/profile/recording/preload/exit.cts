import { type AnyFunction, replaceInherited } from './stand-in.cts';

/**
 * Calls `finish` before a thread ends and again after the program's own listeners, unless one of those ends it
 * at once. Not by a listener: a program counts those of `exit`, and may remove them all.
 */
export function beforeExit(finish: (exitCode: number) => void): void {
  replaceInherited(process, 'emit', (emit: AnyFunction) => {
    return function (this: unknown, name: unknown, code: unknown) {
      if (name !== 'exit' || this !== process) return Reflect.apply(emit, this, arguments);
      finish(Number(code));
      try {
        return Reflect.apply(emit, this, arguments);
      } finally {
        finish(Number(process.exitCode ?? code));
      }
    };
  });
}
