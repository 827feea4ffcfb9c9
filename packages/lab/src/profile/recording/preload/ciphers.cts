// What `node:crypto` makes in C++, or by constructors that it took before anybody could replace them.
import type cryptoModule from 'node:crypto';
import { createRequire } from 'node:module';
import { isAsyncFunction } from './captured.cts';
import { after, type Origins } from './origins.cts';
import type { Sampler } from './sampler.cts';
import { type Any, type AnyFunction, replace, standInFor } from './stand-in.cts';

const { apply } = Reflect;

export function countCiphers(sampler: Sampler, origins: Origins): void {
  let crypto: typeof cryptoModule;
  try {
    crypto = createRequire(__filename)('node:crypto');
  } catch {
    return; // Node can be built without it.
  }
  for (const name of ['Cipheriv', 'Decipheriv'] as const)
    for (const method of ['update', 'final'])
      replace((crypto as Any)[name]?.prototype, method, (original: AnyFunction) =>
        counted(sampler, `${name}.${method}`, original),
      );
  for (const name of ['createCipheriv', 'createDecipheriv'])
    after(crypto, name, (_crypto, cipher) => origins.note(cipher));
  replace(crypto, 'randomBytes', (original) => randomBytes(sampler, original));
  const subtle = (crypto.webcrypto as Any)?.subtle;
  for (const method of ['encrypt', 'decrypt'])
    replace(subtle && Object.getPrototypeOf(subtle), method, (original: AnyFunction) =>
      countedLater(sampler, `subtle.${method}`, original),
    );
}

function counted(sampler: Sampler, name: string, original: AnyFunction): AnyFunction {
  const api = sampler.api(name);
  return standInFor(original, (self, args) => {
    const made = apply(original, self, args);
    // With an encoding, it is a string.
    if (typeof made === 'object' && made !== null && sampler.nested === 0)
      sampler.sawWhole(made, api);
    return made;
  });
}

function countedLater(sampler: Sampler, name: string, original: AnyFunction): AnyFunction {
  const api = sampler.api(name);
  const saw = (made: ArrayBuffer): ArrayBuffer => {
    if (made.byteLength !== 0) sampler.sawStore(made, made.byteLength, api);
    return made;
  };
  if (!isAsyncFunction(original))
    return standInFor(original, (self, args) => apply(original, self, args).then(saw));
  return {
    async method(this: unknown, ...args: unknown[]) {
      return saw(await apply(original, this, args));
    },
  }.method;
}

function randomBytes(sampler: Sampler, original: AnyFunction): AnyFunction {
  const api = sampler.api('crypto.randomBytes');
  return standInFor(original, (self, args) => {
    const [size, callback] = args as [unknown, AnyFunction | undefined];
    if (typeof callback === 'function')
      return apply(original, self, [size, seenBy(sampler, api, callback)]);
    const made = apply(original, self, args);
    if (sampler.nested === 0 && made) sampler.sawView(made, made.byteLength, api);
    return made;
  });
}

function seenBy(sampler: Sampler, api: number, callback: AnyFunction): AnyFunction {
  return function (this: unknown, _error: unknown, made: Any) {
    if (made) sampler.sawView(made, made.byteLength, api);
    return apply(callback, this, arguments);
  };
}
