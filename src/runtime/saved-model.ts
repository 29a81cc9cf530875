import { bufferBytes, cApi, type Output, type Pointer, withStatus } from './c-api.ts';
import type { HostTensor } from './host-tensor.ts';
import { decodeSignatures } from './protocol.ts';
import { createSession } from './session.ts';
import type { SessionOptions } from './session-settings.ts';

/** A SavedModel that computes. */
export interface SavedModel {
  /** Runs the signature `serving_default` on tensors by their names in it. */
  run(inputs: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>>;
  /** Releases it; more calls do nothing. */
  close(): void;
}

/**
 * Loads a SavedModel without variables, as any program loads one, from its folder.
 *
 * Throws an Error with TensorFlow's message when that can't be done.
 */
export function openSavedModel(folder: string, options: SessionOptions = {}): SavedModel {
  const api = cApi();
  const pointer = api.TF_NewGraph();
  const close = (): void => void api.TF_DeleteGraph(pointer);
  try {
    const { inputs, outputs } = loadSignature(folder, pointer);
    const session = createSession({ pointer }, options);
    let isOpen = true;
    return {
      async run(values) {
        const feeds = Object.entries(values).map(([name, value]) => ({
          name,
          output: outputOf(pointer, inputs[name]?.name, name),
          value,
        }));
        // A signature is a map, which TensorFlow gives in any order.
        const names = Object.keys(outputs).sort();
        const fetches = names.map((name) => outputOf(pointer, outputs[name]?.name, name));
        const results = await session.run(`run ${folder}`, feeds, fetches, []);
        return Object.fromEntries(names.map((name, i) => [name, results[i] as HostTensor]));
      },
      close() {
        if (!isOpen) return;
        isOpen = false;
        session.close();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

function loadSignature(folder: string, graph: Pointer) {
  const api = cApi();
  const options = api.TF_NewSessionOptions();
  const metaGraph = api.TF_NewBuffer();
  try {
    const session = withStatus(`load ${folder}`, (status) =>
      api.TF_LoadSessionFromSavedModel(options, null, folder, ['serve'], 1, graph, metaGraph, status),
    );
    // Without variables nothing is bound to this session: one with our settings runs the graph.
    withStatus('close a session', (status) => {
      api.TF_CloseSession(session, status);
      api.TF_DeleteSession(session, status);
    });
    const signature = decodeSignatures(bufferBytes(metaGraph))['serving_default'];
    if (signature === undefined) throw new Error(`Expected the signature serving_default in ${folder}.`);
    return signature;
  } finally {
    api.TF_DeleteBuffer(metaGraph);
    api.TF_DeleteSessionOptions(options);
  }
}

/** The output that a signature calls `operation:index`. */
function outputOf(graph: Pointer, tensor: string | undefined, name: string): Output {
  const [operation = '', index = '0'] = tensor?.split(':') ?? [];
  const oper = cApi().TF_GraphOperationByName(graph, operation);
  if (oper === null) throw new Error(`The signature has no '${name}'.`);
  return { oper, index: Number(index) };
}
