import { Decoder, ProtocolVersion } from '@valkey/valkey-glide';

import { adapterContract, replyContract } from '../contracts/adapter-contract.js';
import { lockContract } from '../contracts/lock-contract.js';
import { glideBackend } from '../support/glide-backend.js';
import { lockBackendOf } from '../support/store-backend.js';

adapterContract('valkey-glide 2', () => glideBackend());
replyContract('valkey-glide 2 that returns Buffers', () =>
  glideBackend({
    client: { defaultDecoder: Decoder.Bytes },
    subscriber: { defaultDecoder: Decoder.Bytes },
  }),
);
replyContract('valkey-glide 2, RESP 2', () => glideBackend({ client: { protocol: ProtocolVersion.RESP2 } }));
lockContract('valkey-glide 2', async () => lockBackendOf(await glideBackend()));
