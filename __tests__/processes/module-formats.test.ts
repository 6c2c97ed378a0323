import { killPrograms, Program } from '../programs/program.js';

afterEach(killPrograms);

test('A10 S1 E1: the ESM and the CommonJS copy in one process share the default locker and know each other’s errors', async () => {
  const { code, stdout, stderr } = await new Program('both-formats.mjs').ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    copies: 2,
    'set by import, used by require': {
      most: 1,
      code: 'LOCK_TIMEOUT',
      recognised: [true, true],
      instances: [true, false],
    },
    'set by require, used by import': {
      most: 1,
      code: 'LOCK_TIMEOUT',
      recognised: [true, true],
      instances: [false, true],
    },
  });
});
