import { cApi, type Output } from './c-api.ts';

/** The inputs of operations that read an output of the graph. */
export function consumersOf(output: Output): Output[] {
  const count = Number(cApi().TF_OperationOutputNumConsumers(output));
  const consumers: Output[] = Array.from({ length: count }, () => ({ oper: null, index: 0 }));
  cApi().TF_OperationOutputConsumers(output, consumers, count);
  return consumers;
}
