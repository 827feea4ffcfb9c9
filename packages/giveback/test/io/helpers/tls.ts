import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';

// Both sides know one key, so that no certificate is needed.
const key = Buffer.alloc(32, 7);
const shared = { ciphers: 'PSK+AES256', maxVersion: 'TLSv1.2' } as const;

/** TLS between the two ends of a connection, whatever they are. */
export async function secure(
  client: Duplex,
  server: Duplex,
): Promise<[tls.TLSSocket, tls.TLSSocket]> {
  const context = tls.createSecureContext(shared);
  const accepted = new tls.TLSSocket(
    server as never,
    {
      isServer: true,
      secureContext: context,
      pskCallback: () => key,
      ...shared,
    } as tls.TLSSocketOptions,
  );
  const connected = tls.connect({
    ...shared,
    socket: client as never,
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk: key, identity: 'test' }),
  });
  await once(connected, 'secureConnect');
  return [connected, accepted];
}
