import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { identityOf } from '../assembly/run-identity.ts';
import type { RunFolder } from '../folder/run-folder.ts';
import { type SettingChange, settingChanges } from './setting-changes.ts';

/** The settings that a run's folder keeps; undefined where they can't be read. */
function keptSettings({ path }: RunFolder): Parameters<typeof identityOf>[0] | undefined {
  try {
    return loadConfig(join(path, 'config.yaml'));
  } catch {
    return undefined;
  }
}

/** Whether a run's folder names these weights as those that it starts from, as it does once they were allowed. */
export function keepsInit(folder: RunFolder, init: string | undefined): boolean {
  const before = keptSettings(folder);
  return before !== undefined && before.init === init;
}

/**
 * Settings of a run that goes on which differ from those in its folder and don't touch the course of training:
 * evaluation, logging, saving, the machine. None where the folder's can't be read: they are written anew.
 */
export function changesBesides(folder: RunFolder, config: Parameters<typeof identityOf>[0]): SettingChange[] {
  const before = keptSettings(folder);
  if (before === undefined) return [];
  const decisive = settingChanges(identityOf(before).settings, identityOf(config).settings);
  const known = new Set(['output', 'init', 'data.path', ...decisive.map(({ key }) => key)]);
  return settingChanges(before, config).filter(({ key }) => !known.has(key));
}
