import { lockContract } from '../contracts/lock-contract.js';
import { glideBackend, glideClusterBackend } from '../support/glide-backend.js';
import { lockBackendOf } from '../support/store-backend.js';

lockContract('valkey-glide 2', async () => lockBackendOf(await glideBackend()));
lockContract('valkey-glide 2, Cluster', async () => lockBackendOf(await glideClusterBackend()));
