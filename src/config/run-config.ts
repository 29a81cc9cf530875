import type { z } from 'zod';
import type { RunSchema } from './schema/run.ts';

type Frozen<T> = { readonly [K in keyof T]: Frozen<T[K]> };

/** A run's settings, complete and frozen: what `loadConfig` returns. */
export type RunConfig = Frozen<z.output<typeof RunSchema>>;

export type DataConfig = RunConfig['data'];
export type ViewsConfig = RunConfig['views'];
export type BackboneConfig = RunConfig['backbone'];
export type MethodConfig = RunConfig['method'];
export type OptimizerConfig = RunConfig['optimizer'];
export type ScheduleConfig = RunConfig['schedule'];
export type EvaluateConfig = RunConfig['evaluate'];
