import type { AdapterCheck } from './adapter-check.js';
import { demand, fresh, rejection, same, scriptOf, soon } from './probe.js';

const ODD = [
  '',
  ' ',
  'a b',
  '\0',
  'line\r\n',
  '"\'\\',
  '{}',
  '*',
  'é',
  'e\u0301',
  '🔑',
  '12',
  '-0',
  'null',
  'x'.repeat(10_000),
];
const ECHO = 'return {KEYS, ARGV}';

/** What a script gets, and what comes back of it. */
export const replyChecks: readonly AdapterCheck[] = [
  {
    name: 'run passes all keys and arguments, literally and in their order',
    async run(makeAdapter) {
      const adapter = await makeAdapter();
      const tag = fresh();
      const keys = ODD.map((text) => tag + text);
      const reply = await soon(adapter.run(scriptOf(ECHO, keys.length), keys, ODD), 'run');
      same(reply, [keys, ODD], 'KEYS and ARGV of the script');
      const many = Array.from({ length: 256 }, (_, i) => `${tag}${i}`);
      same(
        await soon(adapter.run(scriptOf(ECHO, 4), many, []), 'run'),
        [many, []],
        'KEYS and ARGV of 64 locks',
      );
    },
  },
  {
    name: 'run brings integers as numbers, strings as strings, and lists as lists',
    async run(makeAdapter) {
      const adapter = await makeAdapter();
      const script = scriptOf("return {1, 0, -1, 1700000000000000, '1', '', 'text', {}, {2, {'3'}}}");
      const reply = await soon(adapter.run(script, [fresh()], []), 'run');
      same(reply, [1, 0, -1, 1_700_000_000_000_000, '1', '', 'text', [], [2, ['3']]], 'the reply');
    },
  },
  {
    name: 'run runs a script that the server does not know yet, and once',
    async run(makeAdapter) {
      const adapter = await makeAdapter();
      const script = scriptOf("return redis.call('INCR', KEYS[1])");
      const key = fresh();
      for (const time of [1, 2, 3])
        same(await soon(adapter.run(script, [key], []), 'run'), time, 'how often it has run');
      await soon(adapter.run(scriptOf("return redis.call('DEL', KEYS[1])"), [key], []), 'run');
    },
  },
  {
    name: 'run rejects with the error of a script, and its code is the first word of the message',
    async run(makeAdapter) {
      const adapter = await makeAdapter();
      for (const text of [
        'NOPERM not for you',
        'WRONGTYPE of a check',
        'BADFENCE of a check',
        'OOM of a check',
      ]) {
        const error = await rejection(
          adapter.run(scriptOf(`return redis.error_reply('${text}')`), [fresh()], []),
          `run of a script that ends with ${text}`,
        );
        const { message } = (error ?? {}) as { message?: unknown };
        demand(
          typeof message === 'string' && message.startsWith(text),
          `run must reject with the server's error "${text}", but it rejected with "${String(message)}"`,
        );
      }
    },
  },
  {
    name: 'run does not try again after an error: whether it was done is for the locks to find out',
    async run(makeAdapter) {
      const adapter = await makeAdapter();
      for (const code of ['NOPERM', 'OOM', 'BUSY', 'LOADING']) {
        const key = fresh();
        await rejection(
          adapter.run(
            scriptOf(`redis.call('INCR', KEYS[1]) return redis.error_reply('${code} of a check')`),
            [key],
            [],
          ),
          'run',
        );
        const times = await soon(
          adapter.run(
            scriptOf("local n = redis.call('GET', KEYS[1]) redis.call('DEL', KEYS[1]) return n"),
            [key],
            [],
          ),
          'run',
        );
        same(times, '1', `how often a script ran that ended with ${code}`);
      }
    },
  },
  {
    name: 'run gives each of many calls at once its own reply, and its own error',
    async run(makeAdapter) {
      const adapter = await makeAdapter();
      const script = scriptOf(
        "if ARGV[1] == '7' then return redis.error_reply('NOPERM seven') end return {ARGV[1]}",
      );
      const calls = Array.from({ length: 100 }, (_, i) => adapter.run(script, [fresh()], [String(i)]));
      const replies = await soon(Promise.allSettled(calls), 'run');
      for (const [i, reply] of replies.entries()) {
        if (i === 7) same(reply.status, 'rejected', 'the call whose script ends with an error');
        else
          same(
            reply.status === 'fulfilled' ? reply.value : 'an error',
            [String(i)],
            `the reply to call ${i}`,
          );
      }
    },
  },
];
