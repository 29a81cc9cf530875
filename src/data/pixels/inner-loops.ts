import { readFileSync } from 'node:fs';

/**
 * The little of WebAssembly's interface that is used here; its types come with the browser's, which must not be
 * visible.
 */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => WebAssemblyModule;
  Instance: new (module: WebAssemblyModule) => { readonly exports: unknown };
};
type WebAssemblyModule = { readonly module: unique symbol };

/** The functions of assembly/resample.ts, and the memory that their arguments are offsets into. */
export interface InnerLoops {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  resampleRows(
    source: number,
    stride: number,
    rows: number,
    out: number,
    to: number,
    first: number,
    counts: number,
    weights: number,
    taps: number,
  ): void;
  resampleColumns(
    source: number,
    stride: number,
    out: number,
    to: number,
    first: number,
    counts: number,
    weights: number,
    taps: number,
  ): void;
}

const PAGE_BYTES = 64 * 2 ** 10;
/** Memory that is kept for the next image, in bytes: it can grow but not shrink. */
const KEPT_BYTES = 64 * 2 ** 20;

let compiled: WebAssemblyModule | undefined;
let kept: InnerLoops | undefined;

/** The inner loops with that many bytes of memory at least, whose contents are unknown: call it anew for each use. */
export function innerLoops(bytes: number): InnerLoops {
  // Among the compiled files, whether this file is one of them or not.
  compiled ??= new WebAssembly.Module(readFileSync(new URL('../../../dist/resample.wasm', import.meta.url)));
  const loops = kept ?? (new WebAssembly.Instance(compiled).exports as InnerLoops);
  const missing = bytes - loops.memory.buffer.byteLength;
  if (missing > 0) loops.memory.grow(Math.ceil(missing / PAGE_BYTES));
  kept = loops.memory.buffer.byteLength <= KEPT_BYTES ? loops : undefined;
  return loops;
}
