import { GivebackTypeError, got } from '../../core/errors.ts';

// Stars and slashes would end a comment of the other kind.
// Media types: 'image/png'; with stars 'image/*' and '*/*+json'; '*/*' for all, which includes requests
// that name none; or a RegExp, for the whole header.

export type ContentTypes = string | RegExp | readonly (string | RegExp)[];

export const ALL = '*/*';

const MEDIA_TYPE = /^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+$/;

/** All of them, each checked; strings in lower case. @throws `ERR_GIVEBACK_TYPE`. */
export function resolveTypes(type: ContentTypes): readonly (string | RegExp)[] {
  const types = Array.isArray(type) ? (type as readonly (string | RegExp)[]) : [type];
  if (types.length === 0) throw invalidType(type);
  return types.map((each: unknown) => {
    if (each instanceof RegExp) return each;
    if (each === '*') return ALL;
    if (typeof each === 'string' && MEDIA_TYPE.test(each)) return each.toLowerCase();
    throw invalidType(each);
  });
}

function invalidType(type: unknown): GivebackTypeError {
  return new GivebackTypeError(
    `Expected \`type\` to be media types such as \`image/*\`, RegExps, or an array of these, ${got(type)}.`,
  );
}

/** What tells whether a `content-type` is among these. */
export function typeMatcher(
  types: readonly (string | RegExp)[],
): (contentType: string | undefined) => boolean {
  if (types.includes(ALL)) return () => true;
  const patterns = types.map((type) => (typeof type === 'string' ? patternOf(type) : type));
  return (contentType) => {
    if (contentType === undefined) return false;
    const header = contentType.trim().toLowerCase();
    return patterns.some((pattern) => {
      // That of a global or sticky one says where its last search ended.
      pattern.lastIndex = 0;
      return pattern.test(header);
    });
  };
}

/** The same as a RegExp for the whole header: what has no stars, or parameters, to the letter. */
export function patternOf(type: string): RegExp {
  const source = type.replace(/[.$^+]/g, '\\$&').replaceAll('*', '[^/;,\\s]+');
  return new RegExp(`^${source}\\s*(?:;|$)`);
}
