import { boundText } from './bound-text.ts';

/** Bytes that a message, and its hint, may take; commands in hints are cut only where a name in them is absurd. */
const [MOST_MESSAGE, MOST_HINT] = [2900, 1100];

/**
 * A mistake that the user can mend: printed as one message, never with a stack trace.
 *
 * Write the message as what was expected, what was got and where; put what to do next into `hint`. Both are bounded
 * (`boundText`), since what was got may be anything; who lists things says how many more there are.
 * `exitCode` is 2 for usage or configuration and 1 for a run that failed.
 */
export class UserError extends Error {
  readonly hint: string | undefined;
  readonly exitCode: 1 | 2;

  constructor(
    message: string,
    options: { hint?: string | undefined; exitCode?: 1 | 2 | undefined; cause?: unknown } = {},
  ) {
    super(boundText(message, MOST_MESSAGE), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'UserError';
    this.hint = options.hint === undefined ? undefined : boundText(options.hint, MOST_HINT);
    this.exitCode = options.exitCode ?? 1;
  }
}
