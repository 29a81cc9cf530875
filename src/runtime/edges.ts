import { cApi, type Output, type Pointer } from './c-api.ts';

/** The inputs of operations that read an output of the graph. */
export function consumersOf(output: Output): Output[] {
  const count = Number(cApi().TF_OperationOutputNumConsumers(output));
  const consumers: Output[] = Array.from({ length: count }, () => ({ oper: null, index: 0 }));
  cApi().TF_OperationOutputConsumers(output, consumers, count);
  return consumers;
}

/** The outputs that an operation reads. */
export function inputsOf(operation: Pointer): Output[] {
  const count = Number(cApi().TF_OperationNumInputs(operation));
  return Array.from({ length: count }, (_, index) => cApi().TF_OperationInput({ oper: operation, index }) as Output);
}
