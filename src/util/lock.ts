export {
  type Lock,
  type LockOptions,
  type LockOutcome,
  type LockOwner,
  SILENT_MS,
  tryLock,
  withLock,
} from '../../setup/lock.mjs';
