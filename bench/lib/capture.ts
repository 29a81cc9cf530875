import { type SpawnOptions, spawn } from 'node:child_process';

/** Runs a program to its end and returns what it wrote to standard output. */
export function capture(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    const parts: Buffer[] = [];
    child.stdout?.on('data', (part: Buffer) => parts.push(part));
    child.on('error', failed);
    child.on('close', (status, signal) => {
      if (status === 0) done(Buffer.concat(parts).toString());
      else failed(new Error(`${command} ${args.join(' ')} ended with ${signal ?? `exit status ${status}`}.`));
    });
  });
}
