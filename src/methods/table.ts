import type { Method, MethodParts } from './method.ts';
import { type SimclrOptions, simclr } from './simclr.ts';

/** The settings of any method; `name` says which. */
export type MethodOptions = { readonly name: 'simclr' } & SimclrOptions;

/** Builds a method by its name. */
export function createMethod(options: MethodOptions, parts: MethodParts): Method {
  switch (options.name) {
    case 'simclr':
      return simclr(options, parts);
  }
}
