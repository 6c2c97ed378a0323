import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** A script without keys; the part and the rest of the code come behind its header. */
const script = (code: string): string => `-- probe: says something
-- KEYS none
-- ARGV[1] what to say
-- Returns it
${code}`;

describe('a script that includes a part', () => {
  let folder: string;
  const file = (path: string): string => join(folder, 'src/scripts', path);

  // The tool works on the files beside it: here it gets a project of its own.
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
    mkdirSync(file('parts'), { recursive: true });
    cpSync(join(ROOT, 'tools/inline-lua.mjs'), join(folder, 'tools/inline-lua.mjs'));
    cpSync(join(ROOT, '.prettierrc.json'), join(folder, '.prettierrc.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    writeFileSync(file('parts/say.lua'), 'local function say(it)\n  return it\nend\n');
    writeFileSync(file('probe.lua'), script('--- include parts/say.lua\nreturn say(ARGV[1])\n'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...options: string[]) => {
    const tool = spawnSync(process.execPath, ['tools/inline-lua.mjs', ...options], {
      cwd: folder,
      encoding: 'utf8',
    });
    return { code: tool.status, said: tool.stderr };
  };
  const inlined = (): string => readFileSync(file('generated.ts'), 'utf8');
  /** The Lua text and the hash in the generated file. */
  const constants = () => {
    const [source = '', sha1 = ''] = inlined().split('source:')[1]!.split('sha1:');
    const text = [...source.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)];
    return {
      source: text
        .map(([, single, double]) => (single ?? double ?? '').replaceAll('\\n', '\n').replace(/\\(.)/g, '$1'))
        .join(''),
      sha1: /[0-9a-f]{40}/.exec(sha1)?.[0],
    };
  };

  it('has the text of the part in the place of the line, and the hash of the whole', () => {
    expect(run()).toEqual({ code: 0, said: '' });
    const whole = script('local function say(it)\n  return it\nend\nreturn say(ARGV[1])\n');
    expect(constants()).toEqual({
      source: whole,
      sha1: createHash('sha1').update(whole).digest('hex'),
    });
  });

  it('is no script by itself when it is a part', () => {
    run();
    expect(inlined().match(/export const \w+/g)).toEqual(['export const probe']);
  });

  it('can include several parts, and one twice', () => {
    writeFileSync(file('parts/more.lua'), '-- more\n');
    const parts = ['say', 'more', 'more'].map((part) => `--- include parts/${part}.lua\n`).join('');
    writeFileSync(file('probe.lua'), script(`${parts}return say(ARGV[1])\n`));
    expect(run()).toEqual({ code: 0, said: '' });
    expect(constants().source).toBe(
      script('local function say(it)\n  return it\nend\n-- more\n-- more\nreturn say(ARGV[1])\n'),
    );
  });

  it('is refused when the part is missing, and nothing is written', () => {
    run();
    const before = inlined();
    rmSync(file('parts/say.lua'));
    for (const options of [[], ['--check']]) {
      const { code, said } = run(...options);
      expect(code).toBe(1);
      expect(said).toMatch(/parts[\\/]say\.lua/);
    }
    expect(inlined()).toBe(before);
  });

  it.each([
    ['uses a key', 'local lock = KEYS[1]\n', 'the code uses KEYS[1], which the header does not describe'],
    ['has CRLF line ends', 'local x = 1\r\n', 'must have LF line ends, not CRLF'],
  ])('is checked as a whole: refused when the part %s', (_, part, rule) => {
    writeFileSync(file('parts/say.lua'), part);
    expect(run()).toEqual({ code: 1, said: `src/scripts/probe.lua: ${rule}\n` });
  });

  it('can leave to the part what its header describes', () => {
    writeFileSync(file('parts/say.lua'), 'local said = ARGV[1]\n');
    writeFileSync(file('probe.lua'), script('--- include parts/say.lua\nreturn said\n'));
    expect(run()).toEqual({ code: 0, said: '' });
  });

  describe('with --check', () => {
    it('is accepted while it is as it was inlined, and nothing is written', () => {
      expect(run('--check').code).toBe(1);
      run();
      const before = inlined();
      expect(run('--check')).toEqual({ code: 0, said: '' });
      expect(inlined()).toBe(before);
    });

    it('is refused when the part has changed since, until it is inlined again', () => {
      run();
      const before = inlined();
      writeFileSync(file('parts/say.lua'), 'local function say()\n  return 1\nend\n');
      const { code, said } = run('--check');
      expect(code).toBe(1);
      expect(said).toContain('run "npm run inline-lua" and commit it');
      expect(inlined()).toBe(before);
      run();
      expect(run('--check').code).toBe(0);
    });
  });
});
