/** The page for visitors while somebody works on a stack. */
import { describe, expect, it } from "vitest";
import { maintenancePage, withinLimits } from "../../../components/fleet/proxy/pages.ts";
import { HOST_CHECK } from "../../../components/hosts/peer-ports.ts";
import { LONGEST_MESSAGE } from "../../../components/releases/maintenance.ts";
import { HTTP_LINK, PUBLIC, bench, state, withApp } from "./stage.ts";

export function testMaintenance(): void {
  describe("maintenance", () => {
    const maintenance = {
      message: `Back at <5> & "so"`,
      retryAfter: 120,
      since: "2026-01-01T00:00:00Z",
    };
    const isPage = async () => {
      const answer = await bench.get(PUBLIC, "/shop");
      expect(answer.status).toBe(503);
      expect(answer.headers).toMatchObject({
        "retry-after": "120",
        "cache-control": "no-store",
        "content-type": "text/html; charset=utf-8",
      });
      expect(answer.body).toContain("<p>Back at &lt;5&gt; &amp; &quot;so&quot;</p>");
      expect((await bench.get(PUBLIC, HOST_CHECK)).status).toBe(200);
      // Services go on calling each other.
      expect((await bench.get(HTTP_LINK, "/", { host: "app" })).status).toBe(200);
    };

    it("is kept by a switch, a reload and a restart of the proxy, and ends without one", async () => {
      const on = { ...state, maintenance };
      await bench.proxy.setMaintenance(state, on);
      await isPage();
      await bench.proxy.switchTo({ ...withApp({ active: "b" }), maintenance }, ["app"]);
      await bench.proxy.switchTo(on, ["app"]);
      await isPage();
      const settings = { ...on.settings, serverTimeout: 50 };
      expect(await bench.proxy.apply(on, { ...on, settings })).toBe("reloaded");
      await isPage();
      await bench.proxy.hold("app");
      await bench.host.stop(bench.proxy.container, 1);
      await bench.host.start(bench.proxy.container);
      await bench.until(async () => {
        const link = await bench.get(HTTP_LINK, "/", { host: "app" }).catch(String);
        return typeof link !== "string" && link.status === 200 ? undefined : link;
      }, "app is served");
      await isPage(); // and nobody is held any more
      expect(await bench.proxy.held()).toEqual([]);
      await bench.proxy.setMaintenance({ ...on, settings }, { ...state, settings });
      expect((await bench.get(PUBLIC, "/shop")).status).toBe(200);
    });

    it("does not keep a load balancer from being told that the host drains, and a restart neither", async () => {
      const on = { ...state, maintenance, draining: maintenance.since };
      await bench.proxy.setMaintenance(state, on);
      const told = async () => {
        const { status, body } = await bench.get(PUBLIC, HOST_CHECK);
        return `${status} ${body}`;
      };
      expect(await told()).toBe("503 draining\n");
      // Who comes all the same is served.
      const drained = { ...state, draining: on.draining };
      await bench.proxy.setMaintenance(on, drained);
      expect((await bench.get(PUBLIC, "/shop")).status).toBe(200);
      await bench.host.stop(bench.proxy.container, 1);
      await bench.host.start(bench.proxy.container);
      await bench.until(async () => {
        const page = await bench.get(PUBLIC, "/shop").catch(String);
        return typeof page !== "string" && page.status === 200 ? undefined : page;
      }, "app is served");
      expect(await told()).toBe("503 draining\n");
      await bench.proxy.setMaintenance(drained, state);
      expect(await told()).toBe("200 serving\n");
      const before = await bench.proxy.visitors();
      expect(before.inFlight).toBe(0);
      await told();
      await bench.get(PUBLIC, "/shop");
      expect(await bench.proxy.visitors()).toEqual({ ...before, requests: before.requests + 1 });
    });

    it("shows the longest message whole, whatever is in it", async () => {
      for (const text of ['"', "😀", "%[date]", "a;b <<"]) {
        const message = [...text.repeat(1000)].slice(0, LONGEST_MESSAGE).join("");
        const on = { ...state, maintenance: { ...maintenance, message } };
        await bench.proxy.setMaintenance(state, on);
        const { status, body } = await bench.get(PUBLIC, "/shop");
        expect(status).toBe(503);
        expect(body).toBe(maintenancePage(on.maintenance));
        await bench.proxy.setMaintenance(on, state);
      }
      expect((await bench.get(PUBLIC, "/shop")).status).toBe(200);
    });

    it("of an earlier version, too long to be told, ends when it is switched off", async () => {
      const long = { ...state, maintenance: { ...maintenance, message: "x".repeat(20_000) } };
      await bench.proxy.remember(long); // the files; then the socket refused
      await bench.host.exec(bench.proxy.container, [
        ...["sh", "-c"],
        `echo "add map /etc/longshore/maintenance.map retry-after 60;add map /etc/longshore/maintenance.map page -" | socat - UNIX-CONNECT:/run/longshore/admin.sock`,
      ]);
      expect((await bench.get(PUBLIC, "/shop")).status).toBe(503);
      await bench.proxy.setMaintenance(withinLimits(long), state);
      expect((await bench.get(PUBLIC, "/shop")).status).toBe(200);
      const file = await bench.host.readFile(
        bench.proxy.container,
        "/etc/longshore/maintenance.map",
      );
      expect(file).toBe("");
    });
  });
}
