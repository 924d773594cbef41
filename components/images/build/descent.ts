// Tells whether one image was built on top of another: whether what was tested is what is released.
import type { ImageConfig } from "./layout.ts";

/**
 * What keeps the tested image from being the release plus its tests; empty if nothing does.
 * The layers are compared, and the instructions too: a stage that only sets `ENV` or `CMD` adds no layer.
 */
export function findForeignParts(release: ImageConfig[], tested: ImageConfig[]): string[] {
  const faults: string[] = [];
  if (release.length === 0) faults.push("the release has no image for any platform");
  for (const image of release) {
    const test = tested.find((other) => other.platform === image.platform);
    if (test === undefined) {
      const have = tested.map((other) => other.platform).join(", ") || "none";
      faults.push(`${image.platform} was not tested (tested: ${have})`);
      continue;
    }
    const layer = firstDifference(image.layers, test.layers);
    if (layer !== undefined) {
      faults.push(
        `${image.platform}: layer ${layer + 1} of the release's ${image.layers.length} is ${image.layers[layer]}, of the tested image's ${test.layers.length} it is ${test.layers[layer] ?? "missing"}`,
      );
      continue;
    }
    const step = firstDifference(image.steps.map(describe), test.steps.map(describe));
    if (step !== undefined) {
      const [ours, theirs] = [image.steps[step], test.steps[step]];
      faults.push(
        `${image.platform}: step ${step + 1} of the release is \`${ours?.instruction}\`, of the tested image it is \`${theirs?.instruction ?? "missing"}\``,
      );
    }
  }
  return faults;
}

/** Where a list stops being the start of another; undefined if it is its start. */
function firstDifference(start: string[], whole: string[]): number | undefined {
  const index = start.findIndex((item, position) => item !== whole[position]);
  return index === -1 ? undefined : index;
}

const describe = (step: ImageConfig["steps"][number]) => JSON.stringify(step);
