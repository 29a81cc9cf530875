import type { z } from 'zod';
import type { RunSchema } from './schema/run.ts';

type Frozen<T> = { readonly [K in keyof T]: Frozen<T[K]> };

/** A run's settings, complete and frozen: what `loadConfig` returns. */
export type RunConfig = Frozen<z.output<typeof RunSchema>>;

export type ViewsConfig = RunConfig['views'];
