import { bufferBytes, cApi, withStatus } from './c-api.ts';
import type { Graph } from './graph.ts';

/**
 * A graph as TensorFlow's serialized GraphDef.
 *
 * The bytes of equal graphs differ: attributes of an operation come in any order.
 */
export function serializeGraph({ pointer }: Graph): Uint8Array {
  const api = cApi();
  const buffer = api.TF_NewBuffer();
  try {
    withStatus('serialize a graph', (status) => api.TF_GraphToGraphDef(pointer, buffer, status));
    return bufferBytes(buffer);
  } finally {
    api.TF_DeleteBuffer(buffer);
  }
}
