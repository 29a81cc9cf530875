import { describe, expect, it } from 'vitest';
import { cApi } from '../../src/runtime/c-api.ts';
import { conv2d } from '../../src/runtime/conv2d.ts';
import { consumersOf } from '../../src/runtime/edges.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import { createGraph } from '../../src/runtime/graph.ts';
import { relu } from '../../src/runtime/ops.ts';
import { record, tensorOf, tf } from '../../src/runtime/tf.ts';

describe('gradients', () => {
  it('read known shapes from constants, so that nothing ties the forward pass to the backward one', () => {
    const graph = createGraph();
    try {
      const shapes = record(graph, () => {
        const placeholder = graph.add('Placeholder', [], { dtype: 'float32', shape: [2, 4, 4, 3] });
        const x = tensorOf({ oper: placeholder, index: 0 });
        const y = tf.reshape(relu(conv2d(x, tf.ones([3, 3, 3, 4]), 1, 1)), [2, 64]);
        gradients(tf.mean(tf.mul(y, y)), { x });
        return [...graph.operations()].filter((operation) => cApi().TF_OperationOpType(operation) === 'Shape');
      });
      expect(shapes.length).toBeGreaterThan(0);
      for (const shape of shapes) expect(consumersOf({ oper: shape, index: 0 })).toEqual([]);
    } finally {
      graph.close();
    }
  });
});
