/** What a release on ECS has changed, by what the last one left: pure. */
import type { ReleaseReport } from "../../releases/types.ts";
import type { EcsReleaseOutput, ReleasedService } from "./types.ts";

/** What the last release printed, as far as it is looked at. */
export type LastRelease = Pick<EcsReleaseOutput, "release" | "services" | "taskDefinitions">;

/**
 * The report of a release that has succeeded. Another task definition is a change; where there is none, and no service
 * has gone, it has the number of the last one.
 * @param text standard output of the last run, if there was one.
 */
export function reportOf(
  text: string | undefined,
  services: Record<string, ReleasedService>,
): ReleaseReport & Pick<EcsReleaseOutput, "taskDefinitions"> {
  const last = lastRelease(text);
  const names = Object.keys(services);
  const reported = names.map((name) => {
    const { tag = "", taskDefinition } = services[name] ?? {};
    const changed = last?.taskDefinitions[name] !== taskDefinition;
    const from = last?.services[name]?.tag;
    return [name, { tag, changed, ...(changed && from !== undefined ? { from } : {}) }] as const;
  });
  const gone = Object.keys(last?.services ?? {}).some((name) => !names.includes(name));
  const changed = gone || reported.some(([, service]) => service.changed);
  return {
    release: (last?.release ?? 0) + (changed ? 1 : 0),
    services: Object.fromEntries(reported),
    taskDefinitions: Object.fromEntries(
      names.map((name) => [name, services[name]?.taskDefinition ?? ""]),
    ),
  };
}

/** Undefined before the first. */
export function lastRelease(text: string | undefined): LastRelease | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  return { taskDefinitions: {}, ...(JSON.parse(text) as Partial<LastRelease>) } as LastRelease;
}
