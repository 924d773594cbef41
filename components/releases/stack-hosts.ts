/** The hosts in a stack's exported state, and the state without one of them. Pure. */
import { byName } from "../order.ts";
import { isBackup } from "./resource-names.ts";

/** A resource of an exported state, as far as it is looked at; what else is in it stays. */
interface Resource {
  urn: string;
  type: string;
  parent?: string;
  /** `URN::ID` of what manages it. */
  provider?: string;
  inputs?: { host?: unknown; sshOpts?: unknown };
  dependencies?: string[];
  propertyDependencies?: Record<string, string[] | null>;
  deletedWith?: string;
}

/** `pulumi stack export`, secrets as they are. */
export interface ExportedStack {
  deployment: { resources?: Resource[] };
}

/** A host as a state knows it. */
export interface StackHost {
  name: string;
  /** Its engine's address, `ssh://deploy@203.0.113.7` or `unix:///…`; undefined before it was known. */
  address: string | undefined;
  /** What ssh is told beside it. */
  sshOptions: string[];
  /** Names of the Docker volumes there that keep data of services. */
  volumes: string[];
  /** Resources on it. */
  resources: number;
  /** Whether the stack has made the machine at a provider: that stays in the state. */
  isRented: boolean;
}

const PROVIDER = /[:$]pulumi:providers:docker::(.*)-engine$/;

/** All of a stack, by name. */
export function hostsOf({ deployment }: ExportedStack): StackHost[] {
  const all = deployment.resources ?? [];
  return all
    .flatMap((provider) => {
      const [, name] = PROVIDER.exec(provider.urn) ?? [];
      if (name === undefined) return [];
      const on = all.filter((resource) => isOn(resource, provider));
      const { host, sshOpts } = provider.inputs ?? {};
      return {
        name,
        address: typeof host === "string" ? host : undefined,
        sshOptions: textsOf(sshOpts),
        volumes: on
          .filter(({ urn }) => /:Volume::/.test(urn) && !/-(record|secrets)$/.test(urn))
          .map(({ urn }) => urn.replace(/^.*::/, "")),
        resources: on.length,
        isRented: isRented(all, provider),
      };
    })
    .sort((one, other) => byName(one.name, other.name));
}

/**
 * The same stack, without a host and all that is on it; nothing else depends on them any more. What a provider charges
 * for stays, so that it is not left behind there: a refresh tells whether it still exists.
 */
export function withoutHost<Stack extends ExportedStack>(stack: Stack, name: string): Stack {
  const all = stack.deployment.resources ?? [];
  const provider = all.find(({ urn }) => PROVIDER.exec(urn)?.[1] === name);
  if (provider === undefined) return stack;
  // The host's own: what installs its engine, what makes the machine.
  const owned = (urn: string | undefined) => urn !== undefined && urn === provider.parent;
  const isHost = /:hosts:\w+::/.test(provider.parent ?? "");
  // Of a rented machine: what would ask it when it is removed.
  const stays = isRented(all, provider)
    ? (urn: string) => !/-(firewall|upkeep)$/.test(urn)
    : () => false;
  const volumes = new Set(
    all.filter((each) => isOn(each, provider) && /:Volume::/.test(each.urn)).map(({ urn }) => urn),
  );
  const gone = new Set(
    all
      .filter(
        (each) =>
          each === provider ||
          isOn(each, provider) ||
          (isHost && !stays(each.urn) && (owned(each.urn) || owned(each.parent))) ||
          (isBackup(each.urn) && each.dependencies?.some((urn) => volumes.has(urn)) === true),
      )
      .map(({ urn }) => urn),
  );
  const left = (urns: string[]) => urns.filter((urn) => !gone.has(urn));
  const resources = all
    .filter(({ urn }) => !gone.has(urn))
    .map((each) => ({
      ...each,
      ...(each.dependencies && { dependencies: left(each.dependencies) }),
      ...(each.propertyDependencies && {
        propertyDependencies: Object.fromEntries(
          Object.entries(each.propertyDependencies).map(([key, urns]) => [key, urns && left(urns)]),
        ),
      }),
      ...(each.deletedWith !== undefined && gone.has(each.deletedWith) ? { deletedWith: "" } : {}),
    }));
  return { ...stack, deployment: { ...stack.deployment, resources } };
}

function isRented(all: Resource[], { parent }: Resource): boolean {
  return all.some((each) => each.parent === parent && /^(aws|digitalocean):/.test(each.type));
}

function isOn({ provider = "" }: Resource, { urn }: Resource): boolean {
  return provider.startsWith(`${urn}::`);
}

/** A provider's inputs are texts, lists among them as JSON. */
function textsOf(value: unknown): string[] {
  const list = typeof value === "string" ? (JSON.parse(value) as unknown) : value;
  return Array.isArray(list) ? list.filter((each) => typeof each === "string") : [];
}
