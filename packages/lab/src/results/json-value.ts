import { UsageError } from '../core/errors.ts';
import { excerpt, isPrintable } from '../core/text.ts';

/** Characters in a text, which is drawn on one line. */
const LONGEST = 1000;

/** A value in a JSON file. Each check returns the value with its type, or throws an error that says where it is. */
export class JsonValue {
  readonly value: unknown;
  readonly #file: string;
  readonly #path: string;

  constructor(file: string, path: string, value: unknown) {
    this.#file = file;
    this.#path = path;
    this.value = value;
  }

  at(name: string): JsonValue {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('an object');
    const path = this.#path === '' ? name : `${this.#path}.${name}`;
    return new JsonValue(this.#file, path, (value as Record<string, unknown>)[name]);
  }

  /** The items of a list that has at most `most`. */
  items(most: number): JsonValue[] {
    if (!Array.isArray(this.value)) this.fail('a list');
    const items = this.value as unknown[];
    if (items.length > most) this.fail(`a list of at most ${most}`, `${items.length}`);
    return items.map((item, index) => new JsonValue(this.#file, `${this.#path}[${index}]`, item));
  }

  /** Not below 0, as every number that the lab writes. */
  number(): number {
    const { value } = this;
    if (typeof value !== 'number' || !(value >= 0)) this.fail('a number not below 0');
    // JSON can express larger ones, and `1e999` is read as infinite.
    if ((value as number) > Number.MAX_SAFE_INTEGER)
      this.fail(`at most ${Number.MAX_SAFE_INTEGER}`);
    return value as number;
  }

  integer(): number {
    if (!Number.isInteger(this.number())) this.fail('a whole number');
    return this.value as number;
  }

  string(longest: number = LONGEST): string {
    if (typeof this.value !== 'string') this.fail('a string');
    const text = this.value as string;
    if (text.length > longest) this.fail(`text of at most ${longest} characters`);
    if (!isPrintable(text)) this.fail('text without control characters');
    return text;
  }

  null(): void {
    if (this.value !== null) this.fail('null');
  }

  matching(pattern: RegExp): string {
    if (!pattern.test(this.string())) this.fail(`text that matches ${pattern}`);
    return this.value as string;
  }

  oneOf(values: readonly string[]): string {
    if (!values.includes(this.value as string)) this.fail(`one of ${values.join(', ')}`);
    return this.value as string;
  }

  /** @throws UsageError that says which value of which file is wrong */
  fail(expected: string, got: string = describe(this.value)): never {
    throw new UsageError(`${this.#file}: expected \`${this.#path}\` to be ${expected}, got ${got}`);
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `"${excerpt(value)}"`;
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
