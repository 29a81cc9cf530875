import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Wheel } from '../../src/setup/wheels.ts';
import { randomStream } from '../../src/util/rng.ts';

/** A package index on this machine with one wheel in it. */
export interface WheelServer {
  readonly wheel: Wheel;
  readonly content: Buffer;
  readonly url: string;
  /** The `Range` header of each request for the wheel, or `none`. */
  readonly requests: string[];
  /** The same of pip's own requests for it. */
  readonly pipRequests: string[];
  /** Environment in which pip asks this index only. */
  readonly environment: NodeJS.ProcessEnv;
  close(): void;
}

/** How the server behaves. */
export interface ServerOptions {
  /** The connection breaks after this many bytes of an answer. */
  readonly cutAfter?: number;
  /** The answers that are cut so: the first one unless told otherwise. */
  readonly cuts?: number;
  /** The answers to pip that are cut so; none unless told otherwise. */
  readonly pipCuts?: number;
  /** The name and password that the index asks for, as `name:password`. */
  readonly credentials?: string;
  /** Bytes a millisecond. */
  readonly speed?: number;
  /** The server does not know `Range`. */
  readonly ignoresRange?: boolean;
}

export const FILE = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl';

/** Files of the wheel that must arrive, and their sizes. */
export const KEPT = {
  'tensorflow/libtensorflow_cc.so.2': 3_000_000,
  'tensorflow/libtensorflow_framework.so.2': 200_000,
};

/** A new folder that the system may remove some day. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'cl-setup-'));
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** A wheel like TensorFlow's with libraries of noise, and files that nobody needs. */
const buildWheel = once((): Buffer => {
  const folder = temporaryFolder();
  const info = 'tensorflow_cpu-2.21.0.dist-info';
  mkdirSync(join(folder, 'tensorflow', 'include'), { recursive: true });
  mkdirSync(join(folder, info));
  const random = randomStream(7);
  for (const [name, size] of Object.entries(KEPT)) {
    writeFileSync(join(folder, name), Buffer.from(Array.from({ length: size }, () => random.integer(256))));
  }
  writeFileSync(join(folder, 'tensorflow', 'include', 'c_api.h'), '// not needed');
  writeFileSync(join(folder, info, 'METADATA'), 'Metadata-Version: 2.1\nName: tensorflow-cpu\nVersion: 2.21.0\n');
  writeFileSync(join(folder, info, 'WHEEL'), 'Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_27_x86_64\n');
  execFileSync('python3', ['-m', 'zipfile', '-c', FILE, 'tensorflow/', `${info}/`], { cwd: folder });
  return readFileSync(join(folder, FILE));
});

/** Starts a package index on 127.0.0.1. */
export async function serveWheel(options: ServerOptions = {}): Promise<WheelServer> {
  const content = buildWheel();
  const sha256 = createHash('sha256').update(content).digest('hex');
  const requests: string[] = [];
  const pipRequests: string[] = [];
  const { cutAfter = Number.POSITIVE_INFINITY, cuts = 1, pipCuts = 0, credentials } = options;
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const isPip = request.headers['user-agent']?.startsWith('pip') === true;
    if (credentials !== undefined && request.headers.authorization !== `Basic ${btoa(credentials)}`) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="index"' }).end();
    } else if (request.url === '/simple/tensorflow-cpu/') {
      response.setHeader('content-type', 'text/html');
      response.end(`<!DOCTYPE html><a href="/files/${FILE}#sha256=${sha256}">${FILE}</a>`);
    } else if (request.url === `/files/${FILE}`) {
      await (isPip ? sendWheel(request, response, pipRequests, pipCuts) : sendWheel(request, response, requests, cuts));
    } else {
      response.writeHead(404).end();
    }
  };

  const sendWheel = async (
    request: IncomingMessage,
    response: ServerResponse,
    log: string[],
    cutAnswers: number,
  ): Promise<void> => {
    const { range } = request.headers;
    log.push(range ?? 'none');
    const start = options.ignoresRange ? 0 : Number(range?.match(/^bytes=(\d+)-$/)?.[1] ?? 0);
    if (start >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const end = log.length <= cutAnswers ? Math.min(start + cutAfter, content.length) : content.length;
    const headers = { 'content-length': content.length - start };
    const contentRange = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(start > 0 ? 206 : 200, start > 0 ? { ...headers, 'content-range': contentRange } : headers);
    for (let at = start; at < end; at += 50_000) {
      response.write(content.subarray(at, Math.min(end, at + 50_000)));
      await sleep(options.speed === undefined ? 0 : 50_000 / options.speed);
    }
    if (end < content.length) {
      await sleep(50);
      response.destroy();
    } else response.end();
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    wheel: { requirement: 'tensorflow-cpu==2.21.0', file: FILE, bytes: content.length, unpacked: 3_200_000, sha256 },
    content,
    url: `${url}/files/${FILE}`,
    requests,
    pipRequests,
    environment: pipEnvironment(`${credentials === undefined ? url : url.replace('//', `//${credentials}@`)}/simple`),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** This process's environment without the user's pip settings, asking only the given index. */
export function pipEnvironment(index: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^pip_|_proxy$/i.test(name));
  return {
    ...Object.fromEntries(kept),
    PIP_INDEX_URL: index,
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_CACHE_DIR: '1',
    PIP_DEFAULT_TIMEOUT: '5',
  };
}

/** A folder for PATH that holds only a `python3` with this text. */
export function fakePython(script: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'python3'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return folder;
}

/** Size of a file, 0 when it is not there. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
