import type { Saboteur } from '../saboteur.js';

/** Real servers run the scripts there. */
const suite = 'adapters/node-redis/node-redis.test.ts';
const part = (name: string): string => `src/scripts/parts/${name}.lua`;

/** Defects of the scripts, in Lua: taking a lock and giving it back. */
export const scripts: readonly Saboteur[] = [
  {
    name: 'lua-release-without-a-token',
    what: 'A release deletes the lock whoever has it: a plain DEL.',
    file: part('release'),
    find: `  if not is_of(value_at_lock(), token) then
    return {0}
  end`,
    put: '',
    suite,
    test: 'mutex-release leaves the key alone for another token',
  },
  {
    name: 'lua-extend-without-a-token',
    what: 'An extension extends the lock whoever has it (simple-redis-mutex).',
    file: part('extend'),
    find: 'if not is_of(value, token) then',
    put: 'if not value then',
    suite,
    test: 'mutex-extend neither takes nor touches a lock that is somebody else’s',
  },
  {
    name: 'lua-extend-takes',
    what: 'An extension of a lock that is gone takes it again.',
    file: part('extend'),
    find: `  if not is_of(value, token) then
    return {0}
  end`,
    put: `  if not is_of(value, token) then
    if not value then
      redis.call('SET', lock, token .. ' ', 'PX', ttl)
      return {1}
    end
    return {0}
  end`,
    suite,
    test: 'mutex-extend neither takes nor touches a lock that is gone',
  },
  {
    name: 'lua-extends-a-later-grant',
    what: 'An extension takes a lock for that of its grant that was passed on to its token later, after somebody else had it.',
    file: part('extend'),
    find: 'if granted and tonumber(granted) > tonumber(fence) then',
    put: 'if false then',
    suite,
    test: 'mutex-extend leaves a lock to who waits that was granted to it anew, of which it does not know',
  },
  {
    name: 'lua-adoption-starts-again',
    what: 'A late copy of an adoption takes the lock anew, so its new holder is told that it has lost it.',
    file: part('adopt'),
    find: 'if is_of(value, token) then',
    put: 'if value then',
    suite,
    test: 'mutex-extend knows what it has adopted by the fencing token of the first copy that has come',
  },
  {
    name: 'lua-token-by-its-beginning',
    what: 'A token counts as the holder’s when the holder’s only begins with it.',
    file: part('mutex'),
    find: "return value and string.sub(value, 1, #token + 1) == token .. ' '",
    put: 'return value and string.sub(value, 1, #token) == token',
    suite,
    test: 'mutex-release leaves the key alone for a token that the held one starts with',
  },
  {
    name: 'lua-extension-makes-shorter',
    what: 'An extension by less than what is left makes the lock shorter than its holder believes.',
    file: part('extend'),
    find: "  if redis.call('PTTL', lock) < tonumber(ttl) then\n    redis.call('PEXPIRE', lock, ttl)\n  end",
    put: "  redis.call('PEXPIRE', lock, ttl)",
    suite,
    test: 'mutex-extend never makes it shorter',
  },
  {
    name: 'lua-no-expiry',
    what: 'A lock is set without an expiry, so that of a dead holder stays for ever (redis-py).',
    file: part('acquire'),
    find: "redis.call('SET', lock, value_of(token, who, first), 'NX', 'PX', ttl)",
    put: "redis.call('SET', lock, value_of(token, who, first), 'NX')",
    suite,
    test: 'mutex-acquire grants a free key and writes token and holder with the expiry',
  },
  {
    name: 'lua-fence-failure-keeps-the-lock',
    what: 'A lock whose fencing token can not be had stays taken by nobody (simple-redis-mutex).',
    file: part('acquire'),
    find: 'if problem and not value then',
    put: "if problem and not value and redis.call('SET', lock, value_of(token, who, 0), 'PX', ttl) then",
    suite,
    test: 'are refused, and the lock with them',
  },
  {
    name: 'lua-own-token-is-somebody-elses',
    what: 'An attempt that was sent again finds its own lock in the way (ioredis resends; node-redlock).',
    file: part('acquire'),
    find: '  if is_of(value, token) then',
    put: '  if is_of(value, token) and channel == token then',
    suite,
    test: 'mutex-acquire grants its own token again, from which the expiry starts again',
  },
  {
    name: 'lua-own-grant-is-not-renewed',
    what: 'An attempt that finds its own grant leaves its expiry as it is, while the lease counts from now.',
    file: part('acquire'),
    find: "    if redis.call('PTTL', lock) < tonumber(ttl) then\n      redis.call('PEXPIRE', lock, ttl)\n    end",
    put: '',
    suite,
    test: 'mutex-acquire grants its own token again, from which the expiry starts again',
  },
  {
    name: 'lua-token-leaks',
    what: 'Who waits is told the holder’s token, with which it could give the lock back.',
    file: part('acquire'),
    find: "return string.match(value, '^%d+ (%d+ .*)$', mark + 1) or ''",
    put: 'return value',
    suite,
    test: 'lets no token out, neither of the holder nor of the one who waits',
  },
  {
    name: 'lua-list-keeps-its-part',
    what: 'An acquire of several locks that fails at the last one keeps the others.',
    file: part('acquire-all'),
    find: "          redis.pcall('DEL', lock)",
    put: "          redis.pcall('EXISTS', lock)",
    suite,
    test: 'takes none when there is something else than a fencing token at one fence key',
  },
  {
    name: 'lua-adopted-with-the-old-token',
    what: 'A lock that is handed over keeps its token, so two can adopt it and its former holder can give it back.',
    file: part('adopt'),
    find: "redis.call('SET', lock, value_of(heir, who, first), 'PX', ttl)",
    put: "redis.call('SET', lock, value_of(token, who, first), 'PX', ttl)",
    suite,
    test: 'mutex-adopt makes a lock that of another token, with a fencing token and a ttl of its own',
  },
  {
    name: 'lua-adopted-without-a-fence',
    what: 'A lock that is handed over keeps its fencing token, so a resource takes writes of the former holder.',
    file: part('adopt'),
    find: '  local first, problem = reserve(1)',
    put: '  local first, problem = last_fence()',
    suite,
    test: 'mutex-adopt makes a lock that of another token, with a fencing token and a ttl of its own',
  },
  {
    name: 'lua-foreign-value-leaks',
    what: 'Who waits is told a part of a value that is not of our making, which may be a secret.',
    file: part('acquire'),
    find: "if string.sub(value, mark, mark) == ' ' and not string.find(string.sub(value, 1, mark - 1), '[^%w_-]') then",
    put: "if string.sub(value, mark, mark) == ' ' then",
    suite,
    test: 'that has a space where a token of ours ends',
  },
  {
    name: 'lua-adoption-makes-shorter',
    what: 'A second copy of an adoption makes the lock shorter than its new holder believes.',
    file: part('adopt'),
    find: "elseif redis.call('PTTL', lock) < tonumber(ttl) then",
    put: 'else',
    suite,
    test: 'mutex-adopt does it again for the same heir, and for nobody else',
  },
  {
    name: 'lua-release-needs-a-queue',
    what: 'A release fails, and keeps the lock, when something is wrong with the queue.',
    file: part('release'),
    find: "    local done, result = pcall(pass, '')",
    put: "    local done, result = true, pass('')",
    suite: 'scripts/mutex-acquire.errors.test.ts',
    test: 'somebody waits',
  },
];
