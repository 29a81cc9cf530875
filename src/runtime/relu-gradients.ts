import { cApi, DataType, type Output, type Pointer, withStatus } from './c-api.ts';
import { consumersOf } from './edges.ts';
import { currentGraph } from './tf.ts';

/** Field 5 (b) of AttrValue, true. */
const TRUE = Buffer.from([0x28, 1]);

/**
 * Makes the gradients of ReLU in the recorded graph read ReLU's output instead of its input: the two are positive
 * together.
 *
 * TensorFlow's C++ gradient keeps the input, and with it the output of the BatchNorm before, until the backward pass,
 * and so prevents their fusion. Reading the output saves a tenth of the memory of a ResNet step and 2 to 8 % of its
 * time. In bfloat16 on the CPU, XLA makes one loop of it and of the sum of two branches' gradients before it.
 */
export function readReluOutputs(): void {
  const api = cApi();
  const { pointer, operations } = currentGraph();
  for (const operation of operations()) {
    if (api.TF_OperationOpType(operation) !== 'ReluGrad') continue;
    const input: Output = { oper: operation, index: 1 };
    const relu = consumersOf(api.TF_OperationInput(input) as Output).find(
      ({ oper }) => api.TF_OperationOpType(oper) === 'Relu',
    );
    if (!relu) continue;
    if (currentGraph().target === 'cpu') compileWithSum(operation);
    withStatus('rewire the gradient of a Relu', (status) =>
      api.TF_UpdateEdge(pointer, { oper: relu.oper, index: 0 }, input, status),
    );
  }
}

function compileWithSum(reluGradient: Pointer): void {
  const api = cApi();
  const sum = api.TF_OperationInput({ oper: reluGradient, index: 0 }) as Output;
  if (api.TF_OperationOpType(sum.oper) !== 'AddN' || consumersOf(sum).length !== 1) return;
  if (api.TF_OperationOutputType(sum) !== DataType.bfloat16) return;
  const cluster = Buffer.from(currentGraph().uniqueName('relu-gradient'));
  for (const operation of [sum.oper, reluGradient]) {
    setAttribute(operation, '_XlaCompile', TRUE);
    // Field 2 (s) of AttrValue.
    setAttribute(operation, '_XlaScope', Buffer.from([0x12, cluster.length, ...cluster]));
  }
}

/** Sets an attribute of a finished operation to a serialized AttrValue. */
function setAttribute(operation: Pointer, name: string, value: Buffer): void {
  const buffer = { data: value, length: value.length, free: null };
  withStatus(`set ${name}`, (status) => cApi().TF_SetAttr(currentGraph().pointer, operation, name, buffer, status));
}
