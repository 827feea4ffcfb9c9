// RESP, the protocol of Redis: https://redis.io/docs/latest/develop/reference/protocol-spec
//
//   +OK\r\n    -ERR …\r\n    :42\r\n    $5\r\nvalue\r\n    $-1\r\n    *2\r\n and two values

/**
 * A `parse` for `frames`: how long the first value is. What it has seen it does not look at again, so a list
 * of many values, of which more and more comes, takes linear time.
 */
export function valueLength() {
  let at = 0;
  /** How many values are still to come before this one is complete. */
  let missing = 1;
  return (chain) => {
    while (missing > 0) {
      const end = chain.indexOf('\r\n', at);
      if (end < 0) return undefined;
      const type = chain.toString('latin1', at, at + 1);
      const count = Number(chain.toString('latin1', at + 1, end));
      missing--;
      at = end + 2;
      if (type === '$' && count >= 0) at += count + 2;
      else if (type === '*' && count > 0) missing += count;
      else if (!'+-:$*'.includes(type)) throw new Error(`Expected a RESP value, got type ${type}.`);
    }
    const length = at;
    at = 0;
    missing = 1;
    return length;
  };
}

/** Decodes a whole value. Strings are parts of `frame`: they are valid until that is given back. */
export function decode(frame) {
  let at = 0;
  const next = () => {
    const end = frame.indexOf('\r\n', at);
    const type = String.fromCharCode(frame[at]);
    const text = frame.latin1Slice(at + 1, end);
    at = end + 2;
    if (type === '+') return text;
    if (type === '-') return new Error(text);
    if (type === ':') return Number(text);
    const count = Number(text);
    if (count < 0) return null;
    if (type === '*') return Array.from({ length: count }, next);
    at += count + 2;
    return frame.subarray(at - count - 2, at - 2);
  };
  return next();
}
