import type { ColourDraw, ViewDraw } from '../../augment/draw.ts';
import { makeViews } from '../../augment/make-views.ts';
import { viewInputSpecs, viewInputs } from '../../augment/view-inputs.ts';
import { planViews, type ViewPlan } from '../../augment/view-plan.ts';
import { smallViewSettings, viewSettings, viewsPerImage } from '../../config/resolve-views.ts';
import type { ViewsConfig } from '../../config/run-config.ts';
import type { Interpolation, ViewSettings } from '../../config/view-settings.ts';
import { prefixed } from '../../nn/layer.ts';
import type { HostTensor, TensorSpec } from '../../runtime/host-tensor.ts';
import { graphTarget, type SessionOptions } from '../../runtime/session-settings.ts';
import { type Tensor, type Tensors, tf } from '../../runtime/tf.ts';
import type { ImageLayout } from '../images/image-layout.ts';
import type { DrawnViews } from './draw-views.ts';

/** The views of one size that every image gives: the two large ones, or the small ones of multi-crop. */
export interface ViewGroup extends DrawnViews {
  /** What the names of its inputs begin with. */
  readonly prefix: string;
  /** The filter that resizes its crops. */
  readonly interpolation: Interpolation;
  readonly plan: ViewPlan;
}

/** The views of a training batch, and how the images that they are made from reach the device. */
export interface TrainingViews {
  /** The large group, then the small one if there is one. */
  readonly groups: readonly ViewGroup[];
  readonly layout: ImageLayout;
  /** Views of one image, over all groups. */
  readonly perImage: number;
}

/**
 * The views that settings ask of images in a layout, compiled where the session's device gains by it.
 *
 * @throws UserError as `planViews` does.
 */
export function trainingViews(views: ViewsConfig, layout: ImageLayout, session: SessionOptions): TrainingViews {
  // XLA doubles to triples the speed of views on the CPU; on a GPU it needs parts of CUDA, and is untested.
  const isCompiled = graphTarget(session) === 'cpu' || (session.gpu?.xla ?? 'off') !== 'off';
  const group = (prefix: string, settings: readonly ViewSettings[], firstView: number): ViewGroup[] => {
    const [first] = settings;
    if (first === undefined) return [];
    const { interpolation } = first.crop;
    const plan = planViews(settings, {
      size: first.size,
      normalization: first.normalize,
      cropOnDevice: layout.kind === 'whole',
      cluster: isCompiled ? `${prefix}views` : undefined,
    });
    return [{ prefix, settings, firstView, interpolation, plan }];
  };
  const large = viewSettings(views);
  const groups = [...group('', large, 0), ...group('small.', smallViewSettings(views), large.length)];
  return { groups, layout, perImage: viewsPerImage(views) };
}

/**
 * The inputs of a batch of `n` images: `images` uint8 [n, height, width, 3] for all groups where they come whole; else,
 * as for the draws, each group's own under its prefix, [views * n, size, size, 3].
 */
export function groupInputs({ groups, layout }: TrainingViews, n: number): Record<string, TensorSpec> {
  const bytes = (count: number, height: number, width: number): Record<string, TensorSpec> => ({
    images: { dtype: 'uint8', shape: [count, height, width, 3] },
  });
  const whole = layout.kind === 'whole' ? bytes(n, layout.height, layout.width) : {};
  const own = groups.map(({ prefix, settings, plan }) => {
    const count = settings.length * n;
    const crops = layout.kind === 'crops' ? bytes(count, plan.size, plan.size) : {};
    return prefixed(prefix, { ...crops, ...viewInputSpecs(count, plan) });
  });
  return Object.assign(whole, ...own) as Record<string, TensorSpec>;
}

/** All views of a batch, float32 [n, size, size, 3] each, group after group. Use it inside a recorded function. */
export function makeGroups({ groups }: TrainingViews, inputs: Tensors): Tensor[] {
  return groups.flatMap(({ prefix, settings, plan }) => {
    const own = Object.fromEntries(
      Object.entries(inputs).flatMap(([name, tensor]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
      ),
    );
    const images = plan.crop ? inputs['images'] : own['images'];
    if (!images) throw new Error(`Expected \`${plan.crop ? '' : prefix}images\` among the inputs.`);
    return tf.split(makeViews(images, own, plan), settings.length, 0);
  });
}

/** A group's draws as the device's inputs. */
export function packGroup({ prefix, plan }: ViewGroup, draws: readonly (ColourDraw | ViewDraw)[]) {
  return prefixed<HostTensor>(prefix, viewInputs(draws, plan));
}
