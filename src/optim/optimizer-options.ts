/** Settings that every optimizer has. */
interface SharedOptions {
  readonly weightDecay: number;
  /** Leaves vectors and scalars out of the decay and of LARS's adaptation. */
  readonly excludeBiasAndNorm: boolean;
  /** Limit of the norm of all gradients together. */
  readonly clipGradientNorm?: number | undefined;
}

/** Settings of stochastic gradient descent, equal to torch.optim.SGD. */
export interface SgdOptions extends SharedOptions {
  readonly name: 'sgd';
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** Settings of LARS (You et al., arXiv:1708.03888). */
export interface LarsOptions extends SharedOptions {
  readonly name: 'lars';
  readonly momentum: number;
  readonly nesterov: boolean;
  /**
   * Where the learning rate goes: `torch` scales what the momentum gives, `google` what it takes, so that the buffer
   * holds it.
   */
  readonly momentumForm: 'torch' | 'google';
  readonly trustCoefficient: number;
  readonly trustForm: 'sum' | 'joint';
  readonly clip: boolean;
}

/**
 * Settings of Adam (Kingma and Ba, arXiv:1412.6980) or AdamW (Loshchilov and Hutter, arXiv:1711.05101), equal to
 * torch.optim's.
 */
export interface AdamOptions extends SharedOptions {
  /** `adam` adds the decay to the gradient, `adamw` to the update. */
  readonly name: 'adam' | 'adamw';
  readonly betas: readonly [number, number];
  readonly epsilon: number;
}

export type OptimizerOptions = SgdOptions | LarsOptions | AdamOptions;
