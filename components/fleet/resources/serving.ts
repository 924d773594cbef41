/** What a host serves right now, read before anything is planned so that a preview can name it. */
import { createHash } from "node:crypto";
import { connectHost } from "../../engine/engine-host.ts";
import type { ContainerView } from "../../engine/host.ts";
import { type Owner, readRecord } from "../state/record.ts";

/** What the program knows of a host before it plans. */
export interface Serving {
  /** Service → tag that serves; empty before the first release. */
  tags: Record<string, string>;
  /**
   * Stands for what should run and does not: the release's inputs then differ from those of the last one,
   * so that also an update without changes starts it. While nothing is broken, what the last release was
   * told. Absent: nothing ever was.
   */
  repair?: string;
  /** The state that the stack on the host belongs to, and the name that it has on the host. */
  owner?: Owner & { host: string };
  /** Whether a proxy serves that has the ports itself, as before there were forwarders. */
  withoutForwarder?: boolean;
  /** Service → path in its containers → the volume there. */
  volumes: Record<string, Record<string, string>>;
}

/**
 * Reads what the engine at `dockerHost` serves.
 * @param proxy name of the stack's proxy container there; undefined if there is none.
 * @param name what messages call the host.
 */
export async function readServing(
  dockerHost: string,
  proxy: string | undefined,
  name = "local",
): Promise<Serving> {
  if (proxy === undefined) return { tags: {}, volumes: {} };
  const host = connectHost(name, dockerHost);
  const { owner, state } = await readRecord(host, proxy);
  const slots = Object.entries(state?.services ?? {}).flatMap(([service, slots]) => {
    const slot = slots[slots.active];
    return slot === null ? [] : [{ service, slot }];
  });
  const forwarder = state?.forwarder;
  const wanted = [
    state?.proxy ?? proxy,
    ...(forwarder === undefined ? [] : [forwarder]),
    ...slots.flatMap(({ slot }) => slot.servers),
  ];
  const views = new Map(
    await Promise.all(wanted.map(async (each) => [each, await host.inspect(each)] as const)),
  );
  const repair = state === undefined ? undefined : (brokenOf(views) ?? state.repair);
  return {
    tags: Object.fromEntries(slots.map(({ service, slot }) => [service, slot.tag])),
    ...(repair === undefined ? {} : { repair }),
    ...(state !== undefined && forwarder === undefined ? { withoutForwarder: true } : {}),
    ...(owner === undefined ? {} : { owner: { ...owner, host: name } }),
    volumes: Object.fromEntries(
      slots.map(({ service, slot }) => [
        service,
        Object.assign(
          {},
          ...slot.servers.map((server) => views.get(server)?.mounts ?? {}),
        ) as Record<string, string>,
      ]),
    ),
  };
}

/** What does not run, and since when: another one each time that something is stopped. */
function brokenOf(views: ReadonlyMap<string, ContainerView | undefined>): string | undefined {
  const broken = [...views]
    .filter(([, view]) => view?.running !== true)
    .map(([name, view]) => `${name} ${view?.finishedAt ?? "is gone"}`);
  if (broken.length === 0) return undefined;
  return createHash("sha256").update(broken.join("\n")).digest("hex").slice(0, 12);
}
