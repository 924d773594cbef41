/** A definition as the ledger keeps it, what is in it, and back. */
import * as pulumi from "@pulumi/pulumi";
import {
  DEFAULTS,
  type Image,
  type Proxy,
  type Service,
  type Services,
} from "../services/index.ts";
import { NO_HEADERS, restoreHealth } from "../services/values/stored-check.ts";
import type { Snapshot, StoredImage, StoredProxy, StoredService } from "./types.ts";

/** The whole definition, once everything in it is known. Secret, since values of secrets are in it. */
export function snapshotOf(services: Services, proxy?: Proxy): pulumi.Output<Snapshot> {
  const stored = pulumi.all(services.list.map(storeService));
  const storedProxy = pulumi.output(proxy && storeProxy(proxy));
  return pulumi.secret(
    pulumi
      .all([stored, storedProxy])
      .apply(([services, kept]): Snapshot => ({ services, ...(kept && { proxy: kept }) })),
  );
}

function storeProxy({ tls: _, ...proxy }: Proxy): pulumi.Output<StoredProxy> {
  return pulumi.output(proxy);
}

function storeService(service: Service): pulumi.Output<StoredService> {
  const names = Object.keys(service.environment).sort();
  const secrecy = names.map((name) => pulumi.isSecret(pulumi.output(service.environment[name])));
  const plain = pulumi.output(service) as unknown as pulumi.Output<StoredService>;
  return pulumi.all([plain, pulumi.all(secrecy)]).apply(([stored, secret]): StoredService => ({
    ...stored,
    secretVariables: names.filter((_, index) => secret[index]),
  }));
}

/** The definition that `snapshot` was made of, without HTTPS. */
export function restore(snapshot: Snapshot): Services {
  const list = snapshot.services.map(restoreService);
  const byName = Object.fromEntries(
    [...list].sort((x, y) => (x.name < y.name ? -1 : 1)).map((service) => [service.name, service]),
  );
  return { list, byName, proxy: snapshot.proxy && restoreProxy(snapshot.proxy) };
}

/** What a definition says by itself where a release of an earlier version of this library said nothing. */
const ADDED_LATER = {
  service: {
    strategy: { kind: "blue-green" },
    smokeChecks: [],
    sticky: undefined,
    watch: DEFAULTS.app.watch,
    ports: {},
    ...{ entrypoint: undefined, init: true, hostname: undefined, extraHosts: {}, dns: [] },
    ...{
      ulimits: {},
      sysctls: {},
      shmSize: undefined,
      pidsLimit: DEFAULTS.app.pidsLimit,
      labels: {},
    },
    ...{ bindMounts: [], devices: [], gpus: undefined },
  },
  proxy: { errorPages: {}, tls: undefined },
} as const;

function restoreProxy({ image, ...stored }: StoredProxy): Proxy {
  return { ...ADDED_LATER.proxy, ...stored, image: image && toImage(image) };
}

function restoreService({ image, secretVariables, ...stored }: StoredService): Service {
  return {
    ...ADDED_LATER.service,
    ...stored,
    image: toImage(image),
    healthCheck: restoreHealth(stored.healthCheck),
    smokeChecks: (stored.smokeChecks ?? []).map((check) => ({ ...NO_HEADERS, ...check })),
    environment: Object.fromEntries(
      Object.entries(stored.environment).map(([name, value]) => [
        name,
        secretVariables.includes(name) ? pulumi.secret(value) : value,
      ]),
    ),
    secrets: stored.secrets.map(({ name, value, as }) => ({
      name,
      as,
      value: pulumi.secret(value),
    })),
  };
}

/** An image whose parts are known. */
export function toImage({ ref, tag }: StoredImage): Image {
  return { ref: pulumi.output(ref), tag: pulumi.output(tag) };
}
