/** The fleet's small parts: where replicas go, what secrets' volumes are called, what is refused. */
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { assign, serviceArgs } from "../../../components/fleet/resources/container.ts";
import { fingerprint } from "../../../components/releases/fingerprint.ts";
import { placeReplicas } from "../../../components/fleet/resources/placement.ts";
import {
  refuseUnsupported,
  requireProxy,
} from "../../../components/fleet/resources/requirements.ts";
import { app, defineServices, proxy, worker } from "../../../components/services/index.ts";
import type { ServiceArgs } from "../../../components/services/index.ts";

const image = `registry.invalid/x:v1@sha256:${"0".repeat(64)}`;
const one = (args: Partial<ServiceArgs>) => {
  const { byName } = defineServices({ app: app({ image, port: 80, ...args }) });
  if (byName.app === undefined) throw new Error("no app");
  return byName.app;
};

describe("placeReplicas", () => {
  const rows: [string, Partial<ServiceArgs>, string[], Record<string, number>][] = [
    ["spreads evenly", { replicas: 4 }, ["a", "b"], { a: 2, b: 2 }],
    ["gives the first hosts one more", { replicas: 5 }, ["a", "b", "c"], { a: 2, b: 2, c: 1 }],
    ["leaves hosts empty", { replicas: 1 }, ["a", "b"], { a: 1 }],
    ["puts one on each", { replicas: 1, placement: "everywhere" }, ["a", "b"], { a: 1, b: 1 }],
    ["keeps to named hosts", { replicas: 3, placement: { hosts: ["b"] } }, ["a", "b"], { b: 3 }],
  ];
  it.each(rows)("%s", (_what, args, hosts, placed) => {
    expect(Object.fromEntries(placeReplicas(one(args), hosts))).toEqual(placed);
  });

  it("refuses hosts that do not exist", () => {
    expect(() => placeReplicas(one({ placement: { hosts: ["z"] } }), ["a", "b"])).toThrow(
      "`app.placement` names hosts that do not exist: z. Known: a, b.",
    );
  });
});

describe("a folder in memory", () => {
  const tmpfs = (user: string | undefined) => {
    const service = one({ tmpfs: [{ at: "/run", size: 8 }], user });
    const place = { stack: "s", host: "h", imageId: "i", network: "n" };
    return serviceArgs(service, { ...place, proxy: pulumi.output(undefined) }, []).tmpfs;
  };

  it("belongs to the service's user, where that is a number", () => {
    expect(tmpfs("101:102")).toEqual({ "/run": "size=8m,mode=1777,uid=101,gid=102" });
    expect(tmpfs("101")).toEqual({ "/run": "size=8m,mode=1777,uid=101" });
    expect(tmpfs("101:staff")).toEqual({ "/run": "size=8m,mode=1777,uid=101" });
  });

  it.each([undefined, "www-data"])("is everybody's for the user %s", (user) => {
    expect(tmpfs(user)).toEqual({ "/run": "size=8m,mode=1777" });
  });
});

describe("a variable that is known late", () => {
  it("is refused if the kernel would not take it, without its value", () => {
    expect(assign("app", "LATE", "x".repeat(131_066))).toHaveLength(131_071);
    expect(() => assign("app", "LATE", "x".repeat(131_067))).toThrow(
      /^The variable `LATE` of service `app` has 131072 bytes, and the kernel[^x]+ secret, or a part of the image\.$/,
    );
  });
});

describe("fingerprint", () => {
  const KEY = Buffer.alloc(32, 7).toString("base64url");
  const print = (files: Record<string, string>, scope = "app", key = KEY) =>
    fingerprint(key, scope, files);

  it("is the same for the same values, in any order", () => {
    expect(print({ A: "1", B: "2" })).toBe(print({ B: "2", A: "1" }));
    expect(print({ A: "1" })).toMatch(/^[0-9a-f]{12}$/);
  });

  it("is another one for another value, name or scope", () => {
    const all = [
      print({ A: "1" }),
      print({ A: "2" }),
      print({ B: "1" }),
      print({ A: "1" }, "worker"),
      print({ A: "1" }, "app", Buffer.alloc(32, 8).toString("base64url")),
    ];
    expect(new Set(all).size).toBe(5);
  });

  it("is not that of any short value to somebody without the key", () => {
    const found = print({ PIN: "1234" });
    const guesses = Array.from({ length: 10_000 }, (_, pin) =>
      print({ PIN: String(pin).padStart(4, "0") }, "app", Buffer.alloc(32).toString("base64url")),
    );
    expect(guesses).not.toContain(found);
    expect(new Set(guesses).size).toBe(10_000);
  });
});

describe("what a fleet refuses", () => {
  it("is what it cannot carry out, all of it at once", () => {
    const outside = { image, healthCheck: { runningFor: 5 }, networkMode: "host" as const };
    const services = defineServices({ one: worker(outside), two: worker(outside) });
    expect(() => refuseUnsupported(services, [])).toThrow(
      /`one.networkMode` "host" is not supported[\s\S]*`two.networkMode` "host" is not supported/,
    );
  });

  it("is nothing of an ordinary definition", () => {
    const services = defineServices({
      proxy: proxy({ image, routes: [{ to: "app" }] }),
      app: app({ image, port: 80, releaseCommand: ["migrate"] }),
    });
    expect(() => refuseUnsupported(services, [])).not.toThrow();
    expect(requireProxy(services).routes).toHaveLength(1);
  });

  it("is a bind mount from outside of the folders that it allows", () => {
    const from = (...paths: string[]) =>
      defineServices({
        app: app({
          ...{ image, port: 80 },
          bindMounts: paths.map((from, index) => ({ from, at: `/data-${index}` })),
        }),
      });
    const roots = ["/srv", "/mnt/data/"];
    expect(() => refuseUnsupported(from("/srv", "/srv/a/b", "/mnt/data/c"), roots)).not.toThrow();
    expect(() => refuseUnsupported(from("/srv2", "/mnt"), roots)).toThrow(
      "`app.bindMounts`: `/srv2` is in none of the hosts' folders that services may use (`/srv`, `/mnt/data/`). " +
        "Move it there, or allow its folder with the fleet's `bindRoots`.\n`app.bindMounts`: `/mnt` is in none",
    );
  });

  it("is a definition without a proxy", () => {
    expect(() => requireProxy(defineServices({ app: app({ image, port: 80 }) }))).toThrow(
      "A fleet needs a proxy",
    );
  });
});
