import { elementCount } from '../runtime/host-tensor.ts';
import { addRelu } from '../runtime/ops.ts';
import type { Layer } from './layer.ts';
import { prefixed, scoped } from './layer.ts';

/**
 * relu(main(x) + shortcut(x)); the shortcut's variables are called `downsample.<name>` and it is the identity when
 * absent.
 */
export function residual(main: Layer, shortcut?: Layer): Layer {
  const prefix = 'downsample.';
  return {
    variables: { ...main.variables, ...(shortcut && prefixed(prefix, shortcut.variables)) },
    apply(lookup, x, context) {
      const left = main.apply(lookup, x, context);
      const right = shortcut?.apply(scoped(lookup, prefix), x, context);
      return {
        y: addRelu(left.y, right?.y ?? x),
        buffers: { ...left.buffers, ...(right && prefixed(prefix, right.buffers)) },
      };
    },
    trace(input) {
      const left = main.trace(input);
      const right = shortcut?.trace(input).activations ?? 0;
      const sum = elementCount(left.shape);
      return { shape: left.shape, activations: left.activations + right + 2 * sum };
    },
  };
}
