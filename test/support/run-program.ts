import { start } from './processes.ts';

/** How a program ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; it is killed after `withinMs`. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; withinMs?: number } = {},
): Promise<Ended> {
  const { withinMs = 40_000, ...rest } = options;
  const running = start(command, args, rest);
  running.child.stdin?.end();
  let stdout = '';
  running.child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const timer = setTimeout(() => void running.child.kill('SIGKILL'), withinMs);
  const code = await new Promise<number | null>((resolve, reject) => {
    running.child.once('close', resolve);
    running.child.once('error', reject);
  });
  clearTimeout(timer);
  return { code, stdout, stderr: running.stderr() };
}
