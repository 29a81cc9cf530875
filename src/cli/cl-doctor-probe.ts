import { spawnSync } from 'node:child_process';
import type { Finding } from '../setup/finding.ts';
import { explainTensorflowWords } from '../util/gpu/tensorflow-words.ts';
import { runtimeEnvironment } from './relaunch.ts';

/** The hidden option with which `cl-doctor` calls itself to load TensorFlow. */
export const PROBE = '--probe';

/** What the probe prints, as one line of JSON. */
export interface ProbeResult {
  readonly devices: readonly { readonly name: string; readonly type: string; readonly memoryBytes: number }[];
  readonly sum: number;
}

/** Loads TensorFlow, lists its devices and computes a small sum on it. */
export async function probe(): Promise<ProbeResult> {
  const [{ createGraph }, { createSession }, { runOnce }, { tf }] = await Promise.all([
    import('../runtime/graph.ts'),
    import('../runtime/session.ts'),
    import('../runtime/run-once.ts'),
    import('../runtime/tf.ts'),
  ]);
  const session = createSession(createGraph());
  const { sum } = await runOnce(({ x }) => ({ sum: tf.sum(x as never) }), { x: [1, 2, 3, 4] });
  const { devices } = session;
  session.close();
  return { devices, sum: Number(sum?.data[0]) };
}

/**
 * Loads TensorFlow in a process of its own, so that a crash there (a wrong processor, a broken driver) is a finding.
 */
export function inspectLoading(expectsGpu: boolean): Finding {
  const name = 'Loading';
  const environment = { ...runtimeEnvironment(process.env), TF_CPP_MIN_LOG_LEVEL: '0' };
  const [program = ''] = process.argv.slice(1);
  const child = spawnSync(process.execPath, [...process.execArgv, program, PROBE], {
    encoding: 'utf8',
    env: environment,
    timeout: 120_000,
  });
  const result = parse(child.stdout);
  if (child.status !== 0 || result === undefined) {
    const why = child.signal ? `it was ended by ${child.signal}` : lastLine(child.stderr);
    const hint =
      'Run `cl-doctor --install --verify`; if that does not help, report this with the output of `cl-doctor --json`.';
    return { name, status: 'broken', found: `TensorFlow was found but could not be loaded: ${why}`, hint };
  }
  if (result.sum !== 10) return { name, status: 'broken', found: `1 + 2 + 3 + 4 came back as ${result.sum}` };
  const devices = result.devices.map(({ name: device }) => device.replace(/^.*device:/, '')).join(', ');
  if (!expectsGpu || result.devices.some(({ type }) => type === 'GPU')) {
    return { name, status: 'ok', found: `works; devices ${devices}` };
  }
  const seen = `works, but TensorFlow sees no GPU although there is a driver (devices ${devices})`;
  return { name, status: 'warning', ...missingGpu(seen, child.stderr) };
}

function missingGpu(seen: string, log: string): Pick<Finding, 'found' | 'hint'> {
  const reason = explainTensorflowWords(log);
  if (reason !== undefined) return { found: `${seen}: ${reason.problem}`, hint: reason.hint };
  const line = log.split('\n').find((each) => /cuda|gpu|dlopen/i.test(each)) ?? 'its log gives no reason';
  return {
    found: `${seen}: ${line.trim()}`,
    hint: 'Check what `nvidia-smi` prints, and `cl-doctor --install --verify`.',
  };
}

function parse(text: string): ProbeResult | undefined {
  try {
    return JSON.parse(text.trim().split('\n').pop() ?? '') as ProbeResult;
  } catch {
    return undefined;
  }
}

function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  return lines.find((line) => line.startsWith('error:'))?.slice(7) ?? lines.pop() ?? 'it printed nothing';
}
