import { RECIPE_NAMES, RECIPES, type RecipeName } from './recipes.ts';
import { member } from './schema-walk.ts';

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lays settings over a recipe's, section by section and key by key. */
function overlay(under: unknown, over: unknown): unknown {
  if (over === undefined) return under;
  if (!isSection(under) || !isSection(over)) return over;
  const keys = [...new Set([...Object.keys(over), ...Object.keys(under)])];
  return Object.fromEntries(keys.map((key) => [key, overlay(member(under, key), member(over, key))]));
}

/**
 * A run's settings, unchecked, with those of the recipe that `views.recipe` names beneath the given ones.
 *
 * An unknown name leaves them as they are, for the schema to reject.
 */
export function withRecipe(settings: unknown): unknown {
  const views = member(settings, 'views');
  const name = RECIPE_NAMES.find((known) => known === member(views, 'recipe'));
  if (name === undefined || !isSection(settings)) return settings;
  return { ...settings, views: overlay(RECIPES[name], views) };
}

/**
 * The settings, as dotted keys, in which checked `views` differ from the recipe that they name; none without a recipe.
 */
export function recipeChanges(views: { readonly recipe?: RecipeName | undefined }): readonly string[] {
  if (views.recipe === undefined) return [];
  const { recipe: _, ...settings } = views;
  return changedKeys(RECIPES[views.recipe], settings);
}

function changedKeys(from: unknown, to: unknown): readonly string[] {
  if (!isSection(from) || !isSection(to)) return JSON.stringify(from) === JSON.stringify(to) ? [] : [''];
  return Object.keys(to).flatMap((key) =>
    changedKeys(member(from, key), to[key]).map((rest) => (rest === '' ? key : `${key}.${rest}`)),
  );
}
