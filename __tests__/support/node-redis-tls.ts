import type { AdapterBackend } from '../contracts/adapter-contract.js';
import { clientsBackend, keepDuplicates, type User } from './node-redis-backend.js';
import { type Version, VERSIONS } from './node-redis-topologies.js';
import { storeOf } from './store-backend.js';
import { startTlsRedis, TLS_USER, type TlsRedis } from './tls-redis.js';

export const tlsClient = (version: Version, { url, ca }: TlsRedis, user: User = TLS_USER) =>
  VERSIONS[version].createClient({ url, ...user, socket: { tls: true, ca } });

export async function tlsBackend(version: Version): Promise<AdapterBackend> {
  const redis = await startTlsRedis();
  return clientsBackend(storeOf(redis.server), (user, keep) => {
    const made = tlsClient(version, redis, user.username === undefined ? TLS_USER : user);
    keepDuplicates(made, keep);
    return made;
  });
}
