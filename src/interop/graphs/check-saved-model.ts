import { listNames } from '../../util/list-names.ts';
import { decodeGraphDef, encodeGraphDef, operationsOf } from './graph-def.ts';
import { CONVERTED_OPERATIONS } from './onnx/encode-onnx.ts';
import { savedModelType } from './saved-model.ts';

/** What graphs of encoders are made of: all of it can be written as ONNX. */
const OPERATIONS: ReadonlySet<string> = new Set(['Placeholder', 'Const', ...CONVERTED_OPERATIONS]);

interface RawModel {
  readonly metaGraphs: readonly { readonly graphDef: Uint8Array }[];
}

/**
 * Checks that the bytes of a SavedModel are such as an export has: operations that compute, and nothing else.
 *
 * A graph of TensorFlow is a program, and may read and write files. Readers of its format differ in what they make of
 * parts that are repeated or unknown, so only those bytes are taken that writing again what was read gives.
 *
 * Throws an Error naming operations that encoders don't have.
 */
export function checkSavedModel(bytes: Uint8Array): void {
  const strange = new Set(attempt(() => graphsOf(bytes).flatMap(operationsOf)).filter((op) => !OPERATIONS.has(op)));
  if (strange.size > 0) {
    throw new Error(`Operations that no encoder has, so it was not run: ${listNames([...strange])}.`);
  }
  if (
    Buffer.compare(
      attempt(() => writeAgain(bytes)),
      bytes,
    ) !== 0
  )
    throw new Error(UNKNOWN);
}

const UNKNOWN = 'It is no SavedModel of an export, so it was not run.';

function attempt<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(UNKNOWN, { cause: error });
  }
}

function graphsOf(bytes: Uint8Array): Uint8Array[] {
  const { metaGraphs } = savedModelType.decode(bytes) as unknown as RawModel;
  if (metaGraphs.length !== 1) throw new Error(`Expected one graph, got ${metaGraphs.length}.`);
  return metaGraphs.map(({ graphDef }) => graphDef);
}

function writeAgain(bytes: Uint8Array): Uint8Array {
  const model = savedModelType.decode(bytes) as unknown as RawModel;
  const metaGraphs = model.metaGraphs.map((meta) =>
    Object.assign(meta, { graphDef: encodeGraphDef(decodeGraphDef(meta.graphDef)) }),
  );
  return savedModelType.encode(savedModelType.create({ ...model, metaGraphs })).finish();
}
