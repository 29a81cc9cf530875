import { listNames } from '../../util/list-names.ts';
import { excludeSetting } from './split-settings.ts';
import { readSplitName } from './splits.ts';

/** Folders of images, and of what is known of them, that lie side by side as classes do. */
const IMAGE_FOLDER = /^(jpegimages?|jpgs?|images?|imgs?|photos?|pictures?|rgb|raw|inputs?)$/i;
const ANNOTATION_FOLDER =
  /^(annotations?|trimaps?|masks?|labels?|targets?|gt|ground[-_ ]?truths?|seg(mentation)?s?(class|object|[-_ ]?maps?)?|depths?|normals?|edges?|contours?|saliency)$/i;

/** Whether a folder holds annotations by its name: `masks`, or `train_masks`. */
const isAnnotation = (name: string): boolean =>
  ANNOTATION_FOLDER.test(name) || ANNOTATION_FOLDER.test(readSplitName(name)?.rest ?? '');

/** Masks and the like, which are no images to train on, beside the images that they belong to. */
export function annotationsAmong(classes: readonly string[]): string[] {
  const found = classes.filter(isAnnotation);
  const isBeside = (name: string): boolean => IMAGE_FOLDER.test(name) || readSplitName(name) !== undefined;
  return classes.some((name) => !isAnnotation(name) && isBeside(name)) ? found : [];
}

/** Warns of the classes that `annotationsAmong` found, with the patterns that leave them out. */
export function warnOfAnnotations(found: readonly string[], base: string, classes: readonly string[]): string[] {
  if (found.length === 0) return [];
  return [
    `classes have the names of parts of a data set (${listNames(classes)}): if ${listNames(found)} ${found.length === 1 ? 'holds' : 'hold'} masks or the like, leave them out by ${excludeSetting(base, found)}`,
  ];
}
