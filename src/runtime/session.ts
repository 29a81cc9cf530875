import { promisify } from 'node:util';
import { UserError } from '../util/errors.ts';
import { explainGpuFailure } from '../util/gpu/explain-gpu-failure.ts';
import { cApi, type Output, type Pointer, throwOnFailure, withStatus } from './c-api.ts';
import type { Graph } from './graph.ts';
import type { HostTensor } from './host-tensor.ts';
import { allowTensorFloat32 } from './library.ts';
import { toHost, toNative } from './native-tensor.ts';
import { encodeSessionConfig } from './protocol.ts';
import {
  type DeviceKind,
  expectedDevice,
  type SessionOptions,
  type SessionSettings,
  sessionSettings,
} from './session-settings.ts';

/** A device that TensorFlow computes on. */
export interface Device {
  readonly name: string;
  readonly type: 'CPU' | 'GPU' | string;
  readonly memoryBytes: number;
}

/** A value for an output of the graph; `name` is for messages. */
export interface Feed {
  readonly name: string;
  readonly output: Output;
  readonly value: HostTensor;
}

const MISSING_GPU = 'Expected a GPU (device: gpu), but TensorFlow sees none.';

/** Whether a session was not opened since TensorFlow sees no GPU. */
export function isMissingGpu(error: unknown): error is UserError {
  return error instanceof UserError && error.message === MISSING_GPU;
}

/** Executes parts of one graph. */
export interface Session {
  readonly devices: readonly Device[];
  /** Whether results are bit-identical from run to run on this machine. */
  readonly deterministic: boolean;
  /** Runs off the JavaScript thread and returns the values of `fetches`; throws an Error once the session is closed. */
  run(
    doing: string,
    feeds: readonly Feed[],
    fetches: readonly Output[],
    targets: readonly Pointer[],
  ): Promise<HostTensor[]>;
  /** Releases the session, as soon as its last run has ended; more calls do nothing. */
  close(): void;
}

/** A native session, and what it computes on. */
interface OpenSession {
  readonly pointer: Pointer;
  readonly devices: readonly Device[];
}

function openSession(graph: Pick<Graph, 'pointer'>, settings: SessionSettings): OpenSession {
  const api = cApi();
  for (const [name, value] of Object.entries(settings.environment)) process.env[name] ??= value;
  if (settings.tf32 !== undefined) allowTensorFloat32(settings.tf32);
  const nativeOptions = api.TF_NewSessionOptions();
  const config = encodeSessionConfig(settings.config);
  const pointer = withStatus('open a session', (status) => {
    api.TF_SetConfig(nativeOptions, config, config.length, status);
    throwOnFailure('configure a session', status);
    return api.TF_NewSession(graph.pointer, nativeOptions, status);
  });
  api.TF_DeleteSessionOptions(nativeOptions);
  return { pointer, devices: listDevices(pointer) };
}

function closeSession(pointer: Pointer): void {
  withStatus('close a session', (status) => {
    cApi().TF_CloseSession(pointer, status);
    cApi().TF_DeleteSession(pointer, status);
  });
}

/**
 * Opens a session on a graph.
 *
 * Throws a UserError (exit 2, `isMissingGpu`) when a GPU is asked for and TensorFlow sees none.
 *
 * @param expected the device that the settings are chosen for; they are chosen again where TensorFlow then sees no GPU,
 * as with a driver that is too old, or hidden devices.
 */
export function createSession(
  graph: Pick<Graph, 'pointer'>,
  options: SessionOptions = {},
  expected: DeviceKind = expectedDevice(options),
): Session {
  const api = cApi();
  const hasGpu = ({ devices }: OpenSession): boolean => devices.some(({ type }) => type === 'GPU');
  let settings = sessionSettings(options, expected);
  let opened = openSession(graph, settings);
  if (expected === 'gpu' && !hasGpu(opened)) {
    closeSession(opened.pointer);
    if (options.device === 'gpu') {
      throw new UserError(MISSING_GPU, {
        hint: 'Run `cl-doctor` to see what is missing, or set `device: cpu`.',
        exitCode: 2,
      });
    }
    settings = sessionSettings(options, 'cpu');
    opened = openSession(graph, settings);
  }
  const { pointer: session, devices } = opened;
  const runAsync = promisify(api.TF_SessionRun.async) as (...arguments_: unknown[]) => Promise<unknown>;
  let open = true;
  let running = 0;

  const release = (): void => closeSession(session);
  const close = (): void => {
    if (!open) return;
    open = false;
    if (running === 0) release();
  };

  return {
    devices,
    deterministic: settings.deterministic,
    async run(doing, feeds, fetches, targets) {
      if (!open) throw new Error('The session is closed.');
      if (fetches.length + targets.length === 0) return [];
      const values: Pointer[] = [];
      const results: Pointer[] = fetches.map(() => null);
      const status = api.TF_NewStatus();
      running++;
      try {
        for (const { name, value } of feeds) values.push(toNative(name, value));
        await runAsync(
          session,
          null,
          feeds.map(({ output }) => output),
          values,
          values.length,
          fetches,
          results,
          results.length,
          targets,
          targets.length,
          null,
          status,
        );
        throwOnFailure(doing, status);
        return results.map(toHost);
      } catch (error) {
        throw hasGpu(opened) ? await explainGpuFailure(error) : error;
      } finally {
        for (const value of [...values, ...results]) if (value) api.TF_DeleteTensor(value);
        api.TF_DeleteStatus(status);
        running--;
        if (!open && running === 0) release();
      }
    },
    close,
  };
}

function listDevices(session: Pointer): Device[] {
  const api = cApi();
  const list = withStatus('list devices', (status) => api.TF_SessionListDevices(session, status));
  try {
    return Array.from({ length: Number(api.TF_DeviceListCount(list)) }, (_, i) =>
      withStatus('describe a device', (status) => ({
        name: String(api.TF_DeviceListName(list, i, status)),
        type: String(api.TF_DeviceListType(list, i, status)),
        memoryBytes: Number(api.TF_DeviceListMemoryBytes(list, i, status)),
      })),
    );
  } finally {
    api.TF_DeleteDeviceList(list);
  }
}
