import { nodeRedis } from '../../src/index.js';
import { adapterContract, replyContract } from '../contracts/adapter-contract.js';
import { poolBackend, VERSIONS, versions } from '../support/node-redis-topologies.js';

adapterContract('node-redis 6, pool', () => poolBackend('node-redis 6'));
replyContract('node-redis 5, pool', () => poolBackend('node-redis 5'));

describe.each(versions)('%s', (version) => {
  it('can not wait for replicas, since each command may go another way', () => {
    const pool = VERSIONS[version].createClientPool();
    expect(nodeRedis(pool)).toMatchObject({ joins: true });
    expect(nodeRedis(pool)).not.toHaveProperty('waitReplicas');
  });
});
