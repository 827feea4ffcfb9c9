import { UsageError } from './errors.ts';

/** A value somewhere in a JSON file. Each check gives the value in its type, or says where it is wrong. */
export class Field {
  readonly value: unknown;
  readonly #file: string;
  readonly #path: string;

  constructor(file: string, path: string, value: unknown) {
    this.#file = file;
    this.#path = path;
    this.value = value;
  }

  at(name: string): Field {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      this.#fail('an object');
    const path = this.#path === '' ? name : `${this.#path}.${name}`;
    return new Field(this.#file, path, (value as Record<string, unknown>)[name]);
  }

  items(): Field[] {
    if (!Array.isArray(this.value)) this.#fail('a list');
    return (this.value as unknown[]).map(
      (item, index) => new Field(this.#file, `${this.#path}[${index}]`, item),
    );
  }

  /** Not below 0, as all that the lab writes. */
  number(): number {
    if (typeof this.value !== 'number' || !(this.value >= 0)) this.#fail('a number not below 0');
    return this.value as number;
  }

  string(): string {
    if (typeof this.value !== 'string') this.#fail('a string');
    return this.value as string;
  }

  matching(pattern: RegExp): string {
    if (!pattern.test(this.string())) this.#fail(`text that matches ${pattern}`);
    return this.value as string;
  }

  oneOf(values: readonly string[]): string {
    if (!values.includes(this.value as string)) this.#fail(`one of ${values.join(', ')}`);
    return this.value as string;
  }

  #fail(expected: string): never {
    const got = this.value === undefined ? 'nothing' : JSON.stringify(this.value).slice(0, 60);
    throw new UsageError(`${this.#file}: expected \`${this.#path}\` to be ${expected}, got ${got}`);
  }
}
