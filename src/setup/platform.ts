import { readFileSync } from 'node:fs';
import { UserError } from '../util/errors.ts';

/** What of the machine decides whether TensorFlow's wheels run on it. */
export interface Machine {
  /** As in `process.platform`. */
  readonly platform: string;
  /** As in `process.arch`. */
  readonly arch: string;
  /** Version of the GNU C library, such as `2.36`; undefined with another C library (Alpine's musl). */
  readonly glibc: string | undefined;
  /** Whether the processor has AVX; undefined where that does not apply. */
  readonly avx: boolean | undefined;
}

/** The processors that TensorFlow has wheels for, in the words of Node. */
export type Architecture = 'x64' | 'arm64';

const OLDEST_GLIBC = '2.27';

/** Looks at this machine; takes a few milliseconds. */
export function describeMachine(): Machine {
  const { platform, arch } = process;
  return { platform, arch, glibc: glibcVersion(), avx: arch === 'x64' ? hasAvx() : undefined };
}

/**
 * The machine's architecture when TensorFlow's wheels run on it.
 *
 * @throws UserError for another system than Linux, another C library than glibc 2.27 or later, or another processor.
 */
export function assertPlatform({ platform, arch, glibc, avx }: Machine): Architecture {
  if (platform !== 'linux') {
    throw new UserError(`TensorFlow's library is fetched for Linux only, but this is ${platform}.`, {
      hint: 'Use Linux: a container, a virtual machine or WSL.',
    });
  }
  if (arch !== 'x64' && arch !== 'arm64') {
    throw new UserError(`TensorFlow has wheels for x86_64 and aarch64 processors, but this is ${arch}.`, {
      hint: 'Build TensorFlow yourself and name its folder in CL_TENSORFLOW.',
    });
  }
  if (glibc === undefined || compareVersions(glibc, OLDEST_GLIBC) < 0) {
    const got = glibc === undefined ? 'this system has another C library (musl)' : `this system has ${glibc}`;
    throw new UserError(`TensorFlow needs the GNU C library ${OLDEST_GLIBC} or later, but ${got}.`, {
      hint: 'Use a newer glibc distribution, such as Debian 12, or a container of one (`node:22-bookworm`, not Alpine).',
    });
  }
  if (avx === false) {
    throw new UserError(
      'TensorFlow needs a processor with AVX instructions, but this one (or this virtual machine) has none.',
      {
        hint: 'Pass the host processor through to the virtual machine, or name a TensorFlow built without AVX in CL_TENSORFLOW.',
      },
    );
  }
  return arch;
}

function compareVersions(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}

function glibcVersion(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  // Without this the report looks up the names of open connections, which can take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string | undefined } };
  return report.header?.glibcVersionRuntime;
}

function hasAvx(): boolean | undefined {
  try {
    const flags = readFileSync('/proc/cpuinfo', 'utf8').match(/^flags\s*:(.*)$/m)?.[1];
    return flags === undefined ? undefined : / avx\b/.test(flags);
  } catch {
    return undefined;
  }
}
