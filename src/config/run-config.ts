import type { z } from 'zod';
import type { RunSchema } from './schema/run.ts';

type Frozen<T> = { readonly [K in keyof T]: Frozen<T[K]> };

/**
 * A run's settings, complete and frozen: what `loadConfig` returns.
 *
 * Only the places that put a run together know it whole (`test/architecture-rules.ts` lists them); all else takes a
 * section below, or what was made of it.
 */
export type RunConfig = Frozen<z.output<typeof RunSchema>>;

export type { BackboneConfig } from './backbone-settings.ts';
export type CheckpointConfig = RunConfig['checkpoint'];
export type DataConfig = RunConfig['data'];
export type EvaluateConfig = RunConfig['evaluate'];
export type MethodConfig = RunConfig['method'];
export type OptimizerConfig = RunConfig['optimizer'];
export type ScheduleConfig = RunConfig['schedule'];
export type ViewsConfig = RunConfig['views'];
