/**
 * A release from start to end, over all hosts: start → gate → switch → drain. Until the first switch
 * everything is old, after the last everything is new, and what fails in between is taken back.
 */
import { ReleaseFailure } from "./gate.ts";
import type { ReleaseHost } from "./host.ts";
import { HostRelease } from "./host-release.ts";
import { keepImages } from "./images.ts";
import { ownHolder } from "./lock.ts";
import type { Manners } from "./open-host.ts";
import { rollOut } from "./roll-out.ts";
import { type Log, messageOf, onAll, timed } from "./step.ts";
import type { HostRequest, ReleaseReport, ReleaseRequest } from "./types.ts";

export type Connect = (host: HostRequest) => ReleaseHost;

/** The release was carried out, and what comes after the last switch failed. */
export class CleanUpFailure extends Error {
  override readonly name = "CleanUpFailure";
}

/**
 * Carries out `request`.
 * @throws ReleaseFailure with every cause; the hosts then serve what they served before.
 * @throws HostLocked or StaleState before anything is touched.
 * @throws CleanUpFailure if the new versions serve and only the clean-up failed.
 */
export async function runRelease(
  request: ReleaseRequest,
  connect: Connect,
  log: Log,
  manners: Partial<Manners> = {},
): Promise<ReleaseReport> {
  const started = Date.now();
  const hosts = await openAll(request, connect, log, {
    holder: ownHolder(),
    wait: 0,
    takeOver: false,
    ...manners,
  });
  try {
    const last = Math.max(request.lastRelease ?? 0, ...hosts.map((host) => host.lastNumber));
    await onAll(hosts, (host) => host.prepare(last + 1));
    const busy = hosts.filter((host) => host.plan.needed);
    if (busy.length === 0) return report(request, hosts);
    try {
      await onAll(busy, (host) => host.fillSecrets());
      await onAll(busy, (host) => host.stage());
      await rollOut(request, busy, log);
    } catch (error) {
      log("the release failed, going back to what served before");
      await takeBack(busy, error);
    }
    const switchedAfter = (Date.now() - started) / 1000;
    await finish(busy, log);
    const { stack, services, keep } = request;
    if (keep !== undefined) {
      await onAll(busy, ({ host }) => keepImages(host, stack, services, last + 1, keep, log));
    }
    return { ...report(request, hosts), switchedAfter };
  } finally {
    await Promise.allSettled(hosts.map((host) => host.close()));
  }
}

/** Opens all hosts, or none. */
async function openAll(
  request: ReleaseRequest,
  connect: Connect,
  log: Log,
  manners: Manners,
): Promise<HostRelease[]> {
  const opened: HostRelease[] = [];
  try {
    return await onAll(request.hosts, async (own) => {
      const host = await HostRelease.open(connect(own), request, own, manners, log);
      opened.push(host);
      return host;
    });
  } catch (error) {
    await Promise.allSettled(opened.map((host) => host.close()));
    throw error;
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
    throw new CleanUpFailure(
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
  const head =
    problems.length === 1
      ? "The release failed and was taken back: the old version serves."
      : "The release failed, and could not be taken back everywhere; run `pulumi up` again.";
  throw new ReleaseFailure([head, ...problems].join("\n"), { cause: error });
}

function report(request: ReleaseRequest, hosts: HostRelease[]): ReleaseReport {
  const changes = hosts.flatMap((host) => host.plan.changes);
  return {
    release: Math.max(0, ...hosts.map((host) => host.plan.final.release)),
    services: Object.fromEntries(
      request.services.map(({ name, tag }) => {
        const own = changes.filter(({ service }) => service.name === name);
        const from = own.find((change) => change.from !== undefined)?.from;
        const changed = own.some(({ kind }) => kind !== "none");
        return [name, { tag, changed, ...(from === undefined ? {} : { from }) }];
      }),
    ),
  };
}
