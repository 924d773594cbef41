/**
 * What a stack remembers on a host: whose it is, what serves, and the last number that was taken. It lives
 * in a volume whose name follows from the stack, so that every state of that name finds the same one.
 */
import { createHash } from "node:crypto";
import type { ContainerView, ReleaseHost } from "../../engine/host.ts";
import { restoreHealth } from "../../services/values/stored-check.ts";
import type { HostState, Slot } from "../types.ts";

/** Where a record is in the containers that mount it: the proxies, and helpers of a release. */
export const RECORD_FOLDER = "/etc/longshore";
/** The user of the proxy's image, who owns all that is in it; fixed in ../proxy/Dockerfile. */
export const PROXY_USER = { uid: 10001, gid: 10001 };
/** Who holds the lock, or held it last; see lock.sh. */
export const HOLDER_FILE = "lock.holder";
const OWNER_FILE = "owner.json";
const CONFIRMED_FILE = "confirmed.json";

/** The state that a host's stack belongs to. */
export interface Owner {
  /** Tells states apart and nothing else. */
  id: string;
  /** Who released first, or took over: `user@machine`. */
  actor: string;
  /** ISO 8601. */
  since: string;
}

export interface Record {
  owner?: Owner;
  /** What serves; undefined before the first release. */
  state?: HostState;
  /** The last release that the stack's state has written down; absent: none is known to be. */
  confirmed?: number;
}

/** Name of the record's volume. */
export function recordVolume(stack: string): string {
  const readable = stack.replace(/[^A-Za-z0-9_.-]+/g, "-");
  return `longshore-${readable}-${createHash("sha256").update(stack).digest("hex").slice(0, 8)}`;
}

/** Reads a record through a container that mounts it, running or not. */
export async function readRecord(host: ReleaseHost, container: string): Promise<Record> {
  const [owner, state, confirmed] = await Promise.all([
    readJson<Owner>(host, container, OWNER_FILE),
    readState(host, container),
    readJson<number>(host, container, CONFIRMED_FILE),
  ]);
  return { ...(owner && { owner }), ...(state && { state }), ...(confirmed && { confirmed }) };
}

/** What a record says that serves; undefined before the first release. */
export async function readState(
  host: ReleaseHost,
  container: string,
): Promise<HostState | undefined> {
  const state = await readJson<HostState>(host, container, "state.json");
  if (state === undefined) return undefined;
  const services = Object.entries(state.services).map(([name, service]) => [
    name,
    { ...service, a: asToday(service.a), b: asToday(service.b) },
  ]);
  return { ...state, services: Object.fromEntries(services) as HostState["services"] };
}

/** Records of before know less of a health check. */
function asToday(slot: Slot | null): Slot | null {
  return slot && { ...slot, health: restoreHealth(slot.health) };
}

async function readJson<T>(host: ReleaseHost, container: string, name: string) {
  const text = await host.readFile(container, `${RECORD_FOLDER}/${name}`);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** The host serves a stack of this name for another state. */
export class ForeignStack extends Error {
  override readonly name = "ForeignStack";
}

/** What a release, or whoever else wants to change a host, knows of itself. */
export interface Claim {
  stack: string;
  /** Identity of the stack's state; undefined where a state keeps none. */
  identity: string | undefined;
  /** Whether this state has released before. */
  released: boolean;
  /** Goes on although the host belongs to another state. */
  takeOver: boolean;
}

/** What carries a stack's label on a host. */
export interface Found extends Pick<Record, "owner"> {
  containers: ContainerView[];
  /** Names of its volumes. Absent: not asked. */
  volumes?: string[];
}

/**
 * Checks whose the stack on a host is, before anything is changed there.
 * @param known names of containers that this state knows.
 * @throws ForeignStack
 */
export function checkOwner(
  host: string,
  { stack, identity, released, takeOver }: Claim,
  { owner, containers, volumes = [] }: Found,
  known: string[] = [],
): void {
  if (takeOver || identity === undefined) return;
  if (owner !== undefined) {
    if (owner.id === identity) return;
    throw new ForeignStack(
      `Host \`${host}\` serves the stack \`${stack}\` for another state: that of ${owner.actor}, since ` +
        `${owner.since} (${owner.id.slice(0, 8)}; this one is ${identity.slice(0, 8)}). ${REMEDY}`,
    );
  }
  // Releases of before states had an identity, and the first one of any state.
  if (released) return;
  const foreign = containers
    .filter(({ running, name }) => running && !known.includes(name))
    .filter(({ labels }) => labels["longshore.helper"] === undefined)
    .map(({ name }) => name);
  const left = [
    ...foreign.map((name) => `container ${name}`),
    ...volumes.map((name) => `volume ${name}`),
  ];
  if (left.length === 0) return;
  throw new ForeignStack(
    `Host \`${host}\` has the stack \`${stack}\` already, and this state has never released there: ` +
      `${left.join(", ")}. ${REMEDY}`,
  );
}

const REMEDY =
  "Nothing was changed. Use the backend and the state that released it; or give this stack another name " +
  "(`pulumi stack init`). Only if that state is lost: `LONGSHORE_TAKE_OVER=1` (`longshore up --take-over`) " +
  "takes the stack over, with its volumes.";

/**
 * Writes down whose the stack on a host is, if that is not there yet.
 * @param container the lock's own, which may write the record.
 */
export async function claim(
  host: ReleaseHost,
  container: string,
  { owner }: Record,
  identity: string | undefined,
  { actor, since }: Pick<Owner, "actor" | "since">,
): Promise<void> {
  if (identity === undefined || owner?.id === identity) return;
  const content = `${JSON.stringify({ id: identity, actor, since } satisfies Owner)}\n`;
  await host.writeFiles(container, RECORD_FOLDER, [
    { name: OWNER_FILE, content, mode: 0o644, ...PROXY_USER },
  ]);
}

/** Writes down that the stack's state knows a release, if that one is the last on the host. */
export async function confirm(host: ReleaseHost, proxy: string, release: number): Promise<void> {
  const { state } = await readRecord(host, proxy);
  if (state?.settled !== release) return;
  await host.writeFiles(proxy, RECORD_FOLDER, [
    { name: CONFIRMED_FILE, content: `${release}\n`, mode: 0o644, ...PROXY_USER },
  ]);
}
