import cliProgress from 'cli-progress';

const minimumBar = 10;
const maximumBar = 30;

/** Whether a stream can show a line that is drawn anew. */
export function isLive(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env['TERM'] !== 'dumb';
}

/** A bar of at most 30 characters; nothing where there is no room for ten. */
function drawBar(share: number, room: number): string {
  if (room < minimumBar) return '';
  const width = Math.min(room, maximumBar);
  const filled = Math.min(width, Math.max(0, Math.floor(share * width)));
  return `${'━'.repeat(filled)}${'─'.repeat(width - filled)}`;
}

/** A text that fits the terminal's present width, with a bar before it where there is room and `hasBar`. */
export function barLine(
  stream: NodeJS.WriteStream,
  share: number,
  textFor: (width: number) => string,
  hasBar = true,
): string {
  // A full last column makes some terminals wrap: stay one short of it.
  const width = Math.max(1, (stream.columns || 80) - 1);
  const text = textFor(width);
  const drawn = hasBar ? drawBar(share, width - text.length - 2) : '';
  return drawn === '' ? text : `${drawn}  ${text}`;
}

/** Bars of one line that is drawn five times a second, below the lines that are logged. */
export function createBars(
  stream: NodeJS.WriteStream,
  options: { readonly format: () => string; readonly clearOnComplete?: boolean | undefined },
): cliProgress.MultiBar {
  // linewrap true leaves the terminal's wrapping alone; forceRedraw brings the bar back after a note.
  return new cliProgress.MultiBar({
    stream,
    fps: 5,
    linewrap: true,
    forceRedraw: true,
    gracefulExit: false,
    ...options,
  });
}
