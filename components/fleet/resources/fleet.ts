/** Containers on hosts behind a proxy on each, released without losing a request. */
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../../hosts/host.ts";
import type { Proxy, Service, Services } from "../../services/index.ts";
import { type StoredVolume, declareBackups } from "./backup.ts";
import { type BackupArgs, refuseBackup } from "./backup-args.ts";
import { type ContainerContext, besideOld, serviceArgs } from "./container.ts";
import { placeReplicas } from "./placement.ts";
import { snapshotOf } from "../../releases/snapshot.ts";
import { instructed, readInstruction } from "../../releases/instruction.ts";
import { Preflight, type ReserveArgs } from "./preflight.ts";
import type { HostRequest, ReleaseRequest, SecretFiles } from "../types.ts";
import { Release } from "./release.ts";
import { lineOf } from "./service-line.ts";
import { proxySettings, serviceRequest } from "./request.ts";
import type { Serving } from "./serving.ts";
import {
  allowedByEnvironment,
  refuseBlindTakeOver,
  refuseUnsupported,
  requireImage,
  requireProxy,
} from "./requirements.ts";
import { type Placed, remoteServices, requirePrivateAddresses } from "./remote.ts";
import { declareStorage } from "./storage.ts";
import { declareWayIn } from "./way-in.ts";
import { requireCertificate } from "./certificate.ts";
import { type FleetNetwork, type SubnetSource, chosenSubnet, declareNetwork } from "./network.ts";
import { refuseInPreview } from "./owner.ts";
import type { ReleaseReport } from "../../releases/types.ts";

/** Defaults of `Fleet`. */
export const FLEET_DEFAULTS = {
  /** Volumes with data are not deleted, not even by `pulumi destroy`, until they are unprotected. */
  protectVolumes: true,
  /** Folders of the hosts that services may mount parts of. */
  bindRoots: ["/srv", "/mnt", "/media"],
};

export interface FleetArgs {
  /** What to run. Its proxy needs an `image`. */
  services: Services;
  /** Where to run it; names unique. */
  hosts: Host[];
  /**
   * What tells this stack's containers from others on the same engine.
   * @default `PROJECT/STACK`
   */
  stack?: string;
  /**
   * Keeps volumes that hold data from being deleted.
   * @default true
   */
  protectVolumes?: boolean;
  /**
   * Folders of the hosts that services may mount (`bindMounts`), with all that is below them. What is there may be a
   * link to elsewhere: whoever can write these folders decides what is mounted.
   * @default ["/srv", "/mnt", "/media"]
   */
  bindRoots?: string[];
  /**
   * What must stay free on each host beside old and new replicas, in MiB. An update that would leave less
   * is refused before anything is created.
   * @default { memory: 0, disk: 1024 }
   */
  reserve?: ReserveArgs;
  /**
   * Saves the services' volumes on their hosts by a timer, encrypted, to where they outlive the machine; see docs/backup.md.
   * Every host with a volume must be reached by SSH.
   * @default nothing is saved
   * @example { to: "s3:https://fra1.digitaloceanspaces.com/shop", password, s3: { accessKeyId, secretAccessKey } }
   */
  backup?: BackupArgs;
  /**
   * Addresses of the stack's network, the same on each host. The proxy has a fixed one, which its services
   * know from their hosts file: their links work also while the engine, and with it its name server, is away.
   * Must be used neither on the hosts nor by what they reach.
   * @default one that is free on all hosts, chosen when the stack is first brought up and kept in its state; a
   * network of before that stays as it is
   * @example `10.201.7.0/24`
   */
  subnet?: string;
  /**
   * What serves now, as `readServing` found it: a preview then names old and new, and an update starts
   * again what was stopped by hand.
   * @default nothing is known to serve
   */
  serving?: Serving;
}

/**
 * Runs services on hosts. New containers are created beside the old, one `Release` switches all hosts
 * to them, and Pulumi deletes the old ones at the end.
 * @example `new Fleet("identidock", { services, hosts: [new LocalHost("local")] })`
 */
export class Fleet extends pulumi.ComponentResource {
  /** The way in, e.g. `http://127.0.0.1:8080`, by host. */
  public readonly urls: pulumi.Output<Record<string, string>>;
  /** What the last release did. */
  public readonly report: pulumi.Output<ReleaseReport>;

  readonly #name: string;
  readonly #stack: string;
  readonly #args: FleetArgs;
  readonly #subnet: SubnetSource;
  readonly #preflight: Preflight;
  readonly #release: Release;
  /** Volumes of another state that this update takes over: host → service → path → name. */
  readonly #adopted: Serving["volumes"];
  /** Volumes with data, by host. */
  readonly #stored = new Map<string, StoredVolume[]>();

  constructor(name: string, args: FleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:fleet:Fleet", name, {}, opts);
    this.#name = name;
    this.#stack = args.stack ?? `${pulumi.getProject()}/${pulumi.getStack()}`;
    const { hosts } = args;
    const instruction = readInstruction();
    const services = instructed(args.services, instruction);
    this.#args = { ...args, services };
    refuseUnsupported(services, args.bindRoots ?? FLEET_DEFAULTS.bindRoots);
    const proxy = requireProxy(services);
    const places = new Map(
      services.list.map((service) => [
        service.name,
        placeReplicas(
          service,
          hosts.map((host) => host.hostName),
        ),
      ]),
    );
    const placed = { services: services.list, proxy, hosts, places };
    if (args.backup !== undefined) refuseBackup(args.backup, placed);
    const { reserve, serving } = args;
    this.#release = new Release(`${name}-release`, { parent: this });
    const { key, identity } = this.#release;
    const { takeOver } = allowedByEnvironment();
    if (takeOver) refuseBlindTakeOver(services, serving !== undefined);
    else refuseInPreview(this.#stack, serving?.owners ?? [], identity);
    this.#adopted = takeOver ? (serving?.volumes ?? {}) : {};
    const wanted = { stack: this.#stack, services: services.list, hosts, places, reserve };
    const certificate = requireCertificate(proxy, this);
    const sound = pulumi.all([requirePrivateAddresses(placed), certificate?.line]);
    const reachable = sound.apply(() => undefined);
    const owned = { key, identity, owners: takeOver ? [] : serving?.owners };
    this.#preflight = new Preflight(
      `${name}-preflight`,
      { ...wanted, ...owned, reachable },
      { parent: this },
    );
    // Nothing is created on a host that has refused the update.
    const checked = { parent: this, dependsOn: [this.#preflight] };
    this.#subnet =
      args.subnet === undefined
        ? { chosen: chosenSubnet(`${name}-subnet`, { stack: this.#stack, hosts }, checked) }
        : { given: args.subnet };
    const requests = hosts.map((host) => this.#host(host, placed));
    if (args.backup !== undefined) {
      const saved = { stack: this.#stack, identity, hosts, stored: this.#stored };
      declareBackups(name, args.backup, saved, checked);
    }
    const request: pulumi.Output<ReleaseRequest> = pulumi
      .all([pulumi.all(requests), pulumi.all(services.list.map(serviceRequest)), certificate?.told])
      .apply(([hostRequests, serviceRequests, told]) => ({
        stack: this.#stack,
        services: serviceRequests,
        hosts: hostRequests,
        settings: proxySettings(proxy),
        ...(told === undefined ? {} : { certificate: told }),
      }));
    this.report = this.#release.run({
      request,
      snapshot: snapshotOf(services, proxy),
      ...(instruction?.kind === "rollback" ? { rollbackTo: instruction.to } : {}),
      services: services.list.map((service) => lineOf(service, places.get(service.name))),
      certificate: certificate?.line,
      serving,
    });
    const url = (address = "") =>
      proxy.tls === undefined
        ? `http://${address}:${proxy.port}`
        : `https://${address}:${proxy.tls.port}`;
    this.urls = pulumi
      .all(hosts.map((host) => host.address))
      .apply((addresses) =>
        Object.fromEntries(hosts.map((host, index) => [host.hostName, url(addresses[index])])),
      );
    this.registerOutputs({ urls: this.urls, report: this.report });
  }

  /** Everything of one host; what the release needs to know of it. */
  #host(host: Host, placed: Placed): pulumi.Output<HostRequest> {
    const { proxy, places } = placed;
    const prefix = `${this.#name}-${host.hostName}`;
    const options = { parent: this, provider: host.provider, dependsOn: [this.#preflight] };
    const network = declareNetwork(`${prefix}-network`, this.#stack, this.#subnet, options);
    const protect = this.#args.protectVolumes ?? FLEET_DEFAULTS.protectVolumes;
    const storageArgs = { stack: this.#stack, protect, key: this.#release.key };
    const containers: Record<string, pulumi.Output<string>[]> = {};
    const secrets: pulumi.Output<SecretFiles>[] = [];
    const stored: StoredVolume[] = [];
    this.#stored.set(host.hostName, stored);
    for (const service of this.#args.services.list) {
      const replicas = places.get(service.name)?.get(host.hostName) ?? 0;
      if (replicas === 0) continue;
      const place = this.#place(`${prefix}-${service.name}`, service, host, network);
      const adopted = this.#adopted[host.hostName]?.[service.name] ?? {};
      const storage = declareStorage(
        `${prefix}-${service.name}`,
        service,
        { ...storageArgs, adopted },
        options,
      );
      stored.push(...storage.data.map((each) => ({ service, ...each })));
      const names = Array.from(
        { length: replicas },
        (_, index) =>
          new docker.Container(
            `${prefix}-${service.name}-${index + 1}`,
            serviceArgs(service, place, storage.mounts),
            besideOld(options),
          ).name,
      );
      containers[service.name] = names;
      const [first] = names;
      if (storage.secrets !== undefined && first !== undefined) {
        secrets.push(pulumi.output({ ...storage.secrets, container: first }));
      }
    }
    const place = this.#place(`${prefix}-proxy`, proxy, host, network);
    // Also of a single host: others that join ask it before its forwarder could be replaced.
    const peers = host.privateAddress;
    const wayIn = { place, network, linkNames: this.#linkNames(), peers };
    const remote = remoteServices(placed, host.hostName);
    const request = pulumi.output({
      name: host.hostName,
      dockerHost: host.engine,
      ...declareWayIn(prefix, proxy, wayIn, options),
      containers,
      secrets,
    });
    // Absent where there is nothing, as releases of before have told it.
    return pulumi
      .all([request, remote, peers])
      .apply(([known, services, address]): HostRequest => ({
        ...known,
        ...(Object.keys(services).length === 0 ? {} : { remote: services }),
        ...(address === undefined ? {} : { peers: true }),
      }));
  }

  /** Services that others may link to, where the engine's name server is asked for them. */
  #linkNames(): string[] {
    const linked = this.#args.services.list.filter(({ endpoint }) => endpoint !== undefined);
    return linked.map(({ name }) => name);
  }

  #place(
    name: string,
    service: Service | Proxy,
    host: Host,
    network: FleetNetwork,
  ): ContainerContext {
    const image = new docker.RemoteImage(
      `${name}-image`,
      { name: requireImage(service).ref, keepLocally: true },
      { parent: this, provider: host.provider, dependsOn: [this.#preflight] },
    );
    return {
      stack: this.#stack,
      host: host.hostName,
      imageId: image.imageId,
      network: network.name,
      proxy: network.proxy,
    };
  }
}
