/** HTTPS: what visitors get, and another certificate under load. */
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Certificates } from "../../../components/fleet/proxy/certificate.ts";
import { ProxyControl } from "../../../components/fleet/proxy/control.ts";
import { ADMIN_SOCKET } from "../../../components/fleet/proxy/programs.ts";
import { toldOf } from "../../../components/fleet/resources/certificate.ts";
import type { Certificate, HostState } from "../../../components/fleet/types.ts";
import { HOST_CHECK } from "../../../components/hosts/peer-ports.ts";
import { type Pair, TestAuthority } from "../../support/certificates.ts";
import { Load } from "../../support/load/index.ts";
import { Http2Visitor, shownAt } from "../../support/secure.ts";
import { PUBLIC, TLS, bench, state } from "./stage.ts";

const NAMES = "DNS:shop.example,IP:127.0.0.1";
const FILE = "/etc/longshore/certificate.pem";

export function testTls(): void {
  describe("HTTPS", () => {
    let authority: TestAuthority;
    let ca: string;
    let on: HostState;
    const pairs: Pair[] = [];
    const told: Certificate[] = [];

    const port = () => bench.ports[TLS] ?? 0;
    const shown = async () => (await shownAt(port(), ca)).fingerprint;
    const shownBy = ({ certificate }: Pair) => new X509Certificate(certificate).fingerprint256;
    /** The proxy, by somebody who knows one of the certificates. */
    const knowing = (certificate?: Certificate) =>
      new ProxyControl(bench.host, bench.proxy.container, new Certificates(certificate));
    const withCertificate = (index: number): HostState => ({
      ...on,
      certificate: told[index]?.fingerprint,
    });
    const inProxy = async (command: string[], input?: string) =>
      (await bench.host.exec(bench.proxy.container, command, input)).stdout.trim();
    const worker = async () => {
      const info = await inProxy(["socat", "-", `UNIX-CONNECT:${ADMIN_SOCKET}`], "show info\n");
      return /^Pid: (\d+)$/m.exec(info)?.[1];
    };

    beforeAll(async () => {
      authority = new TestAuthority();
      ca = authority.root.certificate;
      // Of both kinds, and one with comments and empty lines, as `openssl pkcs12` writes them.
      pairs.push(authority.issue(NAMES), authority.issue(NAMES, "rsa2048"));
      const [first, second] = pairs;
      if (first === undefined || second === undefined) throw new Error("no certificates");
      const bag = `Bag Attributes\n\n${second.certificate}\n\n${ca}\n`;
      told.push(toldOf(first), toldOf({ ...second, certificate: bag }));
      const hsts = { maxAge: 86400, includeSubDomains: true, preload: false };
      const tls = { port: TLS, publicPort: port(), redirect: true, hsts };
      on = { ...state, settings: { ...state.settings, tls }, certificate: told[0]?.fingerprint };
      expect(await knowing(told[0]).apply(state, on)).toBe("reloaded");
    });
    afterAll(() => authority.remove());

    it("is HTTP/2 by TLS 1.3, and HTTP/1.1 for whoever asks for that", async () => {
      const visitor = await Http2Visitor.come(port(), ca);
      expect(visitor.protocol).toBe("h2");
      expect(await visitor.get("/")).toMatchObject({ status: 200 });
      expect(visitor.troubles).toEqual([]);
      visitor.leave();
      expect(await shownAt(port(), ca)).toMatchObject({ tls: "TLSv1.3" });
    });

    it("tells browsers to stay with it, also where the proxy itself answers", async () => {
      const visitor = await Http2Visitor.come(port(), ca);
      for (const path of ["/", "/nobody"]) {
        const { headers } = await visitor.get(path);
        expect(headers["strict-transport-security"]).toBe("max-age=86400; includeSubDomains");
      }
      visitor.leave();
      const { headers } = await bench.get(PUBLIC, "/");
      expect(headers).not.toHaveProperty("strict-transport-security");
    });

    it.each([
      ["127.0.0.1", "127.0.0.1"],
      ["shop.example:8080", "shop.example"],
      ["[::1]:8080", "[::1]"],
      ["[::1]", "[::1]"],
    ])("sends requests by HTTP to %s there, with path and query", async (host, to) => {
      const { status, headers } = await bench.get(PUBLIC, "/a/b?c=d&e", { host });
      expect(status).toBe(308);
      expect(headers.location).toBe(`https://${to}:${port()}/a/b?c=d&e`);
    });

    it("answers a load balancer's check by HTTP, and no request in maintenance", async () => {
      expect((await bench.get(PUBLIC, HOST_CHECK)).status).toBe(200);
      const maintenance = { message: "soon", retryAfter: 5, since: "2026-01-01T00:00:00Z" };
      await bench.proxy.setMaintenance(on, { ...on, maintenance });
      expect((await bench.get(PUBLIC, "/")).status).toBe(308);
      const visitor = await Http2Visitor.come(port(), ca);
      expect((await visitor.get("/")).status).toBe(503);
      visitor.leave();
      await bench.proxy.setMaintenance({ ...on, maintenance }, on);
    });

    it("says by itself to services how visitors came", async () => {
      const visitor = await Http2Visitor.come(port(), ca);
      expect((await visitor.get("/scheme", { "x-forwarded-proto": "http" })).body).toBe("https");
      visitor.leave();
      const plain = { ...on.settings, tls: { ...on.settings.tls, redirect: false } };
      const both = { ...on, settings: plain } as HostState;
      expect(await knowing().apply(on, both)).toBe("reloaded");
      const forged = { "x-forwarded-proto": "https" };
      expect((await bench.get(PUBLIC, "/scheme", forged)).body).toBe("http");
      expect(await knowing().apply(both, on)).toBe("reloaded");
    });

    it("serves another certificate without a reload, and without a lost request", async () => {
      const before = await worker();
      const [first, second] = pairs;
      expect(await shown()).toBe(first && shownBy(first));
      const visitor = await Http2Visitor.come(port(), ca);
      const load = Load.start(`https://127.0.0.1:${port()}/`, { rate: 150, ca });
      const control = knowing(told[1]);
      let failed: unknown;
      try {
        expect(await control.apply(on, withCertificate(1))).toBe("told");
        expect(await shown()).toBe(second && shownBy(second));
        // And back, by whoever has replaced it: as a release does that fails.
        expect(await control.apply(withCertificate(1), on)).toBe("told");
        expect(await shown()).toBe(first && shownBy(first));
        expect(await control.apply(on, withCertificate(1))).toBe("told");
      } catch (error) {
        failed = error;
      }
      await visitor.get("/");
      const { failures, requests } = await load.stop();
      if (failed !== undefined) throw failed as Error;
      expect(failures).toEqual([]);
      expect(requests).toBeGreaterThan(50);
      expect(visitor.troubles).toEqual([]);
      visitor.leave();
      expect(await worker()).toBe(before);
    });

    it("keeps it over a restart, in a file that nobody else can read", async () => {
      await bench.host.stop(bench.proxy.container, 1);
      await bench.host.start(bench.proxy.container);
      await bench.proxy.untilAnswers();
      expect(await shown()).toBe(pairs[1] && shownBy(pairs[1]));
      expect(await inProxy(["stat", "-c", "%a %u", FILE])).toBe("400 10001");
      expect(await inProxy(["ls", "/etc/longshore/next"])).toBe("");
      await bench.untilFirstUp("app", "a");
    });

    it("serves what the file says, if a deployer has died before it told the proxy", async () => {
      const [first] = told;
      await bench.host.writeFiles(bench.proxy.container, "/etc/longshore", [
        new Certificates(first).file(first?.fingerprint ?? ""),
      ]);
      expect(await shown()).toBe(pairs[1] && shownBy(pairs[1]));
      expect(await bench.proxy.resync(withCertificate(1))).toBe("unchanged");
      expect(await shown()).toBe(pairs[0] && shownBy(pairs[0]));
      expect(await knowing(told[1]).apply(on, withCertificate(1))).toBe("told");
    });

    it("leaves everything as it is where HAProxy does not take one, and shows nothing of the key", async () => {
      const before = await bench.host.readFile(bench.proxy.container, FILE);
      const [first, second] = told;
      if (first === undefined || second === undefined) throw new Error("no certificates");
      const torn = { ...first, fingerprint: "torn", key: second.key };
      const refused = knowing(torn)
        .apply(withCertificate(1), { ...on, certificate: "torn" })
        .catch((error: unknown) => String(error));
      const words = await refused;
      expect(words).toMatch(/^Error: The proxy refuses its configuration:/);
      for (const line of second.key.split("\n").slice(1, -2)) expect(words).not.toContain(line);
      expect(await bench.host.readFile(bench.proxy.container, FILE)).toBe(before);
      expect(await inProxy(["ls", "/etc/longshore/next"])).toBe("");
      expect(await shown()).toBe(pairs[1] && shownBy(pairs[1]));
    });

    it("ends, and its key goes", async () => {
      expect(await knowing().apply(withCertificate(1), state)).toBe("reloaded");
      await expect(shown()).rejects.toThrow();
      expect(await bench.host.readFile(bench.proxy.container, FILE)).toBeUndefined();
      expect((await bench.get(PUBLIC, "/")).status).toBe(200);
    });
  });
}
