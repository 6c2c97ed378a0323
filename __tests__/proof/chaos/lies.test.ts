import { misshapen, repeated } from '../../../proof/chaos/lies.js';

const reply = (nonce: string, ...numbers: number[]): string =>
  `*2\r\n$${nonce.length}\r\n${nonce}\r\n*${numbers.length}\r\n${numbers.map((n) => `:${n}\r\n`).join('')}`;
const [A, B, C] = [reply('one', 1, 2), reply('two'), reply('three', -1)];
/** What a link says instead of each of these. */
const instead = (lie: (bytes: Buffer) => Buffer, ...said: string[]): string[] =>
  said.map((text) => lie(Buffer.from(text)).toString());

describe('repeated', () => {
  it('says each reply once more, instead of the next one', () => {
    expect(instead(repeated(), A, B, C)).toEqual([A, A, B]);
  });

  it('says as many as there would be', () => {
    expect(instead(repeated(), A + B, B + C, A, C + A)).toEqual([A + B, A + B, A, C + A]);
  });

  it.each([
    ['what is no reply to a script', '+OK\r\n'],
    ['a message', '*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n'],
    ['a part of a reply', A.slice(0, -3)],
    ['a reply and a part of one', A + B.slice(0, 7)],
    ['another kind of value in a reply', '*2\r\n$1\r\nn\r\n%1\r\n:1\r\n:2\r\n'],
  ])('leaves %s as it is', (_what, text) => {
    expect(instead(repeated(), A, text, B)).toEqual([A, text, B]);
  });
});

describe('misshapen', () => {
  it('answers each call by its nonce, with a list that no script replies with', () => {
    const [one, two] = ['*2\r\n$3\r\none\r\n*1\r\n:7\r\n', '*2\r\n$3\r\ntwo\r\n*1\r\n:7\r\n'];
    expect(instead(misshapen, A, B + A)).toEqual([one, two + one]);
  });

  it('answers each step of a call so, but for its error', () => {
    const steps = (text: string): string => `*2\r\n$1\r\nn\r\n*3\r\n${text}`;
    const error = '$8\r\nBADFENCE\r\n';
    const [said, seven] = ['*2\r\n:0\r\n$-1\r\n', '*1\r\n:7\r\n'];
    expect(instead(misshapen, steps(said + error + said))).toEqual([steps(seven + error + seven)]);
  });

  it.each([
    ['what is no reply to a script', '+OK\r\n'],
    ['a part of a reply', A + B.slice(0, 7)],
    ['a reply to a client’s own command', '*2\r\n$1\r\na\r\n$1\r\nb\r\n'],
  ])('leaves %s as it is', (_what, text) => {
    expect(instead(misshapen, text)).toEqual([text]);
  });
});
