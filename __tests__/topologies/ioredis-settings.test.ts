import { Command as Command6, Redis as Redis6 } from 'ioredis';
import { Command as Command5, Redis as Redis5 } from 'ioredis-5';

import { replyContract } from '../contracts/adapter-contract.js';
import { ioredisBackend } from '../support/ioredis-backend.js';

// Set for all clients of a package: of this test file alone, since each has its own copy.
for (const Command of [Command6, Command5]) {
  for (const name of ['evalsha', 'eval', 'subscribe']) {
    Command.setReplyTransformer(name, () => 'not what was answered');
    Command.setArgumentTransformer(name, (args: unknown[]) =>
      name === 'subscribe' ? args : ['not what was given'],
    );
  }
}

const ODD = {
  stringNumbers: true,
  showFriendlyErrorStack: true,
  enableAutoPipelining: true,
  commandTimeout: 10_000,
  readOnly: true,
};
/** What makes it give up early what it would send again. */
const IMPATIENT = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
};

replyContract('ioredis 6 that returns numbers as text', () =>
  ioredisBackend((options) => new Redis6({ ...options, ...ODD })),
);
replyContract('ioredis 6 with the types of RESP 3, and numbers as text', () =>
  ioredisBackend((options) => new Redis6({ ...options, ...ODD, replyMapping: 'resp3' })),
);
replyContract('ioredis 6 with RESP 2 that gives up early', () =>
  ioredisBackend((options) => new Redis6({ ...options, ...IMPATIENT, protocol: 2 })),
);
replyContract('ioredis 5 that returns numbers as text', () =>
  ioredisBackend((options) => new Redis5({ ...options, ...ODD })),
);
replyContract('ioredis 5 that gives up early', () =>
  ioredisBackend((options) => new Redis5({ ...options, ...IMPATIENT })),
);
