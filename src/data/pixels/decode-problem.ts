import { boundText } from '../../util/bound-text.ts';

/** Bytes that a reason may take. */
const MOST_BYTES = 1000;

/**
 * One image that can't be used, such as a truncated JPEG: callers count and list it and go on with the others.
 *
 * The message is the reason alone, to be put after the image's name; it is bounded.
 */
export class DecodeProblem extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(boundText(reason, MOST_BYTES), options);
    this.name = 'DecodeProblem';
  }
}
