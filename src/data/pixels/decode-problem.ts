/**
 * One image that can't be used, such as a truncated JPEG: callers count and list it and go on with the others.
 *
 * The message is the reason alone, to be put after the image's name.
 */
export class DecodeProblem extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'DecodeProblem';
  }
}
