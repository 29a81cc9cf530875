import { z } from 'zod';
import { count } from './values.ts';

/** What is measured during and after training. */
export const EvaluateConfig = z
  .strictObject({
    knn: z
      .strictObject({
        everyEpochs: z
          .int()
          .min(0)
          .default(10)
          .describe('Epochs between two kNN evaluations, the last epoch included; 0: none.'),
        k: count().default(200).describe('Neighbours that vote (Wu et al. 2018).'),
        temperature: z
          .number()
          .positive()
          .default(0.1)
          .describe('A neighbour votes with exp(cosine similarity / temperature).'),
      })
      .prefault({})
      .describe('Nearest-neighbour accuracy of the features, on images with labels.'),
    holdout: z
      .number()
      .min(0)
      .max(0.5)
      .default(0)
      .describe(
        'Share of the training images that is kept out of training and serves as test images, where the data has none: of each class alike, drawn by the seed, at least one of each class that has two; 0: none.',
      ),
    linearProbe: z
      .boolean()
      .default(true)
      .describe('Fit a linear classifier on the frozen features when training ends.'),
    floors: z
      .boolean()
      .default(true)
      .describe('Measure the untrained backbone and the raw pixels too, as floors to compare with.'),
  })
  .prefault({})
  .describe('Evaluation; skipped with a notice when the images have no labels.');
