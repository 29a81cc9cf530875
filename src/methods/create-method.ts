import { type ByolOptions, byol } from './byol.ts';
import type { Method, MethodParts } from './method.ts';
import { type MocoOptions, moco } from './moco.ts';
import { type MocoV3Options, mocoV3 } from './moco-v3.ts';
import { type SimclrOptions, simclr } from './simclr.ts';

/** The settings of any method; `name` says which. */
export type MethodOptions =
  | ({ readonly name: 'simclr' } & SimclrOptions)
  | ({ readonly name: 'moco' } & MocoOptions)
  | ({ readonly name: 'mocov3' } & MocoV3Options)
  | ({ readonly name: 'byol' } & ByolOptions);

/** Builds a method by its name. */
export function createMethod(options: MethodOptions, parts: MethodParts): Method {
  switch (options.name) {
    case 'simclr':
      return simclr(options, parts);
    case 'moco':
      return moco(options, parts);
    case 'mocov3':
      return mocoV3(options, parts);
    case 'byol':
      return byol(options, parts);
  }
}
