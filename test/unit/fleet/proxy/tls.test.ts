/** HTTPS in the proxy's and the forwarder's files. That HAProxy takes them is shown in test/e2e. */
import { describe, expect, it } from "vitest";
import { listenPorts } from "../../../../components/fleet/proxy/ports.ts";
import {
  renderProxyFiles,
  renderTrialConfig,
  shapeName,
} from "../../../../components/fleet/proxy/render.ts";
import type { HostState, TlsSettings } from "../../../../components/fleet/types.ts";
import { state } from "./state.ts";

const TLS: TlsSettings = { port: 60443, publicPort: 443, redirect: true };
const secured = (more: Partial<TlsSettings> = {}, certificate: string | undefined = "aaaa") => {
  const before = state();
  const settings = { ...before.settings, tls: { ...TLS, ...more } };
  return { ...before, settings, certificate, forwarder: "forwarder" } satisfies HostState;
};
const lines = (of: HostState, file = "proxy.cfg") =>
  (renderProxyFiles(of)[file] ?? "").split("\n").map((line) => line.trim());
const publicFrontend = (of: HostState) => {
  const all = lines(of);
  return all.slice(all.indexOf("frontend public"), all.indexOf("frontend status"));
};

describe("HTTPS", () => {
  it("ends at the proxy, at a port of its own and at a socket for the forwarder", () => {
    const how = "ssl crt /etc/longshore/certificate.pem alpn h2,http/1.1";
    expect(lines(secured()).filter((line) => line.includes("60443"))).toEqual([
      `bind :60443 ${how}`,
      `bind "unix@/etc/longshore/entry/\${HOSTNAME}/60443" mode 600 accept-proxy ${how}`,
    ]);
    expect(publicFrontend(secured()).filter((line) => line.startsWith("bind"))).toHaveLength(4);
    expect(lines(secured(), "haproxy.cfg").filter((line) => line.includes("60443"))).toEqual([
      "listen port.60443",
      "bind :60443",
      "server proxy unix@/etc/longshore/entry/current/60443 send-proxy-v2",
    ]);
  });

  it("takes TLS 1.2 and 1.3 alone, with ciphers that have forward secrecy", () => {
    const found = lines(secured()).filter((line) => line.startsWith("ssl-default-bind-"));
    expect(found).toHaveLength(4);
    expect(found[0]).toContain("ssl-min-ver TLSv1.2 no-tls-tickets");
    const [, list = ""] =
      found.find((line) => line.startsWith("ssl-default-bind-ciphers "))?.split(" ") ?? [];
    expect(list.split(":").filter((cipher) => !cipher.startsWith("ECDHE-"))).toEqual([]);
  });

  it("is where requests by HTTP are sent, before the maintenance page and after a load balancer's check", () => {
    const rules = publicFrontend(secured()).filter((line) => line.startsWith("http-request"));
    expect(rules.slice(0, 3)).toEqual([
      expect.stringContaining("str(.check) if { path /.well-known/longshore-host }"),
      'http-request redirect code 308 location "https://%[req.hdr(host),host_only]%[pathq]" if !{ ssl_fc } { req.hdr(host) -m found } !{ path /.well-known/longshore-host }',
      expect.stringMatching(/^http-request return status 503 .*maintenance\.map/),
    ]);
    const other = lines(secured({ publicPort: 8443 })).join("\n");
    expect(other).toContain('"https://%[req.hdr(host),host_only]:8443%[pathq]"');
    expect(lines(secured({ redirect: false })).join("\n")).not.toContain("redirect code");
  });

  it("is what services are told of the connection, whatever the visitor says", () => {
    const told = (of: HostState) =>
      publicFrontend(of).filter((line) => line.includes("X-Forwarded-Proto"));
    expect(told(secured())).toEqual([
      'http-request set-header X-Forwarded-Proto "%[ssl_fc,iif(https,http)]"',
    ]);
    // A load balancer before the hosts may have it.
    expect(told(state())).toEqual([
      "http-request set-header X-Forwarded-Proto http if !{ req.hdr(X-Forwarded-Proto) -m found }",
    ]);
  });

  it.each([
    [{ maxAge: 60, includeSubDomains: false, preload: false }, "max-age=60"],
    [{ maxAge: 0, includeSubDomains: true, preload: false }, "max-age=0; includeSubDomains"],
    [
      { maxAge: 31536000, includeSubDomains: true, preload: true },
      "max-age=31536000; includeSubDomains; preload",
    ],
  ])("is asked to be kept to: %o", (hsts, header) => {
    expect(publicFrontend(secured({ hsts }))).toContain(
      `http-after-response set-header Strict-Transport-Security "${header}" if { ssl_fc }`,
    );
    expect(lines(secured()).join("\n")).not.toContain("Strict-Transport-Security");
  });

  it("needs no reload for another certificate, and one for anything else of it", () => {
    expect(shapeName(secured({}, "bbbb"))).toBe(shapeName(secured()));
    const others: Partial<TlsSettings>[] = [
      { publicPort: 8443 },
      { redirect: false },
      { hsts: { maxAge: 1, includeSubDomains: false, preload: false } },
    ];
    const names = others.map((more) => shapeName(secured(more)));
    expect(new Set([...names, shapeName(secured()), shapeName(state())]).size).toBe(5);
  });

  it("is not there without a certificate, whatever the settings say", () => {
    const without = { ...secured(), certificate: undefined };
    expect(renderProxyFiles(without)["proxy.cfg"]).toBe(
      renderProxyFiles({ ...state(), forwarder: "forwarder" })["proxy.cfg"],
    );
    expect(listenPorts(without)).toEqual(listenPorts(state()));
    expect(listenPorts(secured()).slice(0, 3)).toEqual([60080, 60404, 60443]);
  });

  it("is tried with the certificate that is in place, or with the one that comes", () => {
    const file = (config: string) => /ssl crt (\S+)/.exec(config)?.[1];
    const next = "/etc/longshore/next";
    expect(file(renderTrialConfig(secured(), next))).toBe("/etc/longshore/certificate.pem");
    const coming = `${next}/certificate.pem`;
    expect(file(renderTrialConfig(secured(), next, coming))).toBe(coming);
  });
});
