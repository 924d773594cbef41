/** What the proxy is told during a release: files first, then its socket, never a reload. */
import { beforeEach, describe, expect, it } from "vitest";
import { setMaintenance } from "../../../../components/fleet/operations/maintenance.ts";
import { withinLimits } from "../../../../components/fleet/proxy/pages.ts";
import { ProxyControl } from "../../../../components/fleet/proxy/control.ts";
import { renderProxyFiles } from "../../../../components/fleet/proxy/render.ts";
import type { HostState, Slot } from "../../../../components/fleet/types.ts";
import { FakeHost } from "../../../support/fakes/host.ts";
import { SETTINGS } from "../../../support/release.ts";
import { maintenanceFaults } from "../../../../components/releases/maintenance.ts";

const slot = (tag: string, servers: string[]): Slot => ({
  tag,
  servers,
  endpoint: { port: 9090, protocol: "http" },
  health: { kind: "tcp", interval: 1, timeout: 1, successes: 1 },
});
const base: HostState = {
  release: 1,
  settings: SETTINGS,
  services: { app: { active: "a", a: slot("v1", ["one"]), b: slot("v2", ["two"]) } },
};
const withApp = (more: Partial<HostState["services"][string]>): HostState => ({
  ...base,
  services: { app: { ...base.services.app, ...more } as HostState["services"][string] },
});

let host: FakeHost;
let proxy: ProxyControl;
/** Events since the proxy was started. */
const events = () => host.events.slice(1);
const file = (name: string) => host.files.get(`/etc/longshore/${name}`);

beforeEach(async () => {
  host = new FakeHost("local", { one: { running: true }, two: { running: true } });
  proxy = new ProxyControl(host, "proxy");
  await proxy.start(base);
});

describe("weigh", () => {
  it("adds, changes and removes the standby slot's share, in the files and the running proxy", async () => {
    await proxy.setWeight(withApp({ canary: 10 }), "app");
    expect([file("canary.map"), host.maps.get("canary.map")?.get("app")]).toEqual([
      "app 10\n",
      "10",
    ]);
    await proxy.setWeight(withApp({ canary: 50 }), "app");
    await proxy.setWeight(withApp({ canary: 50 }), "app");
    await proxy.setWeight(withApp({ canary: 0 }), "app");
    expect(file("canary.map")).toBe("");
    expect(events()).toEqual([
      "add canary.map app 10",
      "set canary.map app 50",
      "del canary.map app",
    ]);
    expect(JSON.parse(file("state.json") ?? "")).toEqual(withApp({ canary: 0 }));
  });
});

describe("switchTo", () => {
  it("ends the share in the same batch as the switch", async () => {
    await proxy.setWeight(withApp({ canary: 50 }), "app");
    host.events.length = 1;
    await proxy.switchTo(withApp({ active: "b" }), ["app"]);
    expect(events()).toEqual(["switch app.b", "del canary.map app"]);
    expect([file("slots.map"), file("canary.map")]).toEqual(["app app.b\n", ""]);
  });

  it("says nothing where everything is as wanted", async () => {
    await proxy.switchTo(base, ["app"]);
    expect(events()).toEqual([]);
  });

  it("takes a removed service out of both maps", async () => {
    await proxy.setWeight(withApp({ canary: 50 }), "app");
    host.events.length = 1;
    await proxy.switchTo({ ...base, services: {} }, ["app"]);
    expect(events()).toEqual(["unswitch app", "del canary.map app"]);
  });
});

describe("hold and release", () => {
  it("are in no file, and safe to repeat", async () => {
    await proxy.resume("app");
    await proxy.hold("app");
    await proxy.hold("app");
    expect([await proxy.held(), file("held.map")]).toEqual([["app"], ""]);
    await proxy.resume("app");
    expect(await proxy.held()).toEqual([]);
    expect(events()).toEqual(["add held.map app 1", "del held.map app"]);
  });

  it("let nobody wait in a process that a reload replaces", async () => {
    await proxy.hold("app");
    host.events.length = 1;
    const settings = { ...base.settings, serverTimeout: 5 };
    await proxy.apply(base, { ...base, settings });
    expect(events()).toEqual(["del held.map app", "reload", "add held.map app 1"]);
  });
});

describe("setMaintenance", () => {
  const maintenance = { message: "soon", retryAfter: 60, since: "2026-01-01T00:00:00Z" };
  const page = (state: HostState) =>
    renderProxyFiles(state)["maintenance.map"].split("\n")[1]?.split(" ")[1] ?? "";

  it("shows page and header, changes them, and takes them away, all at once", async () => {
    const on = { ...base, maintenance };
    const later = { ...base, maintenance: { ...maintenance, message: "later" } };
    await proxy.setMaintenance(base, on);
    await proxy.setMaintenance(on, later);
    expect(file("maintenance.map")).toBe(`retry-after 60\npage ${page(later)}\n`);
    await proxy.setMaintenance(later, base);
    expect(events()).toEqual([
      "maintenance.map is retry-after page",
      "maintenance.map is retry-after page",
      "maintenance.map is",
    ]);
    expect(file("maintenance.map")).toBe("");
  });

  it("leaves the files as they were where the running proxy refuses", async () => {
    const before = new Map(host.files);
    host.proxy.refuses = true;
    const on = { ...base, maintenance };
    await expect(proxy.setMaintenance(base, on)).rejects.toThrow("Unknown map identifier");
    for (const name of ["maintenance.map", "state.json"]) {
      expect(file(name)).toBe(before.get(`/etc/longshore/${name}`));
    }
  });

  it("ends although an earlier version had shown a page that cannot be told", async () => {
    const long = { ...base, maintenance: { ...maintenance, message: '"'.repeat(20_000) } };
    await expect(proxy.setMaintenance(base, long)).rejects.toThrow("too long for the proxy");
    await proxy.remember(long); // as that one has left it
    await proxy.setMaintenance(withinLimits(long), base);
    expect(file("maintenance.map")).toBe("");
    expect(host.maps.get("maintenance.map")?.size).toBe(0);
  });

  it.each([
    ["x".repeat(1001), 60, "The message has 1001 characters: shorten it to 1000"],
    [" ", 60, "The message is empty"],
    ["soon", 1.5, "Retry-After is 1.5"],
    ["soon", -1, "Retry-After is -1"],
    ["soon", 1e9, "Retry-After is 1000000000"],
  ])("is refused before anything is written: %#", async (message, retryAfter, fault) => {
    const wanted = { message, retryAfter, since: "" };
    expect(maintenanceFaults(wanted).join("\n")).toContain(fault);
    const before = new Map(host.files);
    const failing = setMaintenance(host, "proxy", wanted, { stack: "s" });
    await expect(failing).rejects.toThrow("Nothing was changed.");
    expect(host.files).toEqual(before);
    expect(host.events.slice(1)).toEqual([]);
  });

  it("takes the longest message that there may be, whatever is in it", async () => {
    for (const letter of ['"', "😀", "\n", ";"]) {
      const on = { ...base, maintenance: { ...maintenance, message: letter.repeat(1000) } };
      await proxy.setMaintenance(base, on);
      expect(host.maps.get("maintenance.map")?.get("page")).toBe(page(on));
    }
  });

  it("is kept by a switch and by a reload", async () => {
    const on = { ...base, maintenance };
    await proxy.setMaintenance(base, on);
    await proxy.switchTo({ ...withApp({ active: "b" }), maintenance }, ["app"]);
    await proxy.apply(on, { ...on, settings: { ...on.settings, serverTimeout: 5 } });
    expect(host.proxy.reloads).toBe(1);
    expect(host.maps.get("maintenance.map")?.get("page")).toBe(page(on));
  });
});

describe("apply", () => {
  it("reloads a proxy that was not started with this shape, whatever the memory says", async () => {
    const next = { ...base, settings: { ...base.settings, serverTimeout: 5 } };
    expect(await proxy.apply(base, base)).toBe("unchanged");
    // A deployer that was killed between the files and the reload: the memory is ahead of the proxy.
    expect(await proxy.apply(next, next)).toBe("reloaded");
    expect(await proxy.apply(next, next)).toBe("unchanged");
    expect(host.proxy.reloads).toBe(1);
  });

  it("takes a warning for a refusal, in a trial and in the configuration that it was started with", async () => {
    const exec = host.exec.bind(host);
    host.exec = (container, command, stdin) =>
      command[0] === "haproxy" && command.includes("-dW")
        ? Promise.resolve({ exitCode: 1, stdout: "", stderr: "[WARNING] too many words" })
        : exec(container, command, stdin);
    const next = { ...base, settings: { ...base.settings, serverTimeout: 5 } };
    const before = file("proxy.cfg");
    await expect(proxy.apply(base, next)).rejects.toThrow("[WARNING] too many words");
    expect(file("proxy.cfg")).toBe(before);
    await host.stop("proxy", 0);
    await expect(proxy.start(base)).rejects.toThrow("[WARNING] too many words");
  });
});
