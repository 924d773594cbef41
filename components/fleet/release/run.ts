/**
 * A release from start to end, over all hosts: start → gate → switch → drain. Until the first switch
 * everything is old, after the last everything is new, and what fails in between is rolled back.
 */
import { Interrupted } from "../state/held-host.ts";
import { LockLost } from "../state/lease.ts";
import { ownHolder } from "../state/lock.ts";
import type { ReleaseHost } from "../../engine/host.ts";
import { HostRelease } from "./host-release.ts";
import { keepImages } from "./image-retention.ts";
import type { LockPolicy } from "./open-host.ts";
import { rollOut } from "./roll-out.ts";
import { followBefore, undo } from "./undo.ts";
import { onAll } from "./step.ts";
import type { HostRequest, ReleaseRequest } from "../types.ts";
import type { ReleaseReport } from "../../releases/types.ts";
import { ReleaseFailure } from "./failures.ts";
import { type Log, messageOf, timed } from "../../output/log.ts";
import { CleanUpFailure } from "./failures.ts";

export type Connect = (host: HostRequest) => ReleaseHost;

/**
 * Carries out `request`.
 * @throws HostLocked, ForeignStack or StaleState before anything is touched.
 * @throws ReleaseFailure with every cause; the hosts then serve what they served before. Its `cause` is
 * `Interrupted` if the release was told to stop, and `LockLost` if another one took a host over: that one
 * is then left as it is.
 * @throws CleanUpFailure if the new versions serve and only the clean-up failed.
 */
export async function runRelease(
  request: ReleaseRequest,
  connect: Connect,
  log: Log,
  policy: Partial<LockPolicy> = {},
): Promise<ReleaseReport> {
  const started = Date.now();
  const hosts = await openAll(request, connect, log, {
    holder: ownHolder(),
    wait: 0,
    takeOver: false,
    ...policy,
  });
  try {
    const last = Math.max(request.lastRelease ?? 0, ...hosts.map((host) => host.lastNumber));
    let busy: HostRelease[];
    let switchedAt: number;
    try {
      await onAll(hosts, (host) => host.prepare(last + 1));
      busy = hosts.filter((host) => host.plan.needed);
      await onAll(busy, (host) => host.fillSecrets());
      await onAll(busy, (host) => host.stage());
      switchedAt = await rollOut(request, busy, log);
      await onAll(busy, ({ control, request: own }) => control.follow(own));
    } catch (error) {
      return await takeBack(hosts, error, log);
    }
    if (busy.length === 0) return report(request, hosts);
    const switchedAfter = (switchedAt - started) / 1000;
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
  policy: LockPolicy,
): Promise<HostRelease[]> {
  const opened: HostRelease[] = [];
  try {
    return await onAll(request.hosts, async (own) => {
      const host = await HostRelease.open(connect(own), request, own, policy, log);
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

/** Goes back on the hosts that are still this release's; what others may be at is left alone. */
async function takeBack(hosts: HostRelease[], error: unknown, log: Log): Promise<never> {
  const problems = [messageOf(error)];
  const own = hosts.filter((host) => !host.isLost);
  if (own.length > 0) log("the release failed, going back to what served before");
  // Before any host stops what is new there. Who cannot says so below.
  await Promise.allSettled(own.map(followBefore));
  await Promise.all(
    own.map((host) =>
      undo(host).catch((reason: unknown) => {
        const text = messageOf(reason);
        const what = host.isLost ? "" : `host \`${host.host.name}\` could not be rolled back: `;
        if (!problems.includes(text)) problems.push(what + text);
      }),
    ),
  );
  const lost = hosts.filter((host) => host.isLost).map(({ host }) => `\`${host.name}\``);
  const cause = lost.length === 0 ? error : lostOf(error, hosts);
  throw new ReleaseFailure([headOf(error, problems, lost), ...problems].join("\n"), { cause });
}

function headOf(error: unknown, problems: string[], lost: string[]): string {
  if (lost.length > 0) {
    return `The release failed. Host ${lost.join(", ")} is left to whoever has its lock now.`;
  }
  if (problems.length > 1) {
    return "The release failed, and could not be rolled back everywhere; run `pulumi up` again.";
  }
  return error instanceof Interrupted
    ? "The release was interrupted and rolled back: the old version serves."
    : "The release failed and was rolled back: the old version serves.";
}

function lostOf(error: unknown, hosts: HostRelease[]): LockLost {
  if (error instanceof LockLost) return error;
  const host = hosts.find(({ isLost }) => isLost)?.host.name ?? "?";
  return new LockLost(host, messageOf(error));
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
