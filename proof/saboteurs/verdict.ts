/** What a run of tests says about a saboteur. */
export type Verdict =
  | {
      readonly is: 'killed';
      /** The title of the test that has failed first, or who else has ended the run. */
      readonly by: string;
      /** The first line of what it says. */
      readonly why: string;
    }
  | { readonly is: 'survived' }
  /** Nothing can be said: the defect could not be put in, or no test of those named came to run. */
  | { readonly is: 'invalid'; readonly problem: string };

/** The part of Jest's JSON that counts here. */
export interface JestReport {
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    /** The path of the file. */
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

/** A defect is killed by a test that ran and failed, and by nothing else: not by a file that does not load. */
export function readVerdict(report: JestReport): Verdict {
  const ran = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = ran.find(({ status }) => status === 'failed');
  if (failed !== undefined) {
    return { is: 'killed', by: failed.fullName, why: firstLine(failed.failureMessages?.[0] ?? '') };
  }
  if (report.numRuntimeErrorTestSuites > 0) {
    const [broken] = report.testResults;
    return { is: 'invalid', problem: `the suite does not load: ${firstLine(broken?.message ?? '')}` };
  }
  if (!ran.some(({ status }) => status === 'passed'))
    return { is: 'invalid', problem: 'no test of this title' };
  return { is: 'survived' };
}

/** The first line with words in it, without colours. */
export function firstLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- the escape sequences of a terminal
  const plain = text.replace(/\u001b\[[\d;]*m/g, '');
  const lines = plain.split('\n').map((line) => line.trim());
  return (lines.find((line) => /\w/.test(line) && !line.startsWith('●')) ?? '').slice(0, 200);
}
