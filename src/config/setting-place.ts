import type { Path } from './path.ts';
import { showPath } from './path.ts';

const PLACES = new WeakMap<object, (path: Path) => string>();

/** Remembers where the settings of a configuration were given: for mistakes that only its images show. */
export function rememberPlaces<Config extends object>(config: Config, placeOf: (path: Path) => string): Config {
  PLACES.set(config, placeOf);
  return config;
}

/** Where a setting was given, as messages name it: `file:line:column key`, or the option; its key where not known. */
export function settingPlace(config: object, ...path: readonly string[]): string {
  return PLACES.get(config)?.(path) ?? showPath(path);
}
