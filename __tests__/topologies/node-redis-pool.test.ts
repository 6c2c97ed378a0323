import { nodeRedis } from '../../src/index.js';
import { adapterContract } from '../contracts/adapter-contract.js';
import { poolBackend, VERSIONS, versions } from '../support/node-redis-topologies.js';

describe.each(versions)('%s', (version) => {
  adapterContract(`${version}, pool`, () => poolBackend(version));

  it('can not wait for replicas, since each command may go another way', () => {
    const pool = VERSIONS[version].createClientPool();
    expect(nodeRedis(pool)).toMatchObject({ joins: true });
    expect(nodeRedis(pool)).not.toHaveProperty('waitReplicas');
  });
});
