import { cApi, DataType, type Output, withStatus } from './c-api.ts';
import { consumersOf } from './edges.ts';
import { currentGraph } from './tf.ts';

/**
 * Gives the gradients named `prefix` the shapes that they ask for as constants, where they are known.
 *
 * TensorFlow's gradients read shapes from the tensors of the forward pass. Its optimizer makes constants of them too,
 * but ties each behind the tensor, and then no longer fuses a ReLU that is tied so with the BatchNorm before it.
 */
export function fixGradientShapes(prefix: string): void {
  const api = cApi();
  const { pointer, operations, info, constant } = currentGraph();
  const shapes = [...operations()].filter(
    (operation) =>
      api.TF_OperationOpType(operation) === 'Shape' && String(api.TF_OperationName(operation)).startsWith(`${prefix}/`),
  );
  for (const operation of shapes) {
    const { shape } = info(api.TF_OperationInput({ oper: operation, index: 0 }) as Output);
    const output = { oper: operation, index: 0 };
    if (shape.includes(-1) || info(output).type !== DataType.int32) continue;
    const known = constant(DataType.int32, [shape.length], Int32Array.from(shape));
    for (const consumer of consumersOf(output)) {
      withStatus('fix a shape', (status) => api.TF_UpdateEdge(pointer, known, consumer, status));
    }
  }
}
