/** The only class of some images in words; undefined where there are none of them, or several classes. */
function onlyClass(labels: Int32Array, names: readonly string[]): string | undefined {
  const [label, ...others] = new Set(labels);
  if (label === undefined || others.length > 0) return undefined;
  const name = names[label];
  return name === undefined ? 'one class' : `one class (${name})`;
}

/**
 * Why the classes of training and test images say nothing of an encoder; undefined where they do.
 *
 * With one class of training images every answer is it, and with one class of test images so is the best guess; where
 * no class is in both, every answer is wrong.
 */
export function classObstacle(train: Int32Array, test: Int32Array, names: readonly string[] = []): string | undefined {
  const [ofTrain, ofTest] = [onlyClass(train, names), onlyClass(test, names)];
  if (ofTrain !== undefined) return `all training images are of ${ofTrain}`;
  if (ofTest !== undefined) return `all test images are of ${ofTest}`;
  const known = new Set(train);
  return test.length === 0 || test.some((label) => known.has(label))
    ? undefined
    : 'no test image is of a class of the training images';
}
