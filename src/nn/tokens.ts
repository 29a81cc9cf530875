import { castLike, operation } from '../runtime/ops.ts';
import { tf } from '../runtime/tf.ts';
import { UserError } from '../util/errors.ts';
import { normal } from './initializers.ts';
import type { Layer } from './layer.ts';

/** Longest wavelength over 2 pi. */
const TEMPERATURE = 10_000;

/**
 * Fixed two-dimensional positions of a grid, row-major [rows * columns, size] (facebookresearch/moco-v3, vits.py).
 *
 * A quarter of the values each: sine and cosine of the row, then of the column, times 10000^(-4 i / size).
 */
export function gridPositions(rows: number, columns: number, size: number): Float32Array {
  const quarter = size / 4;
  const values = new Float32Array(rows * columns * size);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const start = (row * columns + column) * size;
      for (let i = 0; i < quarter; i++) {
        const frequency = TEMPERATURE ** (-i / quarter);
        values[start + i] = Math.sin(row * frequency);
        values[start + quarter + i] = Math.cos(row * frequency);
        values[start + 2 * quarter + i] = Math.sin(column * frequency);
        values[start + 3 * quarter + i] = Math.cos(column * frequency);
      }
    }
  }
  return values;
}

/** The grid of patches that positions are learnt for. */
export interface LearntGrid {
  readonly rows: number;
  readonly columns: number;
  /** Side of a patch in pixels. */
  readonly patch: number;
}

/**
 * Patches [n, rows, columns, size] with their positions as tokens [n, 1 + rows * columns, size], after a learnt class
 * token.
 *
 * Positions are fixed, for every grid, and the class token has none; or they are learnt for one grid, the class token's
 * too, and start as timm's. `trace` throws a UserError for another grid than that.
 */
export function positionedTokens(size: number, learnt?: LearntGrid | undefined): Layer {
  return {
    variables: {
      cls_token: { shape: [1, 1, size], kind: 'parameter', initialize: normal(1e-6) },
      ...(learnt && {
        pos_embed: { shape: [1, 1 + learnt.rows * learnt.columns, size], kind: 'parameter', initialize: normal(0.02) },
      }),
    },
    apply(lookup, x) {
      const [, rows = 1, columns = 1] = x.shape;
      const count = rows * columns;
      const before = (n: number) => tf.tensor2d([0, 0, n, 0, 0, 0], [3, 2], 'int32');
      const after = tf.tensor2d([0, 0, 0, count, 0, 0], [3, 2], 'int32');
      const patches = operation('Pad', [tf.reshape(x, [-1, count, size]), before(1)]);
      const positions = learnt
        ? lookup('pos_embed')
        : operation('Pad', [tf.tensor3d(gridPositions(rows, columns, size), [1, count, size]), before(1)]);
      const added = tf.add(positions, operation('Pad', [lookup('cls_token'), after]));
      return { y: operation('AddV2', [patches, castLike(added, x)]), buffers: {} };
    },
    trace([rows = 1, columns = 1]) {
      if (learnt && (rows !== learnt.rows || columns !== learnt.columns)) throw otherGrid(learnt, rows, columns);
      const count = 1 + rows * columns;
      return { shape: [count, size], activations: count * size };
    },
  };
}

function otherGrid({ rows, columns, patch }: LearntGrid, gotRows: number, gotColumns: number): UserError {
  const pixels = (down: number, across: number): string => `${down * patch} x ${across * patch} px`;
  return new UserError(
    `Expected views of ${pixels(rows, columns)}, for whose patches positions are learnt, got ${pixels(gotRows, gotColumns)}.`,
    {
      hint: 'Give all views one size (no views.small), or take backbone.positions: fixed, which fit every size.',
      exitCode: 2,
    },
  );
}
