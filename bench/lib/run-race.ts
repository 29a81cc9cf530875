import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** Starts the same command several times in one go, in processes of their own, and waits for their ends. */
export function startTogether(command: readonly string[], cwd: string, processes = 2): Promise<Ended[]> {
  const children = Array.from({ length: processes }, () =>
    spawn(process.execPath, command, { cwd, stdio: ['ignore', 'ignore', 'pipe'] }),
  );
  return Promise.all(
    children.map(async (child) => {
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, stderr };
    }),
  );
}
