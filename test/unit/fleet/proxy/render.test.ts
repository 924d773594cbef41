/** The proxy's files, from a host's state. That HAProxy takes them is shown in test/e2e. */
import { describe, expect, it } from "vitest";
import { renderProxyFiles, shapeName } from "../../../../components/fleet/proxy/render.ts";
import type { Slot } from "../../../../components/fleet/types.ts";
import { app, redis, state } from "./state.ts";

const isRoute = (line: string) =>
  /^http-request set-var\(txn.service\) str\([a-z]/.test(line) && !line.includes("links.map");

describe("renderProxyFiles", () => {
  const files = renderProxyFiles(state());
  const config = files["proxy.cfg"];
  const lines = config.split("\n").map((line) => line.trim());

  it("says in the map which slot serves, for services that listen", () => {
    expect(files["slots.map"]).toBe("app app.a\nredis redis.b\n");
  });

  it("routes named domains and longer paths first", () => {
    expect(lines.filter((line) => isRoute(line))).toEqual([
      "http-request set-var(txn.service) str(admin) if !{ var(txn.service) -m found } { req.hdr(host),field(1,:) -m str -i identidock.example } { path /admin }",
      "http-request set-var(txn.service) str(admin) if !{ var(txn.service) -m found } { req.hdr(host),field(1,:) -m str -i identidock.example } { path_beg /admin/ }",
      "http-request set-var(txn.service) str(app) if !{ var(txn.service) -m found }",
    ]);
  });

  it("answers a load balancer's check before any route, and during maintenance", () => {
    const check = "{ path /.well-known/longshore-host }";
    const found = lines.filter((line) => /longshore-host|\.check/.test(line));
    expect(found).toEqual([
      `http-request set-var(txn.service) str(.check) if ${check}`,
      expect.stringMatching(
        /^http-request return status 503 .* !\{ path \/\.well-known\/longshore-host \}$/,
      ),
      "use_backend host-check if { var(txn.service) -m str .check }",
    ]);
    expect(lines.findIndex((line) => isRoute(line))).toBeGreaterThan(lines.indexOf(found[0] ?? ""));
    const draining = renderProxyFiles({ ...state(), draining: "2026-01-01T00:00:00Z" });
    expect(draining["maintenance.map"]).toBe("draining 2026-01-01T00:00:00Z\n");
    expect(shapeName({ ...state(), draining: "2026-01-01T00:00:00Z" })).toBe(shapeName(state()));
  });

  it("tries a domain before those that it is in", () => {
    const domains = ["*.example", undefined, "*.b.example", "a.b.example"];
    const routes = domains.map((domain) => ({ ...(domain && { domain }), path: "/", to: "app" }));
    const wild = { ...state(), settings: { ...state().settings, routes } };
    const found = [
      ...(renderProxyFiles(wild)["proxy.cfg"] ?? "").matchAll(/-m (str|end) -i (\S+) \}/g),
    ];
    expect(found.map(([, how, domain]) => `${how} ${domain}`)).toEqual([
      ...["str a.b.example", "end .b.example", "end .example"],
    ]);
  });

  it("gives each slot a backend, the resting one with the active one's names, disabled", () => {
    expect(lines.filter((line) => /^(backend|server) /.test(line))).toEqual([
      "backend host-check",
      "backend none",
      "backend app.a",
      "server s1 app-1:9090",
      "server s2 app-2:9090",
      "backend app.b",
      "server s1 app-1:9090 disabled",
      "server s2 app-2:9090 disabled",
      "backend redis.a",
      "server s1 redis-1:6379 disabled",
      "backend redis.b",
      "server s1 redis-1:6379",
    ]);
  });

  it("checks http services by path and status, tcp ones by connection", () => {
    expect(config).toContain("http-check send meth GET uri /health");
    expect(config).toContain("http-check expect status 200-399");
    expect(config.match(/option httpchk/g)).toHaveLength(2);
    expect(config).toContain(
      "default-server check inter 1s fastinter 500ms downinter 500ms rise 2 fall 3",
    );
    expect(config.match(/ resolve-opts allow-dup-ip init-addr (libc,)?none$/gm)).toHaveLength(4);
  });

  it("sends the headers and takes the statuses that a check names, whatever is in them", () => {
    const requestHeaders = { host: "it's 100%\\", "x-token": "a b" };
    const health = { kind: "http", path: "/", interval: 1, timeout: 2, successes: 1 } as const;
    const one = {
      ...app("v1", ["app-1"]),
      health: { ...health, status: [200, 204], requestHeaders },
    };
    const file = renderProxyFiles(state({ app: { active: "a", a: one, b: null } }))["proxy.cfg"];
    expect(file).toContain(
      String.raw`ver HTTP/1.1 hdr Host 'it'\''s 100%%\' hdr User-Agent longshore-check hdr x-token 'a b' hdr Connection close`,
    );
    expect(file).toContain("http-check expect status 200,204\n");
  });

  it("tells HTTP links apart by name and gives each TCP link its port", () => {
    expect(config).toContain("frontend link.9090\n    bind :9090");
    expect(config).toContain("str(9090/),concat(,txn.name),map(/etc/longshore/links.map)\n");
    expect(renderProxyFiles(state())["links.map"]).toBe("9090/app app\n");
    expect(config).toContain("frontend link.6379\n    mode tcp\n    bind :6379");
  });

  it("reaches services by the ports of their links, and a new version's beside those of the old one", () => {
    const endpoint = { port: 6379, protocol: "tcp" } as const;
    const moved: Slot = { ...redis, endpoint: { ...endpoint, linkPort: 7000 } };
    const api: Slot = { ...app("v2", ["app-3"]), endpoint: { port: 9091, protocol: "http" } };
    const files = renderProxyFiles(
      state({
        redis: { active: "b", a: moved, b: redis },
        sessions: {
          active: "a",
          a: { ...redis, endpoint: { ...endpoint, linkPort: 6380 } },
          b: null,
        },
        // Where sessions is reached now.
        queue: {
          active: "a",
          a: { ...moved, endpoint: { port: 1, protocol: "tcp" } },
          b: { ...redis, endpoint: { ...endpoint, linkPort: 6380 } },
        },
        app: { active: "a", a: app("v1", ["app-1"]), b: api },
      }),
    );
    const binds = [...files["proxy.cfg"].matchAll(/^frontend link\.(\d+)$/gm)].map(
      ([, port]) => port,
    );
    expect(binds.sort()).toEqual(["1", "6379", "6380", "7000", "9090", "9091"]);
    expect(files["proxy.cfg"]).toContain("frontend link.6380\n    mode tcp\n    bind :6380");
    expect(files["proxy.cfg"]).toContain("txn.service) str(sessions)");
    expect(files["links.map"]).toBe("9090/app app\n9091/app app\n");
    expect(files["proxy.cfg"]).toMatch(/server s1 redis-1:6379/);
  });

  it("has no line that grows with the number of services: HAProxy reads 64 words", () => {
    const names = Array.from({ length: 300 }, (_, number) => `service-${number}`);
    const many = state(
      Object.fromEntries(
        names.map((name) => [name, { active: "a" as const, a: app("v1", [name]), b: null }]),
      ),
    );
    const files = renderProxyFiles(many);
    const words = files["proxy.cfg"].split("\n").map((line) => line.trim().split(/\s+/).length);
    expect(Math.max(...words)).toBeLessThanOrEqual(40);
    expect(files["links.map"].split("\n")).toHaveLength(302);
    expect(shapeName(many)).not.toBe(shapeName(state()));
  });

  it("leaves no trace of the template and ends with one newline", () => {
    expect(config).not.toMatch(/<%|%>|undefined|\[object|\* *$/);
    expect(config).not.toContain("\n\n\n");
    expect(config.endsWith("\n") && !config.endsWith("\n\n")).toBe(true);
  });
});

describe("the maps", () => {
  it("say the share of the standby slot, and nothing where there is none", () => {
    const slots = { a: app("v1", ["app-1"]), b: app("v2", ["app-2"]) };
    const files = (canary?: number) =>
      renderProxyFiles(state({ app: { active: "a", ...slots, canary } }))["canary.map"];
    expect([files(10), files(0), files(undefined)]).toEqual(["app 10\n", "", ""]);
  });

  it("hold nobody, whatever the state", () => {
    expect(renderProxyFiles(state())["held.map"]).toBe("");
  });

  it("carry the maintenance page in one line, its message escaped", () => {
    const message = `Back at 5 <b>&</b> "well" it's é`;
    const files = renderProxyFiles({
      ...state(),
      maintenance: { message, retryAfter: 120, since: "2026-01-01T00:00:00Z" },
    });
    const [retry, page = "", end] = files["maintenance.map"].split("\n");
    expect([retry, end]).toEqual(["retry-after 120", ""]);
    expect(page).toMatch(/^page [A-Za-z0-9+/=]+$/);
    const html = Buffer.from(page.split(" ")[1] ?? "", "base64").toString("utf8");
    expect(html).toContain("<p>Back at 5 &lt;b&gt;&amp;&lt;/b&gt; &quot;well&quot; it&#39;s é</p>");
    expect(renderProxyFiles(state())["maintenance.map"]).toBe("");
  });
});

describe("routes with a condition", () => {
  const routes = [
    { path: "/", to: "app" },
    { path: "/", when: { cookie: "beta", value: "it's } on" }, to: "new" },
    { path: "/api", to: "api" },
    { path: "/api", when: { header: "X-Group", value: "-i" }, to: "new" },
    { domain: "shop.example", path: "/", to: "shop" },
  ];
  const lines = renderProxyFiles({ ...state(), settings: { ...state().settings, routes } })
    ["proxy.cfg"].split("\n")
    .map((line) => line.trim());

  it("go before those without for the same place, and after those for a longer path", () => {
    const found = lines
      .filter((line) => isRoute(line))
      .map((line) => line.replace(/^.*str\((\w+)\) if !\{ var\(txn.service\) -m found \}/, "$1"));
    expect(found).toEqual([
      "shop { req.hdr(host),field(1,:) -m str -i shop.example }",
      "new { path /api } when-1",
      "new { path_beg /api/ } when-1",
      "api { path /api }",
      "api { path_beg /api/ }",
      "new when-2",
      "app",
    ]);
  });

  it("take the value as it is, whatever it would mean to HAProxy", () => {
    expect(lines.filter((line) => line.startsWith("acl when-"))).toEqual([
      "acl when-1 'req.fhdr(X-Group)' -m str -- '-i'",
      String.raw`acl when-2 'req.cook(beta)' -m str -- 'it'\''s } on'`,
    ]);
  });
});

describe("error pages", () => {
  const html = "<h1>Entschuldigung, später</h1>\n";
  const files = renderProxyFiles({
    ...state(),
    settings: { ...state().settings, errorPages: { 502: "x", 503: html } },
  });
  const config = files["proxy.cfg"];

  it("are whole answers in files beside the configuration", () => {
    expect(files["error-503.http"]).toBe(
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html; charset=utf-8\r\n" +
        `Cache-Control: no-store\r\nContent-Length: ${Buffer.byteLength(html)}\r\n\r\n${html}`,
    );
    expect(Object.keys(files).filter((name) => name.startsWith("error-"))).toEqual([
      "error-502.http",
      "error-503.http",
    ]);
  });

  it("are for visitors, not for services that call each other", () => {
    expect(config).toContain(
      "http-errors pages\n    errorfile 502 /etc/longshore/error-502.http\n    errorfile 503 /etc/longshore/error-503.http\n",
    );
    const [, publicPart = "", linkPart = ""] = config.split(/^frontend (?:public|link\.\d+)$/m);
    expect(publicPart).toContain("    errorfiles pages\n");
    expect(linkPart.slice(0, linkPart.indexOf("backend "))).not.toContain("pages");
    expect(config).toContain("return status 503 errorfiles pages if { fe_name public }");
    expect(renderProxyFiles(state())["proxy.cfg"]).not.toContain("pages");
  });
});

describe("a sticky service", () => {
  const slot = { ...app("v1", ["app-1", "app-2"]), sticky: "replica" };
  const config = renderProxyFiles(state({ app: { active: "a", a: slot, b: null } }))["proxy.cfg"];

  it("has a cookie that numbers its servers", () => {
    expect(config.match(/cookie replica insert indirect nocache httponly\n/g)).toHaveLength(2);
    expect(config).toContain("server s1 app-1:9090 cookie 1\n    server s2 app-2:9090 cookie 2\n");
    expect(renderProxyFiles(state())["proxy.cfg"]).not.toContain("cookie");
  });
});
