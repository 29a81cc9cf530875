/** Longest name of a producer in an ONNX model. */
const LONGEST_NAME = 100;

/**
 * What a file in the format of protocol buffers is, by its first bytes; it does not say so itself.
 *
 * An ONNX model begins with its version (3 and later) and the name of its producer, a SavedModel with version 1 and a
 * message, a graph with its first node, whose first field is its name.
 */
export function protobufKind(head: Uint8Array): 'onnx' | 'saved-model' | 'graph' | undefined {
  const [first, second = 0, third] = head;
  if (first === 0x08 && second >= 3 && second < 0x20 && isText(head, 2)) return 'onnx';
  if (first === 0x08 && second >= 3 && second < 0x20 && (third === 0x3a || third === 0x42)) return 'onnx';
  if (first === 0x08 && second === 1 && third === 0x12) return 'saved-model';
  const text = Buffer.from(head).toString('latin1');
  return first === 0x0a && /Const|Placeholder|VarHandleOp|VariableV2/.test(text) ? 'graph' : undefined;
}

/** Whether a field of text, the second or third of a message, stands at a place. */
function isText(head: Uint8Array, at: number): boolean {
  const [tag, length = 0] = head.subarray(at);
  const text = Buffer.from(head.subarray(at + 2, at + 2 + length)).toString('latin1');
  return (tag === 0x12 || tag === 0x1a) && length < LONGEST_NAME && /^[\x20-\x7e]*$/.test(text);
}
