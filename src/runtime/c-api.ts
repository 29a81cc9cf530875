import koffi, { type TypeObject } from 'koffi';
import { loadLibrary, lookUp } from './library.ts';

/** An opaque pointer that belongs to TensorFlow. */
export type Pointer = unknown;

/** One output of one operation in a graph (TF_Output). */
export interface Output {
  readonly oper: Pointer;
  readonly index: number;
}

/** TensorFlow's DataType numbers. */
export const DataType = {
  float32: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  float16: 19,
  resource: 20,
  float64: 2,
} as const;

/** The name of a TensorFlow data type. */
export function typeName(type: number): string {
  return Object.entries(DataType).find(([, number]) => number === type)?.[0] ?? `TensorFlow type ${type}`;
}

/** TF_Buffer. */
const BUFFER = koffi.struct({ data: 'void *', length: 'size_t', free: 'void *' });

const SIGNATURES = {
  TF_Version: 'const char *()',
  TF_NewStatus: 'void *()',
  TF_DeleteStatus: 'void (void *)',
  TF_GetCode: 'int (void *)',
  TF_Message: 'const char *(void *)',
  TF_NewGraph: 'void *()',
  TF_DeleteGraph: 'void (void *)',
  TF_NewOperation: 'void *(void *, const char *, const char *)',
  TF_SetDevice: 'void (void *, const char *)',
  TF_AddInput: 'void (void *, Output)',
  TF_AddInputList: 'void (void *, Output *, int)',
  TF_AddControlInput: 'void (void *, void *)',
  TF_SetAttrType: 'void (void *, const char *, int)',
  TF_SetAttrTypeList: 'void (void *, const char *, const int *, int)',
  TF_SetAttrString: 'void (void *, const char *, const char *, size_t)',
  TF_SetAttrInt: 'void (void *, const char *, int64_t)',
  TF_SetAttrIntList: 'void (void *, const char *, const int64_t *, int)',
  TF_SetAttrFloat: 'void (void *, const char *, float)',
  TF_SetAttrFloatList: 'void (void *, const char *, const float *, int)',
  TF_SetAttrBool: 'void (void *, const char *, uint8_t)',
  TF_SetAttrShape: 'void (void *, const char *, const int64_t *, int)',
  TF_SetAttrTensor: 'void (void *, const char *, void *, void *)',
  TF_FinishOperation: 'void *(void *, void *)',
  TF_OperationOutputType: 'int (Output)',
  TF_OperationNumOutputs: 'int (void *)',
  TF_OperationInputListLength: 'int (void *, const char *, void *)',
  TF_OperationOutputListLength: 'int (void *, const char *, void *)',
  TF_OperationGetAttrType: 'void (void *, const char *, _Out_ int *, void *)',
  TF_OperationGetAttrBool: 'void (void *, const char *, _Out_ uint8_t *, void *)',
  TF_GetAllRegisteredKernels: 'void *(void *)',
  TF_GraphGetTensorNumDims: 'int (void *, Output, void *)',
  TF_GraphGetTensorShape: 'void (void *, Output, _Out_ int64_t *, int, void *)',
  TF_GraphGetOpDef: 'void (void *, const char *, void *, void *)',
  TF_AddGradientsWithPrefix:
    'void (void *, const char *, Output *, int, Output *, int, Output *, void *, _Out_ Output *)',
  TF_GraphNextOperation: 'void *(void *, _Inout_ size_t *)',
  TF_OperationName: 'const char *(void *)',
  TF_OperationOpType: 'const char *(void *)',
  TF_OperationNumInputs: 'int (void *)',
  TF_OperationInput: 'Output (Output)',
  TF_OperationOutputNumConsumers: 'int (Output)',
  TF_OperationOutputConsumers: 'int (Output, _Out_ Output *, int)',
  TF_SetAttr: 'void (void *, void *, const char *, Buffer *, void *)',
  TF_UpdateEdge: 'void (void *, Output, Output, void *)',
  TF_GraphToGraphDef: 'void (void *, void *, void *)',
  TF_GraphOperationByName: 'void *(void *, const char *)',
  TF_NewBuffer: 'void *()',
  TF_DeleteBuffer: 'void (void *)',
  TF_AllocateTensor: 'void *(int, const int64_t *, int, size_t)',
  TF_TensorData: 'void *(void *)',
  TF_TensorByteSize: 'size_t (void *)',
  TF_NumDims: 'int (void *)',
  TF_Dim: 'int64_t (void *, int)',
  TF_TensorType: 'int (void *)',
  TF_DeleteTensor: 'void (void *)',
  TF_NewSessionOptions: 'void *()',
  TF_DeleteSessionOptions: 'void (void *)',
  TF_SetConfig: 'void (void *, const uint8_t *, size_t, void *)',
  TF_NewSession: 'void *(void *, void *, void *)',
  TF_LoadSessionFromSavedModel: 'void *(void *, void *, const char *, const char **, int, void *, void *, void *)',
  TF_CloseSession: 'void (void *, void *)',
  TF_DeleteSession: 'void (void *, void *)',
  TF_SessionRun:
    'void (void *, void *, Output *, void **, int, Output *, _Out_ void **, int, void **, int, void *, void *)',
  TF_SessionListDevices: 'void *(void *, void *)',
  TF_DeleteDeviceList: 'void (void *)',
  TF_DeviceListCount: 'int (void *)',
  TF_DeviceListName: 'const char *(void *, int, void *)',
  TF_DeviceListType: 'const char *(void *, int, void *)',
  TF_DeviceListMemoryBytes: 'int64_t (void *, int, void *)',
} as const;

type Callable = ((...arguments_: unknown[]) => unknown) & { readonly async: (...arguments_: unknown[]) => void };
export type CApi = Readonly<Record<keyof typeof SIGNATURES, Callable>>;

let loaded: CApi | undefined;

/**
 * TensorFlow's C API by function name; the library is loaded at the first call and stays loaded.
 *
 * Throws a UserError when no TensorFlow library is found, or it lacks a function.
 */
export function cApi(): CApi {
  if (loaded) return loaded;
  const library = loadLibrary();
  const output = koffi.struct({ oper: 'void *', index: 'int' });
  const entries = Object.entries(SIGNATURES).map(([name, signature]) => {
    const [, result, parameters] = /^(.*?)\((.*)\)$/.exec(signature) ?? [];
    const types = (parameters ?? '').split(',').filter((text) => text.trim() !== '');
    const parameterTypes = types.map((text) => parameterType(text.trim(), output) as string);
    const resultType = parameterType((result ?? '').trim(), output) as string;
    return [name, lookUp(name, () => library.func(name, resultType, parameterTypes))];
  });
  loaded = Object.fromEntries(entries) as CApi;
  return loaded;
}

function parameterType(text: string, output: TypeObject): ReturnType<typeof koffi.out> | TypeObject | string {
  if (text === 'Output') return output;
  if (text === 'Output *') return koffi.pointer(output);
  if (text === 'Buffer *') return koffi.pointer(BUFFER);
  if (text === '_Out_ Output *') return koffi.out(koffi.pointer(output));
  if (text.startsWith('_Out_ ')) return koffi.out(text.slice(6));
  if (text.startsWith('_Inout_ ')) return koffi.inout(text.slice(8));
  return text;
}

/** Calls `use` with a fresh TF_Status and turns a failure into an Error that says what was being done. */
export function withStatus<T>(doing: string, use: (status: Pointer) => T): T {
  const api = cApi();
  const status = api.TF_NewStatus();
  try {
    const result = use(status);
    throwOnFailure(doing, status);
    return result;
  } finally {
    api.TF_DeleteStatus(status);
  }
}

/** Throws an Error with TensorFlow's message when the status is not OK. */
export function throwOnFailure(doing: string, status: Pointer): void {
  if (cApi().TF_GetCode(status) === 0) return;
  throw new Error(`TensorFlow could not ${doing}: ${cApi().TF_Message(status)}`);
}

/** A view on memory that TensorFlow owns, valid until the tensor or buffer is deleted. */
export function nativeBytes(address: Pointer, length: number): Uint8Array {
  return length === 0 ? new Uint8Array(0) : new Uint8Array(koffi.view(address, length));
}

/** A pointer as a number: two pointers to one object may be different JavaScript values. */
export function addressOf(pointer: Pointer): bigint {
  return koffi.address(pointer);
}

/** The bytes of a TF_Buffer, copied. */
export function bufferBytes(buffer: Pointer): Uint8Array {
  const { data, length } = koffi.decode(buffer, BUFFER) as {
    data: Pointer;
    length: number;
  };
  return nativeBytes(data, Number(length)).slice();
}

/** The release of the loaded TensorFlow, for example `2.21.0`. */
export function tensorflowVersion(): string {
  return String(cApi().TF_Version());
}
