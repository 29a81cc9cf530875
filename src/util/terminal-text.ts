/** Control characters and those that turn the direction of writing, but for line breaks and tabs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
const UNSAFE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text of several lines that may be written to a terminal: control characters (a file name may hold escape
 * sequences that move the cursor or retitle the window) become `?`.
 */
export function terminalLines(text: string): string {
  return text.replace(UNSAFE, '?');
}

/**
 * Text of one line that may be written to a terminal, as `terminalLines` has it; line breaks and tabs become spaces.
 */
export function terminalText(text: string): string {
  return terminalLines(text.replace(/[\r\n\t]+/g, ' '));
}
