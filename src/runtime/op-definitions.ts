import { bufferBytes, cApi, type Pointer, withStatus } from './c-api.ts';
import { decodeOpDefinition, type OpDefinition } from './protocol.ts';

/**
 * A function that gives the definitions of operations by their types; each is asked for once.
 *
 * It throws an Error for a type that the graph's TensorFlow does not know.
 */
export function opDefinitions(graph: Pointer): (type: string) => OpDefinition {
  const api = cApi();
  const known = new Map<string, OpDefinition>();
  return (type) => {
    const found = known.get(type);
    if (found) return found;
    const buffer = api.TF_NewBuffer();
    try {
      withStatus(`find the operation ${type}`, (status) => api.TF_GraphGetOpDef(graph, type, buffer, status));
      const definition = decodeOpDefinition(bufferBytes(buffer));
      known.set(type, definition);
      return definition;
    } finally {
      api.TF_DeleteBuffer(buffer);
    }
  };
}
