/** The forwarder's file: the ports, and nothing that a release changes. */
import { expect, it } from "vitest";
import { renderForwarder } from "../../../../components/fleet/proxy/forwarder.ts";
import { renderProxyFiles } from "../../../../components/fleet/proxy/render.ts";
import { app, redis, state } from "./state.ts";

const sections = (config: string) => config.split(/\n\n/).slice(2);

it("hands each port over by the socket of the proxy that serves, with the visitor's address", () => {
  const ports = [60080, 60404, 6379, 9090];
  expect(sections(renderForwarder(state()))).toEqual(
    ports.map((port, index) =>
      [
        `listen port.${port}`,
        `    bind :${port}`,
        `    server proxy unix@/etc/longshore/entry/current/${port} send-proxy-v2` +
          (index === ports.length - 1 ? "\n" : ""),
      ].join("\n"),
    ),
  );
  const { "proxy.cfg": config } = renderProxyFiles(state());
  for (const port of ports) {
    const socket = `bind "unix@/etc/longshore/entry/\${HOSTNAME}/${port}" mode 600 accept-proxy`;
    expect(config).toContain(`    bind :${port}\n    ${socket}\n`);
  }
});

it("stays the same in a release, and is another one with another port", () => {
  const before = renderForwarder(state());
  const released = state({ app: { active: "b", a: null, b: app("v2", ["app-3"]) } });
  expect(renderForwarder({ ...released, release: 9, proxy: "proxy-2" })).toBe(before);
  const other = { ...redis, endpoint: { port: 6379, protocol: "tcp" as const, linkPort: 6380 } };
  const moved = renderForwarder(state({ redis: { active: "b", a: null, b: other } }));
  expect(moved).toContain("listen port.6380\n");
  const name = (config: string) => /^ *description (longshore-[0-9a-f]{16})$/m.exec(config)?.[1];
  expect(name(moved)).not.toBe(name(before));
});

it("has the file of the container with the ports, which is the proxy's where there is no forwarder", () => {
  const old = renderProxyFiles(state());
  expect(old["haproxy.cfg"]).toBe(old["proxy.cfg"]);
  const files = renderProxyFiles({ ...state(), forwarder: "forwarder" });
  expect(files["haproxy.cfg"]).toBe(renderForwarder(state()));
  expect(files["proxy.cfg"]).toBe(old["proxy.cfg"]);
});
