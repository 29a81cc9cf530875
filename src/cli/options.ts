import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import type { Assignment } from '../config/assignment.ts';
import { UserError } from '../util/errors.ts';
import { packageVersion } from '../util/package-info.ts';

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** A command that throws instead of ending the process, and suggests options for misspelt ones. */
export function createCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureHelp({ sortOptions: false });
}

/** The repeatable `--set KEY=VALUE`. */
export function setOption(description: string): Option {
  return new Option('--set <key=value>', description).argParser(collect);
}

/** `--quiet` and `--verbose`, which exclude each other. */
export function loudnessOptions(): Option[] {
  return [
    new Option('-q, --quiet', 'print results and errors only').conflicts('verbose'),
    new Option('-v, --verbose', 'print details, and stacks of errors'),
  ];
}

/** The options that stand for a setting, as assignments; those not given are left out. */
export function shortcuts(
  options: Readonly<Record<string, unknown>>,
  keys: Readonly<Record<string, string>>,
): Assignment[] {
  return Object.entries(keys).flatMap(([option, key]) => {
    const text = options[option];
    return typeof text === 'string' ? [{ label: `--${option}`, key, text }] : [];
  });
}

/** The file itself or, for a bare name (with or without .yaml) that is no file here, the preset of that name. */
export function fileOrPreset(path: string): string {
  if (existsSync(path) || basename(path) !== path) return path;
  const presets = [path, `${path}.yaml`].map((name) =>
    fileURLToPath(new URL(`../../configs/${name}`, import.meta.url)),
  );
  return presets.find((preset) => /\.yaml$/.test(preset) && existsSync(preset)) ?? path;
}

/** Reads a whole number above 0. @throws UserError (exit code 2) for anything else. */
export function parseCount(label: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value > 0 && Number.isSafeInteger(value)) return value;
    throw new UserError(`${label}: expected a whole number above 0, got ${text}`, { exitCode: 2 });
  };
}
