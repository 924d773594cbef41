/**
 * Everything of a release up to and including the last switch and the watch after it, over all hosts.
 * Whatever throws in here leaves the release to be rolled back.
 */
import { runCanary } from "./canary.ts";
import type { HostRelease } from "./host-release.ts";
import { releaseCommand, smoke, smokeServed } from "./proofs/proofs.ts";
import type { ChangeKind, ServiceChange } from "./plan/planner.ts";
import { type Step, onAll } from "./step.ts";
import type { ReleaseRequest } from "../types.ts";
import { watch } from "./proofs/watch.ts";
import { type Log, timed } from "../../output/log.ts";

/** Starts, gates, switches and watches what `hosts` plan. Returns when the last switch was. */
export async function rollOut(
  request: ReleaseRequest,
  hosts: HostRelease[],
  log: Log,
): Promise<number> {
  const steps = (name: string, ...kinds: ChangeKind[]): Step[] =>
    hosts.flatMap((host) =>
      host.plan.changes
        .filter((change) => change.service.name === name && kinds.includes(change.kind))
        .map((change) => ({ host, change })),
    );

  // What did not serve before is switched at once, in link order: nobody can miss an old version.
  for (const { name } of request.services) await firstRelease(steps(name, "new", "repair"), log);

  const replaced = request.services.map(({ name }) => steps(name, "replace"));
  for (const service of replaced) await releaseCommand(service, log);

  const stopFirst = replaced.filter(([step]) => step?.change.service.order === "stop-first");
  const startFirst = replaced.filter(([step]) => step?.change.service.order === "start-first");
  const ramped = startFirst.filter(([step]) => step !== undefined && goesBy(step, "ramped"));
  await besideTheOld(startFirst.filter((service) => !ramped.includes(service)).flat(), log);
  for (const service of startFirst) {
    const [strategy] = service.map(({ change }) => change.service.strategy);
    const canaries = service.filter((step) => goesBy(step, "canary"));
    if (strategy?.kind === "canary") await runCanary(canaries, strategy, log);
  }
  for (const service of ramped) await copyByCopy(service, log);
  for (const service of stopFirst) await oneAfterTheOther(service, log);

  if (startFirst.length > 0) {
    const all = startFirst.flat();
    await onAll(hosts, (host) =>
      host.switchTo(all.filter((step) => step.host === host).map(({ change }) => change)),
    );
    log("switched");
  }
  const served = request.services.flatMap(({ name }) => steps(name, "new", "replace"));
  let switchedAt = Date.now();
  await smokeServed(served);
  await watch(served, log);

  // Last, when all else has proven itself: it is the one step that visitors may notice.
  const replacing = hosts.filter((host) => host.handsOver);
  if (replacing.length > 0) {
    await onAll(replacing, (host) => host.handOver());
    switchedAt = Date.now();
    await smokeServed(served.filter(({ host }) => replacing.includes(host)));
  }
  return switchedAt;
}

async function firstRelease(steps: Step[], log: Log): Promise<void> {
  const [first] = steps;
  if (first === undefined) return;
  const fresh = steps.filter(({ change }) => change.kind === "new");
  await releaseCommand(fresh, log);
  const { name, tag } = first.change.service;
  log(`${name} ${tag}: starting`);
  await onAll(steps, ({ host, change }) => host.start(change));
  await timed(log, `${name} ${tag}: healthy`, () =>
    onAll(steps, ({ host, change }) => host.gate(change)),
  );
  await onAll(fresh, (step) => smoke(step));
  await onAll(fresh, ({ host, change }) => host.switchTo([change]));
}

/** Blue/green and canary: all new replicas start and prove themselves while the old ones serve. */
async function besideTheOld(steps: Step[], log: Log): Promise<void> {
  if (steps.length === 0) return;
  for (const line of new Set(steps.map(({ change }) => describe(change)))) {
    log(`${line}: starting beside the old`);
  }
  // Each by itself: whoever fails, and at whatever, is named together with all others.
  await timed(log, "new versions: healthy", () =>
    onAll(steps, async ({ host, change }) => {
      await host.start(change);
      await host.gate(change);
      await smoke({ host, change });
    }),
  );
}

/** Ramped: one new replica serves before one old replica ends; the last share moves with the switch. */
async function copyByCopy(steps: Step[], log: Log): Promise<void> {
  for (const { host, change } of steps) {
    const replicas = host.wanted(change.service.name);
    const left = [...change.old];
    log(`${describe(change)}: replica by replica on ${host.host.name}`);
    for (const [index, replica] of replicas.entries()) {
      await host.start(change, [replica]);
      await host.gate(change, [replica]);
      await smoke({ host, change }, [replica]);
      log(`${change.service.name}: new replica ${index + 1} of ${replicas.length} is healthy`);
      if (index === replicas.length - 1) break;
      const share = (index + 1) / replicas.length;
      // A ramp that was interrupted goes on where it was.
      await host.setWeight(change, Math.max(host.share(change), Math.round(share * 100)));
      const keep = Math.ceil(change.old.length * (1 - share));
      for (const old of left.splice(0, left.length - keep)) await host.retire(change, old);
    }
  }
}

/** Stop-first: two replicas cannot live. Requests wait for as long as the proxy lets them. */
async function oneAfterTheOther(steps: Step[], log: Log): Promise<void> {
  const [first] = steps;
  if (first === undefined) return;
  const { name } = first.change.service;
  log(`${describe(first.change)}: stopping the old first, brief downtime`);
  await timed(log, `${name}: downtime over`, () =>
    onAll(steps, async ({ host, change }) => {
      await host.stopOld(change);
      await host.start(change);
      await host.gate(change);
      await smoke({ host, change });
      await host.switchTo([change]);
      await host.unhold(name);
    }),
  );
}

/** Whether a change moves by `kind`: only where every replica is new, not where replicas are added or checked anew. */
function goesBy({ host, change }: Step, kind: "canary" | "ramped"): boolean {
  const { strategy, name, endpoint } = change.service;
  const all = host.wanted(name);
  return strategy.kind === kind && endpoint !== undefined && change.fresh.length === all.length;
}

/** `app 3f2a1c4 → 9d8e7f6` */
function describe({ service, from }: ServiceChange): string {
  return from === undefined || from === service.tag
    ? `${service.name} ${service.tag}`
    : `${service.name} ${from} → ${service.tag}`;
}
