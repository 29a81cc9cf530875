/** The part that is used of libjpeg-turbo in WebAssembly, which comes without types. */
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  export interface JPEGDecoder {
    /** Room for a file's bytes, in the decoder's own memory. */
    getEncodedBuffer(length: number): Uint8Array;
    /** Throws a number for damage, however slight; anything else where its own memory was harmed. */
    decode(): void;
    getFrameInfo(): { readonly width: number; readonly height: number; readonly componentCount: number };
    /** uint8 [height, width, 1 or 3], in new memory. */
    getDecodedBuffer(): Uint8ClampedArray<ArrayBuffer>;
  }

  export default function load(): Promise<{ readonly JPEGDecoder: new () => JPEGDecoder }>;
}
