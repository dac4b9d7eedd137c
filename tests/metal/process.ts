// A program in a process of its own, whose output, exit code and silence are the result.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Ended {
  readonly out: string;
  readonly status: number;
  readonly errors: string;
}
export async function node(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 100_000, env });
    return { out: stdout.trim(), status: 0, errors: stderr };
  } catch (e) {
    const { stdout, stderr, code: status } = e as { stdout: string; stderr: string; code: number };
    return { out: stdout.trim(), status, errors: stderr };
  }
}
/** What ends as it should, and says nothing else. */
export const clean = (out: string, status = 0): Ended => ({ out, status, errors: '' });
