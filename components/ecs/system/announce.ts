/** What a preview says of a release, one line a service: `app 3f2a1c4 → 9d8e7f6, no downtime`. */
import * as pulumi from "@pulumi/pulumi";
import type { Services } from "../../services/index.ts";

/**
 * @param serving tag by service, of what serves now.
 * @param resource that the lines are shown at.
 */
export function announce(
  { list }: Services,
  serving: Record<string, string>,
  resource: pulumi.Resource,
): void {
  if (!pulumi.runtime.isDryRun()) return;
  for (const { name, image, releaseOrder } of list) {
    image.tag.apply((next) => {
      const now = serving[name];
      if (now === next) return;
      const how =
        releaseOrder === "stop-first" && now !== undefined
          ? "stops before it starts: brief downtime"
          : "no downtime";
      const what = now === undefined ? `(new) ${next}` : `${now} → ${next}`;
      void pulumi.log.info(`${name} ${what}, ${how}`, resource);
    });
  }
}
