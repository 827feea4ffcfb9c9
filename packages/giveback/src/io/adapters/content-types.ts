import { GivebackTypeError, got } from '../../core/errors.ts';

// A comment of the other kind would end at a star and a slash. A media type such as 'image/png', or with
// stars 'image/*' or '*/*+json', or '*/*' for all, including requests that name none; a RegExp, which is
// tested against the whole header; or several of these.
export type ContentTypes = string | RegExp | readonly (string | RegExp)[];

export const ALL = '*/*';

const MEDIA_TYPE = /^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+$/;

/** All of them, checked, strings in lower case. @throws `ERR_GIVEBACK_TYPE`. */
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

/** A function that tells whether a `content-type` is among these. */
export function typeMatcher(
  types: readonly (string | RegExp)[],
): (contentType: string | undefined) => boolean {
  if (types.includes(ALL)) return () => true;
  const patterns = types.map((type) => (typeof type === 'string' ? patternOf(type) : type));
  return (contentType) => {
    if (contentType === undefined) return false;
    const header = contentType.trim().toLowerCase();
    return patterns.some((pattern) => {
      // A global or sticky RegExp would go on where its last search ended.
      pattern.lastIndex = 0;
      return pattern.test(header);
    });
  };
}

/** A RegExp for the whole header that matches this media type, with or without parameters. */
export function patternOf(type: string): RegExp {
  const source = type.replace(/[.$^+]/g, '\\$&').replaceAll('*', '[^/;,\\s]+');
  return new RegExp(`^${source}\\s*(?:;|$)`);
}
