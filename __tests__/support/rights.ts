import { read } from './pages.js';

/** The users that docs/security.md has a line for. */
export type DocumentedUser = 'latchkey' | 'latchkey-cluster' | 'latchkey-sentinel' | 'ioredis-sentinel';

/** The password that stands for another one on that page. */
const PLACEHOLDER = '>PASSWORD';

/** The words of the page's `ACL SETUSER` line behind the user's name, without the password's. */
export function documentedRules(user: DocumentedUser): string[] {
  const lines = [...read('docs/security.md').matchAll(/^```\nACL SETUSER (\S+) (.+)\n```$/gm)];
  const rules = lines.filter(([, name]) => name === user).map(([, , words]) => words!.split(' '));
  if (rules.length !== 1) throw new Error(`docs/security.md has ${rules.length} lines for ${user}`);
  const [words] = rules as [string[]];
  if (!words.includes(PLACEHOLDER)) throw new Error(`the line for ${user} has no ${PLACEHOLDER}`);
  return words.filter((word) => word !== PLACEHOLDER);
}

/** The commands that the line allows, without the plus. */
export function documentedCommands(user: DocumentedUser): string[] {
  return documentedRules(user)
    .filter((word) => word.startsWith('+'))
    .map((word) => word.slice(1));
}

/** One entry of `ACL LOG`. */
export interface Refused {
  readonly reason: string;
  readonly context: string;
  readonly object: string;
  readonly username: string;
}

/** Reads the reply to `ACL LOG`, as RESP 2 has it. */
export function readAclLog(reply: unknown): Refused[] {
  return (reply as unknown[][]).map((entry) => {
    const field = (name: string): string => String(entry[entry.indexOf(name) + 1]);
    return {
      reason: field('reason'),
      context: field('context'),
      object: field('object'),
      username: field('username'),
    };
  });
}
