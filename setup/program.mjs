import { limitProblem } from './limits.mjs';

/**
 * Starts a program of this package: `load` imports its file in dist, whose `main` ends the process.
 *
 * What can keep it from loading is said here, since nothing else is there to say it: no build, a package that is
 * missing or damaged, limits of the process that leave no room.
 */
export async function startProgram(name, load) {
  const main = await loadMain(name, load);
  await main(process.argv.slice(2));
}

async function loadMain(name, load) {
  const limit = limitProblem({ tensorflow: false });
  if (limit) return await end(limit);
  try {
    const { closeDebugger } = await import('../dist/cli/close-debugger.js');
    closeDebugger();
    const { main } = await load();
    return main;
  } catch (error) {
    const { explainDamage } = await import('./damage.mjs');
    const [line] = String(error?.message ?? error).split('\n');
    const unknown = { message: `${name} can't be loaded: ${line}`, hint: 'Install it again, with `--ignore-scripts`.' };
    return await end(explainDamage(error) || unknown);
  }
}

async function end({ message, hint }) {
  // It may be what is damaged: the names of programs serve then.
  const call = await import('../dist/util/program-command.js').then(
    ({ callPrograms }) => callPrograms(hint),
    () => hint,
  );
  process.stderr.write(`error: ${message}\nhint: ${call}\n`);
  process.exit(1);
}
