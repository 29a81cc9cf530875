export { explainDamage, explainDamagedPackage } from '../../setup/damage.mjs';
export { limitProblem, readLimits } from '../../setup/limits.mjs';
