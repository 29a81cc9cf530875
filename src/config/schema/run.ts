import { z } from 'zod';
import { BackboneConfig } from './backbone-config.ts';
import { DataConfig } from './data.ts';
import { EvaluateConfig } from './evaluate.ts';
import { ExportConfig } from './export.ts';
import { GpuConfig } from './gpu.ts';
import { MethodConfig } from './method-config.ts';
import { OptimizerConfig } from './optimizer-config.ts';
import { ScheduleConfig } from './schedule.ts';
import { autoOrCount, count } from './values.ts';
import { ViewsConfig } from './views.ts';

const CheckpointConfig = z
  .strictObject({
    everyEpochs: count().default(1).describe('Epochs between two checkpoints; the last step always writes one.'),
    everySteps: count().optional().describe('Steps between two checkpoints, besides those at the ends of epochs.'),
    keep: count().default(2).describe('How many of the newest checkpoints are kept.'),
    keepEveryEpochs: count()
      .optional()
      .describe('Keep, besides the newest, the checkpoint of the end of every so many epochs, for good.'),
    keepBest: z
      .boolean()
      .default(false)
      .describe(
        'Keep, besides the newest, the one whose features have the best kNN accuracy of those evaluated while training (`evaluate.knn.everyEpochs`).',
      ),
    retryMinutes: z
      .number()
      .min(0)
      .default(10)
      .describe(
        'Minutes for which a run waits for its own folder where checkpoints, metrics and log can not be written, or its checkpoint not be read, for now, as on a network disk that is away; 0: it ends at once.',
      ),
  })
  .prefault({})
  .describe('Checkpoints, from which a run resumes exactly.');

const LogConfig = z
  .strictObject({
    everySteps: count()
      .default(10)
      .describe('Steps between two lines of metrics.jsonl; the last of an epoch and of the run has one too.'),
  })
  .prefault({})
  .describe('Metrics.');

/** Every setting of a run, with its default, its bounds and its meaning. */
export const RunSchema = z
  .strictObject({
    seed: z.int().min(0).default(0).describe('Seed of everything random: first weights, order of images, views.'),
    output: z
      .string()
      .min(1)
      .describe('Run folder, relative to the working directory; runs/<name of this file> when absent.'),
    init: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Weights to start from, of which the backbone is taken and nothing else: a run folder (its newest checkpoint), or a file: a checkpoint, an export, safetensors of torchvision or timm, a PyTorch file. A relative path is looked for as `data.path` is. A run that is resumed goes on from its own checkpoint, and does not read it again.',
      ),
    data: DataConfig,
    views: ViewsConfig,
    backbone: BackboneConfig,
    method: MethodConfig,
    optimizer: OptimizerConfig,
    schedule: ScheduleConfig,
    device: z
      .enum(['auto', 'cpu', 'gpu'])
      .default('auto')
      .describe('Where to train. auto: the GPU if there is one, else the CPU; gpu: an error without one.'),
    precision: z
      .enum(['float32', 'bfloat16', 'float16'])
      .default('float32')
      .describe(
        'Arithmetic of the backbone; parameters, BatchNorm statistics, heads and loss are float32 in all. float16 scales the loss, and skips steps whose gradients overflow.',
      ),
    threads: autoOrCount().default('auto').describe('Threads of TensorFlow on the CPU; auto: one for each core.'),
    deterministic: z
      .union([z.literal('auto'), z.boolean()], { error: 'expected "auto", true or false' })
      .default('auto')
      .describe(
        'Bit-identical results for the same seed on the same machine. auto: on the CPU, where it costs nothing.',
      ),
    gpu: GpuConfig,
    evaluate: EvaluateConfig,
    checkpoint: CheckpointConfig,
    export: ExportConfig,
    log: LogConfig,
  })
  .superRefine(({ method, views }, context) => {
    if (views.small === undefined || method.name === 'simclr' || method.name === 'byol') return;
    context.addIssue({
      code: 'custom',
      path: ['method', 'name'],
      message: `expected simclr or byol with \`views.small\`, as ${method.name} uses two views (remove views.small)`,
    });
  });
