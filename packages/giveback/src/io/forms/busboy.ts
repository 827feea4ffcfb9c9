import type { Readable, Writable } from 'node:stream';
import { GivebackError } from '../../core/errors.ts';

// The part of busboy that is used here. Its own types would be a dependency.

/** What the package `busboy` exports, described by its shape. */
export type Busboy = (config: {
  headers: { 'content-type': string };
  limits: { fieldSize: number; parts: number };
  defParamCharset: string;
}) => Writable;

/** What busboy tells of a part beside its name. */
export interface PartInfo {
  /** Files have it: the last component of the file's name; undefined if there is none. */
  readonly filename?: string | undefined;
  /** The `content-transfer-encoding`, which busboy does not decode. */
  readonly encoding: string;
  readonly mimeType: string;
  /** Of a field, whether its value is longer than the limit. */
  readonly valueTruncated?: boolean;
}

/** The events of busboy that are used here. */
export interface BusboyEvents {
  /** The value is undefined if it is in a charset that busboy does not know. */
  field(name: string | undefined, value: string | undefined, info: PartInfo): void;
  file(name: string | undefined, stream: Readable, info: PartInfo): void;
}

/** Imports the installed package. @throws `ERR_GIVEBACK_PEER` if there is none. */
export async function importBusboy(): Promise<Busboy> {
  try {
    const { default: busboy } = await import('busboy');
    return busboy as unknown as Busboy;
  } catch (cause) {
    throw new GivebackError(
      'ERR_GIVEBACK_PEER',
      'Expected the package `busboy` to be installed (`npm install busboy`) or passed as the option `busboy`, got neither.',
      { cause },
    );
  }
}
