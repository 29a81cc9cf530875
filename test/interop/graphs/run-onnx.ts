import { type OnnxFileNode, readOnnx, type Values } from './onnx-file.ts';
import { OPERATORS } from './onnx-operators.ts';

/**
 * Runs an ONNX file slowly, by the specification of its operators: what it gives for its only input, by name.
 *
 * Throws for an operator or attribute that it does not know, a name that has no value yet, and shapes other than those
 * that the file states.
 */
export function runOnnx(bytes: Uint8Array, input: Values): Record<string, Values> {
  const file = readOnnx(bytes);
  const [only] = file.inputs;
  if (only === undefined || file.inputs.length !== 1) throw new Error(`${file.inputs.length} inputs`);
  const values = new Map(file.initializers);
  const set = (name: string, value: Values): void => {
    if (values.has(name)) throw new Error(`${name} has two values`);
    values.set(name, value);
  };
  expectShape(only, input);
  set(only.name, input);
  for (const node of file.nodes) {
    const inputs = node.inputs.map((name) => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`${node.op} ${node.name} reads ${name}, which has no value`);
      return value;
    });
    const results = runNode(node, inputs);
    if (results.length !== node.outputs.length)
      throw new Error(`${node.op} ${node.name} gives ${results.length} values`);
    node.outputs.forEach((name, i) => void set(name, results[i] as Values));
  }
  return Object.fromEntries(
    file.outputs.map((output) => {
      const value = values.get(output.name);
      if (value === undefined) throw new Error(`no value for the output ${output.name}`);
      expectShape(output, value);
      return [output.name, value];
    }),
  );
}

function runNode(node: OnnxFileNode, inputs: readonly Values[]): readonly Values[] {
  const operator = OPERATORS[node.op];
  if (operator === undefined) throw new Error(`the operator ${node.op}`);
  const unknown = Object.keys(node.attributes).filter((name) => !operator.attributes?.includes(name));
  if (unknown.length > 0) throw new Error(`the attributes ${unknown} of ${node.op}`);
  return operator.run(inputs, node);
}

function expectShape({ name, shape }: { name: string; shape: readonly (number | string)[] }, value: Values): void {
  const isSame =
    shape.length === value.shape.length && shape.every((size, i) => size === 'batch' || size === value.shape[i]);
  if (!isSame) throw new Error(`${name} is [${value.shape}] where the file states [${shape}]`);
}
