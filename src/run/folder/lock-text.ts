import { hostname } from 'node:os';
import { type LockOwner, SILENT_MS } from '../../util/lock.ts';

/** Minutes without a renewal after which a lock counts as left behind whose owner can't be asked. */
export const SILENT_MINUTES = SILENT_MS / 60_000;

/** The owner of a lock, for people. */
export function describeOwner(owner: LockOwner | undefined): string {
  if (owner === undefined) return 'a process that it does not name';
  const { host, process: id, since } = owner;
  return `process ${id} on ${host} (since ${since.slice(0, 19).replace('T', ' ')} UTC)`;
}

/** What is said before the lock of an owner is watched that can't be asked. */
export function watchText(owner: LockOwner, path: string, lock: string): string {
  return `${describeOwner(owner)} owns ${path}, and can't be asked from here whether it is at work: watching ${lock} for up to ${SILENT_MINUTES} minutes`;
}

/** How the owner of a lock is stopped; its process id means another process, or none, anywhere but where it runs. */
export function stopText(owner: LockOwner | undefined, isHere: boolean): string {
  if (owner === undefined) return 'stop it';
  const { host, process: id } = owner;
  if (isHere) return `stop it (kill ${id})`;
  if (host === hostname()) return `stop it in its own container (its process id there is ${id})`;
  return `stop it there (ssh ${host} kill ${id})`;
}

/** What is said besides of an owner that can't be asked, whose lock is renewed. */
export function renewalText(isHere: boolean, lock: string, place: string): string {
  return isHere
    ? ''
    : ` Whether it is at work shows in ${lock}: its time is renewed; ${SILENT_MINUTES} minutes without count as left behind, and the next start takes ${place} over.`;
}
