/** HTTPS that comes to a stack that had none, stays over a rollback, and goes again, in `npm run test:full`. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inProxy } from "../support/load/inventory.ts";
import { shownAt } from "../support/secure.ts";
import { SecureSite } from "./https/site.ts";

describe.runIf(process.env.LONGSHORE_TEST_SIZE === "full")("HTTPS", () => {
  let site: SecureSite;

  beforeAll(async () => {
    site = await SecureSite.create("https-full");
    await site.up();
  });
  afterAll(() => site?.destroy());

  it("comes to a stack that had none, and nobody is sent to a port that is closed yet", async () => {
    site.serve(site.pair);
    const places = new Set<string>();
    let done = false;
    const looking = (async () => {
      while (!done) {
        const answer = await fetch(site.system.url, { redirect: "manual" }).catch(() => undefined);
        if (answer?.status !== 308) continue;
        places.add(answer.headers.get("location") ?? "");
        await shownAt(site.port, site.ca); // open at once
      }
    })();
    const output = await site.up().finally(() => (done = true));
    await looking;
    expect(output).toContain("forwarder on local is replaced");
    expect([...places]).toEqual([site.url]);
  });

  it("keeps today's certificate in a rollback", async () => {
    const { pair } = site;
    site.serve(site.issue());
    await site.up();
    await site.system.longshore("rollback", "--to", "1");
    expect(await site.shows(site.pair)).toBe(true);
    expect(site.pair).not.toEqual(pair);
  });

  it("ends, and its key goes", async () => {
    site.system.change({ proxy: { tls: undefined } });
    await site.up();
    expect((await fetch(site.system.url)).status).toBe(200);
    await expect(shownAt(site.port, site.ca)).rejects.toThrow("ECONNREFUSED");
    expect(await inProxy(site.system, ["ls", "/etc/longshore"])).not.toContain("certificate");
    await site.system.expectNoChanges();
  });
});
