/** What the resources of a release are called in a stack's state. The names never change: states hold them. */
import type { Runtime } from "./types.ts";

/** Name of the resource `part` of the release `release`. */
export function resourceName(release: string, part: "key" | "run" | "confirm"): string {
  return `${release}-${part}`;
}

/** Whether a URN is that of the command that carries out a release. */
export function isRelease(urn: string): boolean {
  return /:Release\$command:local:Command::.*-release-run$/.test(urn);
}

/** Whether a URN is that of the command that sets a host's backups up. */
export function isBackup(urn: string): boolean {
  return /:Fleet\$command:local:Command::.*-backup$/.test(urn);
}

/** The runtime whose release has this URN. */
export function runtimeIn(urn: string): Runtime | undefined {
  const [, runtime] = /\blongshore:(fleet|ecs):Release\$/.exec(urn) ?? [];
  return runtime as Runtime | undefined;
}

/** The URN of the ledger's key beside the release's. */
export function keyOf(urn: string): string {
  return urn.replace(/-run$/, "-key");
}
