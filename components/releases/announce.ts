/** What a preview says of a release, one line a service that changes: `app 3f2a1c4 → 9d8e7f6, no downtime`. */
import * as pulumi from "@pulumi/pulumi";

/** A service in its wanted version. */
export interface WantedVersion {
  name: string;
  tag: pulumi.Input<string>;
  /** Whether the service is away for a moment while it changes. */
  gap: boolean;
}

/**
 * Logs the lines, in a preview alone.
 * @param serving tag by service, of what serves now.
 * @param resource that the lines are shown at.
 */
export function announceVersions(
  wanted: WantedVersion[],
  serving: Record<string, string>,
  resource: pulumi.Resource,
): void {
  if (!pulumi.runtime.isDryRun()) return;
  for (const { name, tag, gap } of wanted) {
    pulumi.output(tag).apply((next) => {
      const now = serving[name];
      if (now === next) return;
      const line = `${name} ${now === undefined ? "(new)" : `${now} →`} ${next}`;
      const how =
        gap && now !== undefined ? "stops before it starts: brief downtime" : "no downtime";
      void pulumi.log.info(`${line}, ${how}`, resource);
    });
  }
}
