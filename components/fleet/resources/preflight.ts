/** Asks each host whether it can hold old and new replicas together, before anything is created. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { nodeProgram } from "../../node-program.ts";
import type { Host } from "../../hosts/host.ts";
import type { Service } from "../../services/index.ts";
import { fingerprint } from "../../releases/fingerprint.ts";
import type { ReplicaPlacement } from "./placement.ts";
import type { PreflightRequest, WantedService } from "../preflight/types.ts";
import { serviceRequest } from "./request.ts";

const MIB = 1024 * 1024;

/** What must stay free on a host beside old and new replicas, in MiB. */
export interface ReserveArgs {
  /** @default 0 */
  memory?: number;
  /** For the images that are pulled. @default 1024 */
  disk?: number;
}

/** Defaults of `Preflight`, in MiB. */
export const PREFLIGHT_DEFAULTS = { reserve: { memory: 0, disk: 1024 } };

export interface PreflightArgs {
  /** Value of the label `longshore.stack` on all of the stack's containers. */
  stack: string;
  services: readonly Service[];
  hosts: Host[];
  /** Service → its replicas by host. */
  places: Map<string, ReplicaPlacement>;
  reserve?: ReserveArgs;
  /** Known once the hosts can reach what they call on each other. @default they can */
  reachable?: pulumi.Output<undefined>;
  /** The stack's key. Secret. */
  key: pulumi.Output<string>;
  /** Tells the stack's state from others of the same name. */
  identity: pulumi.Output<string>;
  /** The states that hosts belong to, as far as the program knows them. */
  owners?: { id: string }[];
}

/**
 * Refuses an update of hosts that serve the stack for another state, and one whose new replicas do not fit
 * beside the old ones on a host, with what is needed and what is there. Whatever is created on a host
 * depends on it. Runs when an owner, an image, a definition or a number of replicas changes.
 */
export class Preflight extends pulumi.ComponentResource {
  constructor(name: string, args: PreflightArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:fleet:Preflight", name, {}, opts);
    new command.local.Command(
      `${name}-run`,
      {
        ...nodeProgram("preflight"),
        stdin: pulumi.jsonStringify(toRequest(args)),
        logging: command.local.Logging.Stderr,
        // The definitions of the last run, to know which have changed.
        addPreviousOutputInEnv: true,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

function toRequest(args: PreflightArgs) {
  const { stack, services, hosts, places, reserve = {}, key, owners = [] } = args;
  const { memory, disk } = { ...PREFLIGHT_DEFAULTS.reserve, ...reserve };
  const wanted = pulumi.all(services.map((service) => wantedService(key, service)));
  const addresses = pulumi.all(hosts.map(({ engine }) => engine));
  const known = pulumi.all([wanted, addresses, args.identity, args.reachable]);
  return known.apply(([all, dockerHosts, identity]): PreflightRequest => ({
    stack,
    identity,
    // A host that another state has taken over: the input changes, so that it is looked at again.
    ...foreign(owners, identity),
    reserve: { memory: memory * MIB, disk: disk * MIB },
    hosts: hosts.map(({ hostName }, index) => ({
      name: hostName,
      dockerHost: dockerHosts[index] ?? "",
      services: all.flatMap((service): WantedService[] => {
        const replicas = places.get(service.name)?.get(hostName) ?? 0;
        return replicas === 0 ? [] : [{ ...service, replicas }];
      }),
    })),
  }));
}

function foreign(owners: { id: string }[], identity: string): Pick<PreflightRequest, "foreign"> {
  const other = owners.find(({ id }) => id !== identity);
  return other === undefined ? {} : { foreign: other.id };
}

function wantedService(
  key: pulumi.Output<string>,
  service: Service,
): pulumi.Output<Omit<WantedService, "replicas">> {
  return pulumi
    .all([serviceRequest(service), definition(key, service)])
    .apply(([{ name, image, order, strategy }, hash]) => ({
      ...{ name, image, order },
      definition: hash,
      ramped: strategy.kind === "ramped",
      memory: service.memory * MIB,
    }));
}

/** A fingerprint of all that makes a service's containers, but for its image. Tells no value. */
function definition(key: pulumi.Output<string>, service: Service): pulumi.Output<string> {
  const { environment, secrets, ...rest } = service;
  const plain = { ...rest, image: undefined, replicas: undefined };
  const values = pulumi.all([
    pulumi.all({ ...environment }),
    pulumi.all(Object.fromEntries(secrets.map(({ name, value }) => [name, value]))),
  ]);
  const hash = pulumi
    .all([key, pulumi.secret(values)])
    .apply(([own, all]) => fingerprint(own, service.name, { all: JSON.stringify([plain, all]) }));
  return pulumi.unsecret(hash);
}
