/** A release that brings HTTPS, another certificate, or neither any more. */
import { describe, expect, it } from "vitest";
import type {
  Certificate,
  ReleaseRequest,
  TlsSettings,
} from "../../../../components/fleet/types.ts";
import { SETTINGS, redis, release, request, service, serving } from "../../../support/release.ts";
import type { FakeHost } from "../../../support/fakes/host.ts";
import { stateOf } from "./app-release.ts";

const TLS: TlsSettings = { port: 60443, publicPort: 443, redirect: true };
const FILE = "/etc/longshore/certificate.pem";
const OLD = { redis: ["redis-1"], app: ["app-1", "app-2"] };
const NEW = { redis: ["redis-1"], app: ["app-3", "app-4"] };
const certificate = (name: string): Certificate => ({
  ...{ fingerprint: name, chain: `chain of ${name}, `, key: `key of ${name}` },
});

/** The same services, with a certificate; another version of app where `containers` says so. */
const secured = (
  host: FakeHost,
  name: string | undefined,
  { containers = OLD, forwarder = "forwarder" } = {},
): ReleaseRequest => {
  const app = service("app", containers === OLD ? "v1" : "v2");
  const wanted = request([host], [redis("v1"), app], containers);
  for (const each of wanted.hosts) each.forwarder = forwarder;
  if (name === undefined) return wanted;
  return { ...wanted, settings: { ...SETTINGS, tls: TLS }, certificate: certificate(name) };
};

const withHttps = async () => {
  const host = await serving();
  await release([host], secured(host, "a"));
  host.events.length = 0;
  host.proxy.reloads = 0;
  return host;
};

const redirects = (host: FakeHost) =>
  (host.files.get("/etc/longshore/proxy.cfg") ?? "").includes("redirect code 308");

describe("HTTPS", () => {
  it("comes by a reload, with its certificate in a file, and its fingerprint alone in the memory", async () => {
    const host = await serving();
    const { lines } = await release([host], secured(host, "a"));
    expect(lines).toContain("proxy on one has the certificate a");
    expect(host.files.get(FILE)).toBe("chain of a, key of a");
    expect(stateOf(host)).toMatchObject({ certificate: "a", settings: { tls: TLS } });
    expect(JSON.stringify([...host.files].filter(([name]) => name !== FILE))).not.toContain(
      "key of",
    );
    expect(host.events.filter((event) => /^(start|stop) /.test(event))).toEqual([]);
    expect(redirects(host)).toBe(true);
  });

  it("sends nobody to its port before another forwarder has opened it", async () => {
    const host = await serving();
    host.addForwarder("forwarder-2");
    const seen: string[] = [];
    host.onEvent = (event) => {
      const now = `${redirects(host) ? "redirects" : "serves"}: ${event}`;
      if (/reload|forwarder-2|stop forwarder/.test(event)) seen.push(now);
    };
    await release([host], secured(host, "a", { forwarder: "forwarder-2" }));
    expect(seen.filter((line) => line.startsWith("redirects"))).toEqual(["redirects: reload"]);
    expect(seen.at(-1)).toBe("redirects: reload");
    expect(seen.slice(-2)[0]).toBe("serves: start forwarder-2");
  });

  it("keeps its port and its redirect until another forwarder comes that has neither", async () => {
    const host = await withHttps();
    host.addForwarder("forwarder-2");
    const seen: string[] = [];
    host.onEvent = (event) => {
      if (/reload|forwarder/.test(event)) seen.push(`${redirects(host)} ${event}`);
    };
    await release([host], secured(host, undefined, { forwarder: "forwarder-2" }));
    expect(seen).toEqual([
      ...["true stop forwarder", "true start forwarder-2"],
      ...["false reload", "false reload forwarder"],
    ]);
    expect(stateOf(host)).not.toHaveProperty("certificate");
  });

  it("is no change the second time", async () => {
    const host = await withHttps();
    const { report } = await release([host], secured(host, "a"));
    expect(report.release).toBe(2);
    expect(host.events).toEqual(["certificate: chain of a, key of a"]);
  });
});

describe("another certificate", () => {
  it("is told to the running proxy, and nothing else happens", async () => {
    const host = await withHttps();
    const { report } = await release([host], secured(host, "b"));
    expect(host.events).toEqual([
      // As after a deployer that has died between the file and the proxy.
      "certificate: chain of a, key of a",
      "certificate: chain of b, key of b",
    ]);
    expect(host.proxy.reloads).toBe(0);
    expect(stateOf(host)).toMatchObject({ certificate: "b", release: 3, settled: 3 });
    expect(report.services.app).toMatchObject({ changed: false });
  });

  it("goes back to the one of before where the release fails", async () => {
    const host = await withHttps();
    host.containers.set("app-3", { running: false, fate: "exits" });
    const failing = release([host], secured(host, "b", { containers: NEW }));
    await expect(failing).rejects.toThrow("the old version serves");
    expect(host.events.filter((event) => event.startsWith("certificate")).slice(1)).toEqual([
      "certificate: chain of b, key of b",
      "certificate: chain of a, key of a",
    ]);
    expect(host.files.get(FILE)).toBe("chain of a, key of a");
    expect(stateOf(host).certificate).toBe("a");
  });

  it("that the running proxy does not take fails the release, and shows nothing of itself", async () => {
    const host = await withHttps();
    const exec = host.exec.bind(host);
    host.exec = (container, command, stdin) =>
      host.files.get(FILE)?.includes("key of b") && command.includes("set-certificate")
        ? Promise.resolve({ exitCode: 1, stdout: "", stderr: "unable to load certificate" })
        : exec(container, command, stdin);
    await expect(release([host], secured(host, "b"))).rejects.toThrow(
      "The proxy `proxy` on host `one` does not take the certificate: unable to load certificate",
    );
    expect(host.files.get(FILE)).toBe("chain of a, key of a");
    expect(stateOf(host).certificate).toBe("a");
  });

  it("that the proxy refuses in a trial changes nothing", async () => {
    const host = await withHttps();
    const exec = host.exec.bind(host);
    host.exec = (container, command, stdin) =>
      command[0] === "haproxy"
        ? Promise.resolve({ exitCode: 1, stdout: "", stderr: "no start line" })
        : exec(container, command, stdin);
    await expect(release([host], secured(host, "b"))).rejects.toThrow("no start line");
    expect(host.files.get(FILE)).toBe("chain of a, key of a");
    expect(host.events.join()).not.toContain("key of b");
  });
});
