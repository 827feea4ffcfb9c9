import { checkSignal, type Signal } from '../../core/signal.ts';
import { checkNames, checkObject, flag } from '../../core/validate.ts';

/** How to write to a stream. */
export interface WriteOptions {
  /**
   * Whether the stream may keep bytes after it has called back for them. A buffer that is written to such a
   * stream is discarded, so it is never lent again.
   *
   * @default false for Node's own sockets, TLS, pipes, files, HTTP messages, zlib, ciphers and hashes, as
   * long as nobody has replaced their functions; true for all other streams
   */
  readonly retains?: boolean | undefined;
  /**
   * Ends the wait for the write: the promise rejects with the signal's reason. The write itself goes on.
   *
   * @default none
   */
  readonly signal?: Signal | undefined;
}

/** @throws `ERR_GIVEBACK_TYPE` for an option that is not as documented, or unknown. */
export function checkWriteOptions(options: WriteOptions, more: readonly string[] = []): void {
  checkObject('options', options);
  checkNames(options, ['retains', 'signal', ...more]);
  if (options.retains !== undefined) flag('retains', options.retains);
  checkSignal(options.signal);
}
