import { UserError } from '../../util/errors.ts';

/** The cause of the errors that {@link noImages} makes. */
class NoImages extends Error {}

/**
 * The error (exit code 2) for files that are whole and of a known format, but hold no images, such as a table of
 * numbers: other files beside them may be the data set.
 */
export function noImages(message: string, hint?: string): UserError {
  return new UserError(message, { hint, exitCode: 2, cause: new NoImages() });
}

/** Whether an error says that files hold no images, and nothing worse. */
export function saysNoImages(error: UserError): boolean {
  return error.cause instanceof NoImages;
}
