/**
 * HTTPS by real updates: its certificate renewed under load, a wrong one refused, and the key in no place where
 * somebody could read it. What HAProxy does of it is tried in proxy/tls.ts; turned on and off, in https-full.test.ts.
 */
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Load } from "../support/load/index.ts";
import { inProxy, inventory } from "../support/load/inventory.ts";
import { watchProcesses } from "../support/secret-scan.ts";
import { Http2Visitor } from "../support/secure.ts";
import { SecureSite } from "./https/site.ts";

let site: SecureSite;
const processes = watchProcesses();

/** The stack's containers, and the process of the proxy that serves. */
const running = async () => {
  const containers = Object.values(await site.system.containers()).flat();
  const info = ["sh", "-c", "echo show info | socat - UNIX-CONNECT:/run/longshore/admin.sock"];
  const pid = /^Pid: \d+$/m.exec(await inProxy(site.system, info))?.[0];
  return [pid, ...containers.map(({ id }) => id).sort()];
};

beforeAll(async () => {
  site = await SecureSite.create("https");
  site.serve(site.pair);
  await site.up();
});
afterAll(async () => {
  processes.stop();
  await site?.destroy();
});

describe("HTTPS", () => {
  it("brings the visitor's own address and scheme to the service, by HTTP/2", async () => {
    const visitor = await Http2Visitor.come(site.port, site.ca);
    expect(visitor.protocol).toBe("h2");
    const { body, headers } = await visitor.get("/visitor", { "x-forwarded-proto": "http" });
    visitor.leave();
    // A connection from this computer's loopback comes from the engine's side of the network.
    const [forwarder] = (await site.system.containers()).forwarder ?? [];
    const info = await site.system.docker.getContainer(forwarder?.id ?? "").inspect();
    const [network] = Object.values(info.NetworkSettings.Networks);
    expect(body).toBe(`https ${network?.Gateway}`);
    expect(headers["strict-transport-security"]).toBe("max-age=86400");
    const answer = await fetch(`${site.system.url}/a?b`, { redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([308, `${site.url}a?b`]);
  });

  it("gets another certificate: no container, no process, no lost request", async () => {
    const before = { running: await running(), inventory: await inventory(site.system) };
    site.serve(site.issue());
    const preview = (await site.system.pulumi(["preview", "--diff"])).output;
    const until = new Date(new X509Certificate(site.pair.certificate).validTo);
    expect(preview).toContain(
      `certificate shop.example, 127.0.0.1 until ${until.toISOString().slice(0, 10)} (`,
    );
    expect(preview).toContain("replaced: no downtime");
    expect(preview).not.toContain("docker:index/container");
    site.printed.push(preview);
    const visitor = await Http2Visitor.come(site.port, site.ca);
    await visitor.get("/");
    const load = Load.start(site.url, { rate: 100, ca: site.ca });
    const [output, { failures, requests }] = await site
      .up()
      .finally(() => load.stop())
      .then(async (text) => [text, await load.stop()] as const);
    await visitor.get("/");
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(100);
    expect(visitor.troubles).toEqual([]);
    visitor.leave();
    expect(output).toMatch(/proxy on local has the certificate [0-9a-f]{16}/);
    expect(output).not.toMatch(/reloaded|replaced|starting/);
    expect(await site.shows(site.pair)).toBe(true);
    expect({ running: await running(), inventory: await inventory(site.system) }).toEqual(before);
  });

  it("refuses what does not fit, all of it at once, and nothing changes", async () => {
    const { pair } = site;
    const good = site.serve({ ...site.issue("rsa1024"), key: pair.key });
    const update = await site.system.up({ fails: true }).finally(() => {
      site.system.restore(good);
      site.pair = pair;
    });
    site.printed.push(update.output);
    expect(update.output).toContain(
      "The certificate of proxy `proxy` has 2 problems; no host was touched.",
    );
    expect(update.output).toContain(
      "proxy.tls.certificate: The certificate has an RSA key of 1024 bits.",
    );
    expect(update.output).toContain("proxy.tls.key: The key is not the certificate's.");
    expect(await site.shows(pair)).toBe(true);
    await site.system.expectNoChanges();
  });

  it("shows its key nowhere", async () => {
    const state = (await site.system.pulumi(["stack", "export"])).output;
    const places: Record<string, string> = { state, printed: site.printed.join("\n") };
    places.processes = processes.stop();
    for (const list of Object.values(await site.system.containers())) {
      for (const { id, name } of list) {
        const container = site.system.docker.getContainer(id);
        const logs = await container.logs({ stdout: true, stderr: true });
        places[`inspect of ${name}`] = JSON.stringify(await container.inspect());
        places[`logs of ${name}`] = logs.toString("utf8");
      }
    }
    expect(Object.keys(places).length).toBeGreaterThan(10);
    const [, line = ""] = site.pair.key.split("\n");
    expect(line).toMatch(/^[A-Za-z0-9+/]{64}$/);
    const found = Object.entries(places).filter(([, text]) => text.includes(line));
    expect(found.map(([name]) => name)).toEqual([]);
    // What is looked for is there to be found.
    const file = await inProxy(site.system, ["cat", "/etc/longshore/certificate.pem"]);
    expect(file).toContain(line);
  });
});
