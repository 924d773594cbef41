/** What the log of a running replica adds to what the proxy's check says of it. */
import { describe, expect, it } from "vitest";
import { diagnoseUnhealthy } from "../../../../components/fleet/diagnosis/diagnose.ts";
import { ProxyControl } from "../../../../components/fleet/proxy/control.ts";
import type { HealthCheck } from "../../../../components/services/index.ts";
import { FakeHost } from "../../../support/fakes/host.ts";
import { service } from "../../../support/release.ts";

const WORKERS_ENDED =
  "[emerg] 9#9: setgid(101) failed (1: Operation not permitted)\n" +
  "[alert] 7#7: worker process 9 exited with fatal code 2 and cannot be respawned";

async function diagnose(check: string, log: string, more = {}) {
  const host = new FakeHost("one");
  host.logs = () => Promise.resolve(log);
  const server = { backend: "app.b", server: "s1", status: "DOWN", detail: "", sessions: 0 };
  const { cause } = await diagnoseUnhealthy({
    proxy: new ProxyControl(host, "proxy"),
    service: service("app", "v2", { deadline: 5 }),
    container: "app-3",
    server: { ...server, check, ...more },
    check: undefined,
  });
  return cause;
}

describe("a replica that does not answer", () => {
  it.each(["L4TOUT", "L4CON", "L7TOUT"])("(%s) is explained by its own words", async (check) => {
    const { what, fix } = await diagnose(check, WORKERS_ENDED);
    expect(what).toMatch(
      /^not healthy after 5 s: .*, most likely because it becomes another user, and has not the capability SETGID or SETUID$/,
    );
    expect(fix).toContain('`capabilities: { add: ["SETGID", "SETUID"] }`');
  });

  it("and says nothing of that kind is not", async () => {
    expect((await diagnose("L4TOUT", "starting")).what).not.toContain("most likely");
  });
});

describe("a replica that answers", () => {
  it("with a failure of its own is explained by its own words, too", async () => {
    const log = "java.io.FileNotFoundException: /srv/work/page.java (Read-only file system)";
    expect(await diagnose("L7STS", log, { code: 500 })).toEqual({
      what:
        "not healthy after 5 s: `GET /health` answered 500; 200 to 399 are healthy, most likely because it writes to " +
        "`/srv/work/page.java`, and its root file system is read-only",
      fix: "Give `/srv/work` as `tmpfs` or `volume`, or set `readOnlyRoot: false`.",
    });
  });

  it("with another status is not", async () => {
    expect(await diagnose("L7STS", WORKERS_ENDED, { code: 404 })).toEqual({
      what: "not healthy after 5 s: `GET /health` answered 404; 200 to 399 are healthy",
      fix: "Correct `healthCheck.path`: the service does not know this one.",
    });
  });
});

it("a check command that fails is explained by them", async () => {
  const host = new FakeHost("one");
  host.logs = () => Promise.resolve("touch: cannot touch '/srv/ready': Read-only file system");
  const health = { kind: "command", command: ["ready"], interval: 1, timeout: 1, successes: 1 };
  const { cause } = await diagnoseUnhealthy({
    proxy: new ProxyControl(host, "proxy"),
    service: service("job", "v2", {
      deadline: 5,
      health: health as HealthCheck,
      endpoint: undefined,
    }),
    container: "job-1",
    server: undefined,
    check: { exitCode: 1, output: "" },
  });
  expect(cause.what).toContain(
    "its check `ready` exited with 1 and printed nothing, most likely because it writes to `/srv/ready`",
  );
});
