/** A release of `app` on a made-up host. */
import type { HostState, ServiceRequest } from "../../../../components/fleet/types.ts";
import type { FakeHost } from "../../../support/fakes/host.ts";
import { redis, request, service } from "../../../support/release.ts";

/** What a release says that has lost a host. */
export const LEFT_ALONE = "Host `one` is left to whoever has its lock now.";

export const V2 = ["app-3", "app-4"];

export const appRelease = (host: FakeHost, extra: Partial<ServiceRequest>, app = V2) =>
  request([host], [redis("v1"), service("app", "v2", extra)], { redis: ["redis-1"], app });

export const stateOf = (host: FakeHost) =>
  JSON.parse(host.files.get("/etc/longshore/state.json") ?? "{}") as HostState;
