import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '../../proof/rig/redis-process.js';
import { type RedisServer, startRedis } from './redis-server.js';

/** A server that takes TLS connections, of users that are named. */
export interface TlsRedis {
  readonly server: RedisServer;
  readonly url: string;
  /** The certificate that clients must trust. */
  readonly ca: Buffer;
  readonly port: number;
}

/** Of the user that clients have when a test names none. */
export const TLS_USER = { username: 'locks', password: 'a password with spaces' };

/** Why there can be no such server here, or undefined. */
export function whyNoTls(): string | undefined {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'openssl, which makes the certificate, is not on the PATH';
  }
}

/** Starts it, with a certificate for 127.0.0.1 that is valid for two days, and a user who may do what locks need. */
export async function startTlsRedis(): Promise<TlsRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=latchkey', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync(
    'openssl',
    ['req', '-x509', ...curve, '-keyout', key, '-out', cert, '-days', '2', ...subject],
    {
      stdio: 'ignore',
    },
  );
  const [port] = (await freePorts(1)) as [number];
  const server = await startRedis(
    ...['--tls-port', String(port), '--tls-cert-file', cert, '--tls-key-file', key],
    ...['--tls-ca-cert-file', cert, '--tls-auth-clients', 'no', '--requirepass', 'secret'],
  );
  const ca = readFileSync(cert);
  // The server has read them.
  rmSync(folder, { recursive: true });
  const rights = ['on', `>${TLS_USER.password}`, '~*', '&*', '+@all', '-@admin'];
  await server.command('ACL', 'SETUSER', TLS_USER.username, 'reset', ...rights);
  return { server, url: `rediss://127.0.0.1:${port}`, ca, port };
}
