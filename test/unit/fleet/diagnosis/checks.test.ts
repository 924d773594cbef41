/** Why a container that runs is not healthy, concluded from what was seen, word by word. */
import { describe, expect, it } from "vitest";
import { blocks } from "../../../../components/diagnosis/cause.ts";
import {
  type CheckRun,
  type Looked,
  explainCheck,
  explainCommand,
} from "../../../../components/fleet/diagnosis/checks.ts";
import { describeListener, parseListeners } from "../../../../components/diagnosis/listeners.ts";
import type { HealthCheck } from "../../../../components/services/index.ts";
import { HTTP } from "../../../support/release.ts";

describe("parseListeners", () => {
  // As the kernel prints them: a connection (01) and the engine's name server are among them.
  const tables = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:2382 00000000:0000 0A 00000000:00000000 00:00000000 00000000 10001        0 94061 1 0000000000000000 100 0 0 10 0
   1: 0B00007F:A2F5 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 94012 1 0000000000000000 100 0 0 10 0
   2: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 10001        0 94062 1 0000000000000000 100 0 0 10 0
   3: 0200D00A:2382 0300D00A:C1F4 01 00000000:00000000 00:00000000 00000000 10001        0 94063 1 0000000000000000 20 4 30 10 -1
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:18EB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 94064 1 0000000000000000 100 0 0 10 0
   1: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 94065 1 0000000000000000 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 94066 1 0000000000000000 100 0 0 10 0
   3: B80D0120000000000000000001000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 94067 1 0000000000000000 100 0 0 10 0
`;

  it("finds what listens, by port, and leaves out connections and the engine's name server", () => {
    expect(parseListeners(tables)).toEqual([
      { address: "::1", port: 80 },
      { address: "127.0.0.1", port: 443 },
      { address: "::", port: 6379 },
      { address: "127.0.0.1", port: 8080 },
      { address: "2001:db8::1", port: 8081 },
      { address: "0.0.0.0", port: 9090 },
    ]);
  });

  it("names one listener once, and finds none in an empty table", () => {
    const [, line = ""] = tables.split("\n");
    expect(parseListeners(`${line}\n${line}\n`)).toEqual([{ address: "0.0.0.0", port: 9090 }]);
    expect(parseListeners("  sl  local_address rem_address   st\n")).toEqual([]);
  });

  it("are described by their port, with the address where it is not all of them", () => {
    expect(parseListeners(tables).map(describeListener)).toEqual([
      ...["[::1]:80", "127.0.0.1:443", "6379", "127.0.0.1:8080", "[2001:db8::1]:8081", "9090"],
    ]);
  });
});

describe("explainCheck", () => {
  const health = HTTP;
  const server = (check: string, more = {}) => ({
    ...{ backend: "app.a", server: "s1", status: "DOWN", detail: "", sessions: 0, check },
    ...more,
  });
  const refused = server("L4CON", { detail: "Connection refused" });
  const at = (...listeners: [string, number][]): Looked => ({
    listeners: listeners.map(([address, port]) => ({ address, port })),
  });
  const rows: [string, ReturnType<typeof server>, Looked, string][] = [
    ["of nothing that listens", refused, at(), "nothing listens on port 9090, nor on any other"],
    [
      "of another port",
      refused,
      at(["0.0.0.0", 8080], ["127.0.0.1", 9229]),
      "nothing listens on port 9090, but on 8080, 127.0.0.1:9229",
    ],
    [
      "of loopback",
      refused,
      at(["127.0.0.1", 9090], ["::1", 9090], ["0.0.0.0", 8080]),
      "it listens on 127.0.0.1:9090, [::1]:9090 only, which nothing outside of the container reaches",
    ],
    [
      "of an address that the proxy does not use",
      refused,
      at(["::", 9090]),
      "it listens on 9090, but refuses the proxy (Connection refused)",
    ],
    ["where nobody could look", refused, {}, "nothing listens on port 9090 (Connection refused)"],
    [
      "of no answer to a connection",
      server("L4TOUT"),
      {},
      "no connection to port 9090: the proxy's attempts are not answered",
    ],
    [
      "of a wrong status",
      server("L7STS", { code: 404 }),
      {},
      "`GET /health` answered 404; 200 to 399 are healthy",
    ],
    [
      "of a wrong path, while the proxy checks again",
      server("L7STS", { code: 0 }),
      { status: 404 },
      "`GET /health` answered 404; 200 to 399 are healthy",
    ],
    [
      "of slowness",
      server("L7TOUT", { duration: 1001 }),
      { answer: { seconds: 2.5, waited: 10 } },
      "`GET /health` is too slow: no answer in 1001 ms; it took 2500 ms when waited for longer",
    ],
    [
      "of silence",
      server("L7TOUT", { duration: 1001 }),
      { answer: { seconds: undefined, waited: 10 } },
      "`GET /health` is too slow: no answer in 1001 ms, and none in 10 s",
    ],
    [
      "of another protocol that the check waits on for",
      server("L7TOUT", { duration: 1001 }),
      { notHttp: true },
      "port 9090 does not speak HTTP",
    ],
    [
      "of another protocol",
      server("L7RSP", { detail: "invalid response" }),
      {},
      "port 9090 does not speak HTTP (invalid response)",
    ],
    [
      "of a container without the stack's network",
      server("", { status: "MAINT (resolution)" }),
      {},
      "the proxy does not find its address",
    ],
    [
      "of a connection that ends early",
      server("SOCKERR", { detail: "Poller reported POLLERR" }),
      {},
      "the connection to port 9090 breaks off (Poller reported POLLERR)",
    ],
    ["of anything else", server("PROCERR"), {}, "the proxy's checks fail (DOWN, PROCERR)"],
  ];
  it.each(rows)("says %s what it is", (_what, status, looked, what) => {
    const endpoint = { port: 9090, protocol: "http" } as const;
    const cause = explainCheck({ name: "web", health, endpoint }, status, looked);
    expect(cause.what).toBe(what);
    expect(cause.fix).toMatch(/^[A-Z].*\.$/);
  });

  const fixes: [number, number | undefined, string][] = [
    [404, undefined, "Correct `healthCheck.path`: the service does not know this one."],
    [401, undefined, "Choose a `healthCheck.path` that needs no credentials: checks send none."],
    [
      400,
      undefined,
      "It probably refuses the Host header `web`: let it allow that one, or send another with " +
        "`healthCheck.requestHeaders: { host }`.",
    ],
    [
      403,
      undefined,
      "It probably refuses the Host header `web`: let it allow that one, or send another with " +
        "`healthCheck.requestHeaders: { host }`. Else choose a path that needs no credentials.",
    ],
    [503, undefined, "The service itself failed to answer. Look at its log lines below."],
    [200, 204, "Correct `healthCheck.path` or `healthCheck.status`."],
  ];
  it.each(fixes)("says what to do about a status of %s", (code, status, fix) => {
    const endpoint = { port: 9090, protocol: "http" } as const;
    const wanted = {
      name: "web",
      health: { ...health, status: status === undefined ? status : [status] },
      endpoint,
    };
    const cause = explainCheck(wanted, server("L7STS", { code }));
    expect(cause.fix).toBe(fix);
    if (status !== undefined) {
      expect(cause.what).toBe("`GET /health` answered 200; only 204 is healthy");
    }
  });

  it("names the port that the check looks at", () => {
    const endpoint = { port: 9090, protocol: "tcp" } as const;
    const ports = { metrics: { port: 9100, protocol: "http" } } as const;
    const web = { name: "web", health: { ...health, port: "metrics" }, endpoint, ports };
    expect(explainCheck(web, refused, at(["0.0.0.0", 9090]))).toEqual({
      what: "nothing listens on port 9100 (`metrics`), but on 9090",
      fix: "Set the service's `ports.metrics` to the one it listens on, or let it listen on this one.",
    });
    expect(explainCheck(web, server("L7RSP")).what).toBe(
      "port 9100 (`metrics`) does not speak HTTP",
    );
  });

  it("names every status that is healthy, and the Host that was sent", () => {
    const pace = { interval: 1, timeout: 1, successes: 1 };
    const requestHeaders = { host: "shop.example" };
    const health: HealthCheck = {
      kind: "http",
      path: "/",
      status: [200, 204],
      requestHeaders,
      ...pace,
    };
    const endpoint = { port: 9090, protocol: "http" } as const;
    const cause = explainCheck({ name: "web", health, endpoint }, server("L7STS", { code: 400 }));
    expect(cause.what).toBe("`GET /` answered 400; only 200, 204 are healthy");
    expect(cause.fix).toContain("the Host header `shop.example`");
  });
});

describe("explainCommand", () => {
  const rows: [CheckRun | undefined, string][] = [
    [
      { exitCode: 1, output: "no\nqueue\n" },
      "its check `check --quick` exited with 1 and printed: no / queue",
    ],
    [{ exitCode: 2, output: "" }, "its check `check --quick` exited with 2 and printed nothing"],
    [{ exitCode: -1, output: "", timedOut: 2 }, "its check `check --quick` did not end within 2 s"],
    [
      { exitCode: -1, output: "y\ny\n", tooMuch: 65536 },
      "its check `check --quick` printed more than 64 KiB and was ended",
    ],
    [undefined, "its check `check --quick` could not be run"],
  ];
  it.each(rows)("tells how %j ended", (last, what) => {
    expect(explainCommand(["check", "--quick"], last).what).toBe(what);
  });

  it("quotes no more than a line's worth", () => {
    const { what } = explainCommand(["check"], { exitCode: 1, output: "x".repeat(1000) });
    expect(what).toBe(`its check \`check\` exited with 1 and printed: ${"x".repeat(300)}…`);
  });
});

describe("blocks", () => {
  const exited = { what: "exited with code 3", fix: "Look." };
  const deaf = { what: "nothing listens", fix: "Set it." };

  it("names both replicas that failed for one cause, and quotes the first one's log", () => {
    const text = blocks("service `app` v2 on host `one`", [
      { container: "app-1", cause: exited, logs: "first\nlast" },
      { container: "app-2", cause: deaf, logs: "" },
      { container: "app-3", cause: exited, logs: "other" },
      { container: "app-4", cause: { ...deaf, fix: "Never ran." } },
    ]);
    expect(text).toBe(
      [
        "service `app` v2 on host `one`: exited with code 3.",
        "    2 replicas: app-1, app-3",
        "    What to do: Look.",
        "    Its last 20 log lines (app-1):",
        "    | first",
        "    | last",
        "service `app` v2 on host `one`: nothing listens.",
        "    What to do: Set it.",
        "    app-2 printed nothing.",
        "service `app` v2 on host `one`: nothing listens.",
        "    What to do: Never ran.",
      ].join("\n"),
    );
  });
});
