/**
 * The parts of the tool for programs and for checking its numbers: `loadEncoder`, which computes features of images by
 * a trained encoder; what other tools read and write; losses, views, optimizers, schedules, layers, backbones, methods,
 * evaluation; and `runOnce(fn, inputs)`, which records a small function of tensors and returns its values.
 */

export { blendColours, shiftHue } from './augment/colour-jitter.ts';
export { drawCrop } from './augment/crop.ts';
export { drawColour, drawView, type ViewDraw } from './augment/draw.ts';
export { blurMatrices, gaussianBlur } from './augment/gaussian-blur.ts';
export { grayscale, luminance } from './augment/grayscale.ts';
export { makeViews } from './augment/make-views.ts';
export { normalize } from './augment/normalize.ts';
export { onPlanes, type Planes } from './augment/planes.ts';
export { resample, resampleMatrices } from './augment/resample-matrices.ts';
export { solarize } from './augment/solarize.ts';
export { viewInputSpecs, viewInputs } from './augment/view-inputs.ts';
export { planViews, type ViewPlan } from './augment/view-plan.ts';
export type { Backbone } from './backbones/backbone.ts';
export { createBackbone } from './backbones/create-backbone.ts';
export type { ResnetOptions } from './backbones/resnet.ts';
export type { VitOptions } from './backbones/vit.ts';
export { readCheckpoint, writeCheckpoint } from './checkpoint/checkpoint.ts';
export type { FileTensor } from './checkpoint/dtypes.ts';
export { readSafetensors } from './checkpoint/safetensors-read.ts';
export { writeSafetensors } from './checkpoint/safetensors-write.ts';
export type { DrawSettings, Normalization } from './config/view-settings.ts';
export { wilsonInterval } from './evaluate/interval.ts';
export { knn } from './evaluate/knn.ts';
export { linearProbe } from './evaluate/linear-probe.ts';
export {
  type EncoderGraph,
  type GraphEncoder,
  type GraphOptions,
  recordEncoderGraph,
} from './interop/graphs/encoder-graph.ts';
export { encodeOnnxModel } from './interop/graphs/onnx/encode-onnx.ts';
export { savedModelFiles } from './interop/graphs/saved-model.ts';
export { tfjsFiles } from './interop/graphs/tfjs-model.ts';
export type { FeatureTable, TableFile, TablePart } from './interop/tables/feature-table.ts';
export { tableFiles } from './interop/tables/table-files.ts';
export { loaderText } from './interop/torch/loader-text.ts';
export { type TorchEncoder, type TorchLibrary, torchTensors } from './interop/torch/torch-names.ts';
export { guessBackbone } from './interop/weights/guess-backbone.ts';
export { type MatchedBackbone, type MatchTarget, matchBackbone } from './interop/weights/match-backbone.ts';
export { readWeights, type WeightsFile } from './interop/weights/read-weights.ts';
export { batchContrast, queueContrast } from './losses/info-nce.ts';
export { l2Normalize } from './losses/l2-normalize.ts';
export { normalizedSquaredDistance } from './losses/normalized-squared-distance.ts';
export { ntXent, ntXentChance } from './losses/nt-xent.ts';
export { createMethod } from './methods/create-method.ts';
export { initialValues } from './methods/initial-values.ts';
export type { Method } from './methods/method.ts';
export { attention } from './nn/attention.ts';
export { batchNorm } from './nn/batch-norm.ts';
export { convolution } from './nn/convolution.ts';
export { type Layer, pure, sequential } from './nn/layer.ts';
export { layerNorm } from './nn/layer-norm.ts';
export { linear } from './nn/linear.ts';
export { mlp } from './nn/mlp.ts';
export { residual } from './nn/residual.ts';
export { transformerBlock } from './nn/transformer-block.ts';
export { clipByGlobalNorm } from './optim/clip-gradients.ts';
export { emaDecaySchedule } from './optim/ema-schedule.ts';
export { cosine, learningRateSchedule, scaleLearningRate } from './optim/learning-rate-schedule.ts';
export { createOptimizer } from './optim/optimizer.ts';
export type { OptimizerOptions } from './optim/optimizer-options.ts';
export { type EncoderSource, type LoadedEncoder, loadEncoder } from './run/encoder/load-encoder.ts';
export { gradients } from './runtime/gradients.ts';
export { float32, fromNested, type HostTensor, int32, toNested, uint8 } from './runtime/host-tensor.ts';
export * as ops from './runtime/ops.ts';
export { createProgram, type Program } from './runtime/program.ts';
export { runOnce } from './runtime/run-once.ts';
export { type Tensor, tf } from './runtime/tf.ts';
export { accumulateStep, initialStepState, parameterNames, type StepParts, trainStep } from './train/step.ts';
export { UserError } from './util/errors.ts';
export { randomStream } from './util/rng.ts';
