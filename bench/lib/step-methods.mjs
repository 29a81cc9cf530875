// The methods whose steps are timed, with the heads that step-peer.py gives them.

/**
 * @param {string} name
 * @param {number} featureSize
 * @returns {import('../../src/methods/create-method.ts').MethodOptions}
 */
export function stepMethod(name, featureSize) {
  const head = { hidden: featureSize, layers: 2, batchNorm: false };
  const normalized = { ...head, batchNorm: true, lastBias: false };
  switch (name) {
    case 'simclr':
      return { name, temperature: 0.5, passes: 'joint', projector: { ...head, out: 128 } };
    case 'moco':
      return {
        name,
        ...{ temperature: 0.1, queueSize: 4096, queues: 1, symmetric: 'none', emaDecay: { start: 0.99 } },
        ...{ batchNormGroups: 1, shuffleKeys: false, projector: { ...head, out: 128 } },
      };
    case 'mocov3':
      return {
        name,
        ...{ temperature: 0.2, emaDecay: { start: 0.99 } },
        ...{ projector: { ...normalized, out: 128 }, predictor: normalized },
      };
    case 'byol':
      return {
        name,
        emaDecay: { start: 0.99 },
        projector: { ...normalized, out: 128 },
        predictor: normalized,
      };
    default:
      throw new Error(`There is no method called ${name}.`);
  }
}
