/** What hosts serve right now, read before anything is planned so that a preview can name it. */
import { createHash } from "node:crypto";
import { connectHost } from "../../engine/engine-host.ts";
import type { ContainerView, ReleaseHost } from "../../engine/host.ts";
import type { InspectedHost } from "../../hosts/index.ts";
import { type Owner, readRecord } from "../state/record.ts";
import type { Slot } from "../types.ts";

/** What the program knows of a fleet before it plans. */
export interface Serving {
  /** Service → tag that serves; where hosts differ, as an interrupted release leaves them, all of them. */
  tags: Record<string, string>;
  /**
   * Stands for what should run and does not: the release's inputs then differ from those of the last one,
   * so that also an update without changes starts it. While nothing is broken, what the last release was
   * told. Absent: nothing ever was.
   */
  repair?: string;
  /** Fingerprint of the certificate that all hosts serve. Absent: none, or not the same. */
  certificate?: string;
  /** The states that the stack on the hosts belongs to, and where: one, unless two of them are at odds. */
  owners: (Owner & { host: string })[];
  /** Whether a proxy serves that has the ports itself, as before there were forwarders. */
  withoutForwarder?: boolean;
  /** Host → service → path in its containers → the volume there. */
  volumes: Record<string, ServiceVolumes>;
}

/** Service → path in its containers → the volume there. */
export type ServiceVolumes = Record<string, Record<string, string>>;

/** What one host serves. */
export interface HostServing {
  name: string;
  slots: { service: string; slot: Slot }[];
  /** What should run and does not, and since when: other lines each time that something is stopped. */
  broken: string[];
  /** What the last release there was told, see `Serving.repair`. */
  repair?: string | undefined;
  owner?: Owner | undefined;
  /** Fingerprint of its certificate. */
  certificate?: string | undefined;
  withoutForwarder: boolean;
  volumes: ServiceVolumes;
}

/**
 * Reads what hosts serve.
 * @param hosts as they were looked at before the plan: what each is called, where its engine answers, and the
 * stack's proxy container there.
 */
export async function readServing(
  hosts: Pick<InspectedHost, "name" | "dockerHost" | "proxy">[],
): Promise<Serving> {
  const known = hosts.flatMap(({ name, dockerHost, proxy }) =>
    proxy === undefined ? [] : [readHost(connectHost(name, dockerHost), proxy)],
  );
  return together(await Promise.all(known));
}

/** What several hosts serve. Pure. */
export function together(hosts: HostServing[]): Serving {
  const tags: Record<string, string> = {};
  for (const { service, slot } of hosts.flatMap(({ slots }) => slots)) {
    const known = tags[service]?.split(", ") ?? [];
    if (!known.includes(slot.tag)) tags[service] = [...known, slot.tag].join(", ");
  }
  const broken = hosts.flatMap((host) => host.broken);
  const repair = broken.length > 0 ? shortHash(broken) : hosts.find((host) => host.repair)?.repair;
  const [certificate, ...others] = new Set(hosts.map((host) => host.certificate));
  return {
    tags,
    ...(certificate === undefined || others.length > 0 ? {} : { certificate }),
    ...(repair === undefined ? {} : { repair }),
    owners: hosts.flatMap(({ name, owner }) => (owner ? [{ ...owner, host: name }] : [])),
    ...(hosts.some((host) => host.withoutForwarder) ? { withoutForwarder: true } : {}),
    volumes: Object.fromEntries(hosts.map(({ name, volumes }) => [name, volumes])),
  };
}

async function readHost(host: ReleaseHost, proxy: string): Promise<HostServing> {
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
  const volumes = slots.map(({ service, slot }) => {
    const mounts = slot.servers.map((server) => views.get(server)?.mounts ?? {});
    return [service, Object.assign({}, ...mounts) as ServiceVolumes[string]] as const;
  });
  return {
    ...{ name: host.name, slots, owner, repair: state?.repair, certificate: state?.certificate },
    broken: state === undefined ? [] : brokenOf(views),
    withoutForwarder: state !== undefined && forwarder === undefined,
    volumes: Object.fromEntries(volumes),
  };
}

function brokenOf(views: ReadonlyMap<string, ContainerView | undefined>): string[] {
  return [...views]
    .filter(([, view]) => view?.running !== true)
    .map(([name, view]) => `${name} ${view?.finishedAt ?? "is gone"}`);
}

function shortHash(lines: string[]): string {
  return createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 12);
}
