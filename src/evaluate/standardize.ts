/** Mean and standard deviation of each column, as fitted on one set of rows. */
export interface Standardization {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Added to each standard deviation, so that a constant column becomes zeros. */
const EPSILON = 1e-8;

/** Some rows, by index, of a feature matrix [count, width]. */
export interface FeatureRows {
  readonly features: Float32Array;
  readonly width: number;
  readonly rows: Int32Array;
}

/** The mean and biased standard deviation (plus 1e-8) of each column over the given rows, in float64 and two passes. */
export function fitStandardization({ features, width, rows }: FeatureRows): Standardization {
  const mean = new Float64Array(width);
  const deviation = new Float64Array(width);
  for (const row of rows) {
    for (let j = 0; j < width; j++) (mean[j] as number) += features[row * width + j] as number;
  }
  for (let j = 0; j < width; j++) (mean[j] as number) /= rows.length;
  for (const row of rows) {
    for (let j = 0; j < width; j++) {
      const centred = (features[row * width + j] as number) - (mean[j] as number);
      (deviation[j] as number) += centred * centred;
    }
  }
  for (let j = 0; j < width; j++) deviation[j] = Math.sqrt((deviation[j] as number) / rows.length) + EPSILON;
  return { mean, deviation };
}

/** The given rows, standardised, with a last column of ones: float64 values of shape [rows, width + 1]. */
export function standardizeRows({ features, width, rows }: FeatureRows, fitted: Standardization): Float64Array {
  const result = new Float64Array(rows.length * (width + 1));
  let next = 0;
  for (const row of rows) {
    for (let j = 0; j < width; j++) {
      const centred = (features[row * width + j] as number) - (fitted.mean[j] as number);
      result[next++] = centred / (fitted.deviation[j] as number);
    }
    result[next++] = 1;
  }
  return result;
}
