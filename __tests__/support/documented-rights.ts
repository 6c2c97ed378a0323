'use strict';

// Read by least-rights.ts, in this process and in the programs that tests start.
process.env.LATCHKEY_TEST_RIGHTS = 'documented';
