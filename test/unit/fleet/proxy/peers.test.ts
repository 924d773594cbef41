/** The proxies of several hosts among each other: what each renders. That they understand each other: test/e2e/machines. */
import { describe, expect, it } from "vitest";
import { renderForwarder } from "../../../../components/fleet/proxy/forwarder.ts";
import { linkPorts, listenPorts } from "../../../../components/fleet/proxy/ports.ts";
import { renderLinksMap, renderProxyFiles } from "../../../../components/fleet/proxy/render.ts";
import type { RemoteService } from "../../../../components/fleet/types.ts";
import { state } from "./state.ts";

const cache: RemoteService = { at: ["10.0.0.2"], endpoint: { port: 6380, protocol: "tcp" } };
const api: RemoteService = {
  at: ["10.0.0.2", "10.0.0.3"],
  endpoint: { port: 8080, protocol: "http" },
  ports: { grpc: { port: 50051, protocol: "h2c" } },
};
const calls = { ...state(), remote: { cache, api } };
/** A section's lines, without the comments. */
const section = (config: string, name: string) => {
  const [, after = ""] = `${config}\n\n`.split(`${name}\n`);
  const lines = after.slice(0, after.indexOf("\n\n")).split("\n");
  return lines.map((line) => line.trim()).filter((line) => !line.startsWith("#"));
};

describe("a host that calls services of others", () => {
  const config = renderProxyFiles(calls)["proxy.cfg"];

  it("asks their proxies: over TCP by the name that goes ahead", () => {
    expect(section(config, "backend remote.cache")).toEqual([
      ...["mode tcp", "timeout server 1h", "balance roundrobin"],
      "server h1 10.0.0.2:61081 send-proxy-v2 set-proxy-v2-tlv-fmt(0xE1) %[str(cache)]",
    ]);
    expect(section(config, "frontend link.6380")).toContain(
      "use_backend remote.cache if { var(txn.service) -m str cache }",
    );
  });

  it("finds them by IPv6, too", () => {
    const far = { cache: { ...cache, at: ["fd00::2"] } };
    const backend = section(
      renderProxyFiles({ ...state(), remote: far })["proxy.cfg"],
      "backend remote.cache",
    );
    expect(backend.at(-1)).toMatch(/^server h1 \[fd00::2\]:61081 send-proxy-v2/);
  });

  it("asks over HTTP by a header, and of several those that say they are up", () => {
    expect(section(config, "backend remote.api")).toEqual([
      ...["mode http", "balance leastconn", "http-request set-header x-longshore-service api"],
      "option httpchk",
      "http-check send meth GET uri / ver HTTP/1.1 hdr Host api hdr x-longshore-check peer.http/api hdr Connection close",
      "http-check expect status 200",
      "default-server check port 61080 check-proto h1 inter 1s fastinter 500ms downinter 500ms rise 1 fall 2",
      ...["server h1 10.0.0.2:61080", "server h2 10.0.0.3:61080"],
    ]);
    expect(section(config, "backend remote.api.grpc")).toEqual(
      expect.arrayContaining([
        "http-request set-header x-longshore-service api:grpc",
        "server h2 10.0.0.3:61080 proto h2",
      ]),
    );
  });

  it("has their links, named ports first, and no frontend of a protocol leads to a backend of another", () => {
    expect(renderLinksMap(calls)).toContain("8080/api api\n50051/api api:.grpc\n");
    const grpc =
      "use_backend remote.api.grpc if { var(txn.service) -m str api } { var(txn.port) -m str .grpc }";
    const main = "use_backend remote.api if { var(txn.service) -m str api }";
    for (const frontend of ["public", "link.8080", "link.50051"]) {
      const rules = section(config, `frontend ${frontend}`).filter((line) =>
        line.startsWith("use_backend remote"),
      );
      expect(rules).toEqual([grpc, main]);
    }
    expect(section(config, "frontend link.6379").join()).not.toContain("remote.");
  });

  it("leads to new ports of theirs beside the old ones, and to what has moved away where it is now", () => {
    const coming = { endpoint: { port: 6390, protocol: "tcp" } as const };
    const next = {
      ...state(),
      remote: {
        cache: { ...cache, coming },
        redis: { ...cache, endpoint: { port: 6379, protocol: "tcp" as const } },
      },
    };
    expect(linkPorts(next).filter(({ protocol }) => protocol === "tcp")).toEqual([
      { service: "cache", port: 6380, protocol: "tcp" },
      { service: "redis", port: 6379, protocol: "tcp" },
      { service: "cache", port: 6390, protocol: "tcp" },
    ]);
    const { "proxy.cfg": moved } = renderProxyFiles(next);
    expect(section(moved, "frontend link.6379")).toContain(
      "use_backend remote.redis if { var(txn.service) -m str redis }",
    );
  });
});

describe("a host that others call", () => {
  const called = { ...state(), peers: true as const };
  const config = renderProxyFiles(called)["proxy.cfg"];

  it("tells what it serves, by protocol, and knows nothing else", () => {
    expect(
      renderLinksMap(called)
        .split("\n")
        .filter((line) => line.startsWith("peer")),
    ).toEqual(["peer.http/app app", "peer.tcp/redis redis"]);
    expect(section(config, "frontend peers.tcp")).toContain(
      "tcp-request content reject if !{ var(txn.link) -m found }",
    );
    expect(renderLinksMap(state())).not.toContain("peer");
    expect(renderProxyFiles(state())["proxy.cfg"]).not.toContain("peers");
  });

  it("passes nothing on to a third host", () => {
    const both = renderProxyFiles({ ...called, remote: { cache, api } })["proxy.cfg"];
    for (const frontend of ["peers.http", "peers.tcp"]) {
      expect(section(both, `frontend ${frontend}`).join()).not.toContain("remote.");
    }
  });

  it("listens at two ports more, at one of which names go ahead", () => {
    expect(new Set(listenPorts(called))).toEqual(new Set([60080, 60404, 6379, 9090, 61080, 61081]));
    const forwarder = renderForwarder(called);
    expect(section(forwarder, "listen port.61081")).toEqual([
      "bind :61081 accept-proxy",
      "server proxy unix@/etc/longshore/entry/current/61081 send-proxy-v2 set-proxy-v2-tlv-fmt(0xE1) %[fc_pp_tlv(0xE1)]",
    ]);
    expect(section(forwarder, "listen port.61080")[0]).toBe("bind :61080");
  });
});
