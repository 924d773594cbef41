/** What is in a definition that the ledger keeps. Without Pulumi's SDK, which takes a process a quarter of a second. */
import type { Snapshot, StoredImage } from "./types.ts";

/** Image by service, the proxy's among them. */
export function imagesOf({ services, proxy }: Snapshot): Record<string, StoredImage> {
  return Object.fromEntries([
    ...services.map(({ name, image }): [string, StoredImage] => [name, image]),
    ...(proxy?.image === undefined ? [] : [[proxy.name, proxy.image] as [string, StoredImage]]),
  ]);
}

/** All values in a definition that are secret. */
export function secretsOf({ services }: Snapshot): string[] {
  return services.flatMap(({ secrets, environment, secretVariables }) => [
    ...secrets.map(({ value }) => value),
    ...secretVariables.map((name) => environment[name] ?? ""),
  ]);
}
