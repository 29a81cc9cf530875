/**
 * A mistake that the user can mend: printed as one message, never with a stack trace.
 *
 * Write the message as what was expected, what was got and where; put what to do next into `hint`.
 * `exitCode` is 2 for usage or configuration and 1 for a run that failed.
 */
export class UserError extends Error {
  readonly hint: string | undefined;
  readonly exitCode: 1 | 2;

  constructor(
    message: string,
    options: { hint?: string | undefined; exitCode?: 1 | 2 | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'UserError';
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
  }
}
