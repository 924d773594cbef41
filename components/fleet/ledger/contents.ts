/** A definition as the ledger keeps it, and back. */
import * as pulumi from "@pulumi/pulumi";
import type { Image, Proxy, Service, Services } from "../../services/index.ts";
import type { Contents, StoredImage, StoredProxy, StoredService } from "./types.ts";

/** The whole definition, once everything in it is known. Secret, since values of secrets are in it. */
export function contentsOf(services: Services, proxy: Proxy): pulumi.Output<Contents> {
  const stored = pulumi.all(services.list.map(storeService));
  const storedProxy = pulumi.output(proxy) as unknown as pulumi.Output<StoredProxy>;
  return pulumi.secret(
    pulumi
      .all([stored, storedProxy])
      .apply(([list, kept]): Contents => ({ services: list, proxy: kept })),
  );
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

/** The definition that `contents` was made of. */
export function restore(contents: Contents): { services: Services; proxy: Proxy } {
  const list = contents.services.map(restoreService);
  const byName = Object.fromEntries(
    [...list].sort((x, y) => (x.name < y.name ? -1 : 1)).map((service) => [service.name, service]),
  );
  const { image, ...rest } = contents.proxy;
  const proxy: Proxy = {
    ...ADDED_LATER.proxy,
    ...rest,
    image: image === undefined ? undefined : toImage(image),
  };
  return { services: { list, byName, proxy }, proxy };
}

/** What a definition says by itself where a release of an earlier version of this library said nothing. */
const ADDED_LATER = {
  service: { strategy: { kind: "blue-green" }, smokeChecks: [], sticky: undefined },
  proxy: { errorPages: {} },
} as const;

function restoreService({ image, secretVariables, ...stored }: StoredService): Service {
  return {
    ...ADDED_LATER.service,
    ...stored,
    image: toImage(image),
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
