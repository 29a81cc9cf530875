import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser that `CL_CHROMIUM` names, or a Chromium on the path; undefined where there is none. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const given = environment['CL_CHROMIUM'];
  if (given) return given;
  const folders = (environment['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A page in a browser without a window. */
export interface BrowserPage {
  /** The value of a JavaScript expression in the page; a promise is waited for. Rejects with what it throws. */
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

interface Answer {
  readonly id?: number;
  /** Of an event, which has no number. */
  readonly method?: string;
  readonly error?: { readonly message: string };
  readonly result?: Readonly<Record<string, unknown>>;
}

/** Sends commands of the DevTools protocol through a browser's pipe, finds their answers, and waits for events. */
function createConnection(commands: Writable, answers: Readable) {
  const waiting = new Map<number | string, (answer: Answer) => void>();
  let last = 0;
  let text = '';
  let failure: string | undefined;
  answers.setEncoding('utf8').on('data', (part: string) => {
    const messages = (text + part).split('\0');
    text = messages.pop() ?? '';
    for (const message of messages) {
      const answer = JSON.parse(message) as Answer;
      const key = answer.id ?? answer.method ?? '';
      waiting.get(key)?.(answer);
      waiting.delete(key);
    }
  });
  const fail = (why: string): void => {
    failure ??= why;
    for (const answer of waiting.values()) answer({ error: { message: why } });
    waiting.clear();
  };
  const send = (method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      if (failure !== undefined) return reject(new Error(failure));
      const id = ++last;
      waiting.set(id, ({ error, result = {} }) => (error ? reject(new Error(error.message)) : resolve({ ...result })));
      commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  const event = (method: string): Promise<void> => {
    const seen = new Promise<void>((resolve, reject) => {
      waiting.set(method, ({ error }) => (error ? reject(new Error(error.message)) : resolve()));
    });
    // Whoever gives up before waiting for it need not hear that it never came.
    seen.catch(() => undefined);
    return seen;
  };
  return { send, event, fail };
}

/**
 * Opens an address in a Chromium of its own, without a window, its WebGL computed by the processor.
 *
 * @throws Error when the browser can't be started or the page can't be opened.
 */
export async function openPage(chromium: string, address: string): Promise<BrowserPage> {
  const profile = mkdtempSync(join(os.tmpdir(), 'cl-chromium-'));
  const isRoot = process.getuid?.() === 0;
  const flags = [
    ...['--headless', '--remote-debugging-pipe', `--user-data-dir=${profile}`, '--disable-dev-shm-usage'],
    ...['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--no-first-run'],
    ...(isRoot ? ['--no-sandbox'] : []),
  ];
  const browser = spawn(chromium, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const ended = once(browser, 'exit').catch(() => undefined);
  const { send, event, fail } = createConnection(browser.stdio[3] as Writable, browser.stdio[4] as Readable);
  browser.on('error', (error) => fail(`could not start ${chromium}: ${error.message}`));
  browser.on('exit', (status, signal) => fail(`${chromium} ended with ${signal ?? status}`));
  browser.stdio[3]?.on('error', () => fail(`${chromium} takes no commands`));
  const close = async (): Promise<void> => {
    await send('Browser.close').catch(() => browser.kill());
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
    await send('Page.enable', {}, sessionId as string);
    const loaded = event('Page.loadEventFired');
    const { errorText } = await send('Page.navigate', { url: address }, sessionId as string);
    if (errorText !== undefined) throw new Error(`${address}: ${errorText}`);
    await loaded;
    const evaluate = async (expression: string): Promise<unknown> => {
      const params = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = await send('Runtime.evaluate', params, sessionId as string);
      if (exceptionDetails === undefined) return (result as { value?: unknown }).value;
      const { exception, text } = exceptionDetails as { exception?: { description?: string }; text: string };
      throw new Error(exception?.description ?? text);
    };
    return { evaluate, close };
  } catch (error) {
    await close();
    throw error;
  }
}
