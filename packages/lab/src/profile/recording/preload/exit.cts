import { type AnyFunction, replace, replaceInherited, standInFor } from './stand-in.cts';

/**
 * Calls `finish` before a thread ends, and again after the program's own listeners, which may end it at once and
 * with another exit code. Not by a listener: a program counts those of `exit`, and may remove them all.
 */
export function beforeExit(finish: (exitCode: number) => void): void {
  replaceInherited(process, 'emit', (emit: AnyFunction) => {
    return function (this: unknown, name: unknown, code: unknown) {
      if (name !== 'exit' || this !== process) return Reflect.apply(emit, this, arguments);
      finish(Number(code));
      let exitCode = 1;
      try {
        const result = Reflect.apply(emit, this, arguments);
        exitCode = Number(process.exitCode ?? code);
        return result;
      } finally {
        finish(exitCode);
      }
    };
  });
  replace(process, 'reallyExit', (exit: AnyFunction) =>
    standInFor(exit, (self, args) => {
      finish(Number(args[0]));
      return Reflect.apply(exit, self, args);
    }),
  );
}
