/** What several hosts serve, as a plan sees it. */
import { describe, expect, it } from "vitest";
import { type HostServing, together } from "../../../components/fleet/resources/serving.ts";
import { app, redis } from "./proxy/state.ts";

const host = (name: string, more: Partial<HostServing> = {}): HostServing => ({
  ...{ name, slots: [], broken: [], withoutForwarder: false, volumes: {} },
  ...more,
});
const tag = (service: string, slot: HostServing["slots"][number]["slot"]) => ({ service, slot });

describe("what hosts serve", () => {
  it("is nothing before the first release", () => {
    expect(together([])).toEqual({ tags: {}, owners: [], volumes: {} });
  });

  it("names each version once, and both where an interrupted release has left two", () => {
    const hosts = [
      host("web-1", { slots: [tag("app", app("v2", ["app-1"])), tag("redis", redis)] }),
      host("web-2", { slots: [tag("app", app("v1", ["app-2"]))] }),
      host("web-3", { slots: [tag("app", app("v2", ["app-3"]))] }),
    ];
    expect(together(hosts).tags).toEqual({ app: "v2, v1", redis: "r1" });
  });

  it("is repaired when something is stopped on any of them, and else as it was told", () => {
    const whole = [host("web-1", { repair: "abc" }), host("web-2", { repair: "abc" })];
    expect(together(whole).repair).toBe("abc");
    const broken = (line: string) =>
      together([...whole, host("web-3", { broken: [line] })]).repair ?? "";
    expect(broken("app-1 is gone")).toMatch(/^[0-9a-f]{12}$/);
    expect(broken("app-1 is gone")).not.toBe(broken("app-2 is gone"));
    expect(together([host("web-1"), host("web-2", { repair: "abc" })]).repair).toBe("abc");
  });

  it("has a certificate where all of them have the same", () => {
    const all = (...certificates: (string | undefined)[]) =>
      together(certificates.map((certificate, index) => host(`web-${index}`, { certificate })));
    expect(all("aaaa", "aaaa").certificate).toBe("aaaa");
    expect(all("aaaa", "bbbb")).not.toHaveProperty("certificate");
    expect(all("aaaa", undefined)).not.toHaveProperty("certificate");
  });

  it("belongs to the states of all hosts, each with its own volumes", () => {
    const owner = { id: "a", actor: "ana@laptop", since: "2026-11-29T08:00:00Z" };
    const volumes = { redis: { "/data": "redis-data" } };
    const all = together([
      host("web-1", { owner, volumes }),
      host("web-2", { withoutForwarder: true }),
      host("web-3", { owner: { ...owner, id: "b" } }),
    ]);
    expect(all.owners).toEqual([
      { ...owner, host: "web-1" },
      { ...owner, id: "b", host: "web-3" },
    ]);
    expect(all.volumes).toEqual({ "web-1": volumes, "web-2": {}, "web-3": {} });
    expect(all.withoutForwarder).toBe(true);
  });
});
