/** Which services a host must reach on others, and at which address. */
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import {
  type Placed,
  calledElsewhere,
  remoteServices,
  requirePrivateAddresses,
  unreachable,
} from "../../../components/fleet/resources/remote.ts";
import type { Host } from "../../../components/hosts/host.ts";
import { app, cache, defineServices, proxy, worker } from "../../../components/services/index.ts";

const image = `registry.invalid/x:v1@sha256:${"0".repeat(64)}`;
const { list, proxy: way } = defineServices({
  proxy: proxy({ image, routes: [{ to: "app" }, { path: "/admin", to: "admin" }] }),
  app: app({ image, port: 80, links: ["cache", "worker:grpc"] }),
  admin: app({ image, port: 81 }),
  worker: worker({ image, port: 8080, ports: { grpc: 50051 }, links: ["cache"] }),
  cache: cache({ image, port: 6379 }),
});
if (way === undefined) throw new Error("no proxy");

function placed(
  hosts: Record<string, string | undefined>,
  places: Record<string, Record<string, number>>,
): Placed {
  return {
    services: list,
    proxy: way as NonNullable<typeof way>,
    hosts: Object.entries(hosts).map(
      ([hostName, address]) =>
        ({ hostName, privateAddress: pulumi.output(address) }) as unknown as Host,
    ),
    places: new Map(
      Object.entries(places).map(([name, on]) => [name, new Map(Object.entries(on))]),
    ),
  };
}
const valueOf = <Value>(output: pulumi.Output<Value>) =>
  (output as unknown as { promise(): Promise<Value> }).promise();

const fleet = (hosts: Record<string, string | undefined>) =>
  placed(hosts, {
    ...{ app: { a: 1, b: 1, c: 1 }, admin: { a: 1 } },
    ...{ worker: { b: 1, c: 1 }, cache: { c: 1 } },
  });
const ADDRESSES = { a: "10.0.0.1", b: "10.0.0.2", c: "10.0.0.3" };

describe("a host of several", () => {
  it("must reach what its services link to and its routes lead to, and it has no replica of", () => {
    expect(calledElsewhere(fleet(ADDRESSES), "a")).toEqual(["cache", "worker"]);
    expect(calledElsewhere(fleet(ADDRESSES), "b")).toEqual(["admin", "cache"]);
    expect(calledElsewhere(fleet(ADDRESSES), "c")).toEqual(["admin"]);
  });

  it("finds it at the private addresses of all that have it", async () => {
    expect(await valueOf(remoteServices(fleet(ADDRESSES), "a"))).toEqual({
      cache: { at: ["10.0.0.3"], endpoint: { port: 6379, protocol: "tcp" } },
      worker: {
        at: ["10.0.0.2", "10.0.0.3"],
        endpoint: { port: 8080, protocol: "http" },
        ports: { grpc: { port: 50051, protocol: "h2c" } },
      },
    });
    expect(await valueOf(requirePrivateAddresses(fleet(ADDRESSES)))).toBeUndefined();
  });

  it("is refused what it cannot reach, each with who calls and who has it", () => {
    const lines = unreachable(fleet(ADDRESSES), new Set(["c"]));
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe(
      "`cache` is called on host `a`, which has no replica of it: host `c` has, and no private address. " +
        'Give `c` a `privateAddress`, or place `cache` on all hosts that call it (`placement: "everywhere"`).',
    );
    expect(lines.join()).toMatch(/`worker` is called on host `a`.*`cache` is called on host `b`/);
    // What is on all hosts needs none.
    const everywhere = { a: 1, b: 1, c: 1 };
    const all = placed(ADDRESSES, Object.fromEntries(list.map(({ name }) => [name, everywhere])));
    expect(unreachable(all, new Set(["a", "b", "c"]))).toEqual([]);
  });
});
