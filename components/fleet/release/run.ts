/**
 * A release from start to end, over all hosts: start → gate → switch → drain. Until the first switch
 * everything is old, after the last everything is new, and what fails in between is taken back.
 */
import { ReleaseFailure } from "./gate.ts";
import type { ReleaseHost } from "./host.ts";
import { HostRelease, type Log } from "./host-release.ts";
import type { ServiceChange } from "./planner.ts";
import type { HostRequest, ReleaseReport, ReleaseRequest } from "./types.ts";

export type Connect = (host: HostRequest) => ReleaseHost;

/** A service's change on all hosts that have it. */
type Step = { host: HostRelease; change: ServiceChange };

/**
 * Carries out `request`.
 * @throws ReleaseFailure with every cause; the hosts then serve what they served before.
 */
export async function runRelease(
  request: ReleaseRequest,
  connect: Connect,
  log: Log,
): Promise<ReleaseReport> {
  const hosts = await onAll(request.hosts, (host) =>
    HostRelease.open(connect(host), request, host, log),
  );
  const busy = hosts.filter((host) => host.plan.needed);
  if (busy.length > 0) {
    try {
      await onAll(busy, (host) => host.fillSecrets());
      await onAll(busy, (host) => host.stage());
      await bringUp(request, busy, log);
    } catch (error) {
      log("the release failed, going back to what served before");
      await takeBack(busy, error);
    }
    await finish(busy, log);
  }
  return report(request, hosts);
}

/** Everything up to and including the last switch. */
async function bringUp(request: ReleaseRequest, hosts: HostRelease[], log: Log): Promise<void> {
  const steps = (name: string, ...kinds: string[]): Step[] =>
    hosts.flatMap((host) =>
      host.plan.changes
        .filter((change) => change.service.name === name && kinds.includes(change.kind))
        .map((change) => ({ host, change })),
    );
  // What did not serve before is switched at once, in link order: nobody can miss an old version.
  for (const { name, tag } of request.services) {
    const fresh = [...steps(name, "new"), ...steps(name, "repair")];
    if (fresh.length === 0) continue;
    log(`${name} ${tag}: starting`);
    await onAll(fresh, ({ host, change }) => host.start(change));
    await timed(log, `${name} ${tag}: healthy`, () =>
      onAll(fresh, ({ host, change }) => host.gate(change)),
    );
    await onAll(fresh.filter(isNew), ({ host, change }) => host.flip([change]));
  }

  const replaced = request.services.map((service) => steps(service.name, "replace"));
  const startFirst = replaced.flat().filter(({ change }) => change.service.order === "start-first");
  for (const line of new Set(startFirst.map(({ change }) => describe(change)))) {
    log(`${line}: starting beside the old`);
  }
  await onAll(startFirst, ({ host, change }) => host.start(change));
  if (startFirst.length > 0) {
    await timed(log, "new versions: healthy", () =>
      onAll(startFirst, ({ host, change }) => host.gate(change)),
    );
  }
  for (const stopFirst of replaced) {
    const steps = stopFirst.filter(({ change }) => change.service.order === "stop-first");
    const [first] = steps;
    if (first === undefined) continue;
    log(`${describe(first.change)}: stopping the old first, a gap`);
    await timed(log, `${first.change.service.name}: gap over`, () =>
      onAll(steps, async ({ host, change }) => {
        await host.stopOld(change);
        await host.start(change);
        await host.gate(change);
        await host.flip([change]);
      }),
    );
  }
  if (startFirst.length > 0) {
    await onAll(hosts, (host) =>
      host.flip(startFirst.filter((step) => step.host === host).map(({ change }) => change)),
    );
    log("switched");
  }
}

/** After the point of no return: what fails here has released, and says so. */
async function finish(hosts: HostRelease[], log: Log): Promise<void> {
  try {
    await timed(log, "old versions: drained", () =>
      onAll(hosts, (host) => onAll(host.plan.changes, (change) => host.drain(change))),
    );
    await onAll(hosts, (host) => host.settle());
  } catch (error) {
    throw new ReleaseFailure(
      `Released, but the clean-up failed; the next \`pulumi up\` goes on with it.\n${messageOf(error)}`,
      { cause: error },
    );
  }
}

async function takeBack(hosts: HostRelease[], error: unknown): Promise<never> {
  const problems = [messageOf(error)];
  const results = await Promise.allSettled(hosts.map((host) => host.undo()));
  results.forEach((result, index) => {
    if (result.status === "rejected") {
      const name = hosts[index]?.host.name ?? "?";
      problems.push(`host \`${name}\` could not be taken back: ${messageOf(result.reason)}`);
    }
  });
  throw new ReleaseFailure(
    `The release failed and nothing was switched: the old version serves.\n${problems.join("\n")}`,
    { cause: error },
  );
}

function report(request: ReleaseRequest, hosts: HostRelease[]): ReleaseReport {
  const changed = (name: string) =>
    hosts.some((host) =>
      host.plan.changes.some((c) => c.service.name === name && c.kind !== "none"),
    );
  return {
    release: Math.max(0, ...hosts.map((host) => host.plan.final.release)),
    services: Object.fromEntries(
      request.services.map(({ name, tag }) => [name, { tag, changed: changed(name) }]),
    ),
  };
}

/** `app 3f2a1c4 → 9d8e7f6` */
function describe({ service, from }: ServiceChange): string {
  return from === undefined || from === service.tag
    ? `${service.name} ${service.tag}`
    : `${service.name} ${from} → ${service.tag}`;
}

function isNew({ change }: Step): boolean {
  return change.kind === "new";
}

/** Runs `action` on all at once and lets all end; throws with every failure, not the first alone. */
async function onAll<T, R>(items: T[], action: (item: T) => Promise<R>): Promise<R[]> {
  const results = await Promise.allSettled(items.map(action));
  const failures = results.filter((result) => result.status === "rejected");
  if (failures.length > 0) {
    const messages = new Set(failures.map((failed) => messageOf(failed.reason)));
    throw new ReleaseFailure([...messages].join("\n"), { cause: failures[0]?.reason });
  }
  return results.map((result) => (result as PromiseFulfilledResult<R>).value);
}

async function timed<T>(log: Log, what: string, action: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const result = await action();
  log(`${what} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return result;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
