import { checkSignal, type Signal } from '../../core/signal.ts';
import { checkNames, checkObject, flag } from '../../core/validate.ts';

/** How to write to a stream. */
export interface WriteOptions {
  /**
   * Whether the stream may keep what it was handed after it has called back for it. A buffer that was
   * written to such a stream is never lent again: it is discarded.
   *
   * @default false for Node's own sockets, TLS, pipes, files, HTTP messages, zlib, ciphers and hashes, as
   * long as nobody has replaced their functions; true for any other stream
   */
  readonly retains?: boolean | undefined;
  /** Ends the wait for the write; the write itself goes on. */
  readonly signal?: Signal | undefined;
}

/** @throws `ERR_GIVEBACK_TYPE` for an option that is not as documented, or unknown. */
export function checkWriteOptions(options: WriteOptions, more: readonly string[] = []): void {
  checkObject('options', options);
  checkNames(options, ['retains', 'signal', ...more]);
  if (options.retains !== undefined) flag('retains', options.retains);
  checkSignal(options.signal);
}
