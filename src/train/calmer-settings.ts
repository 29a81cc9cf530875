/** What helps a run whose values are no longer finite, for the hint of a message. */
export const CALMER_SETTINGS =
  'Lower optimizer.learningRate, lengthen schedule.warmupEpochs, or raise method.temperature where the method has one, and go on, for example: cl-train --resume DIR --set optimizer.learningRate=RATE --allow-change optimizer.learningRate';
