// Which subnet a stack is given, by engines that refuse and offer as told.
import { describe, expect, it } from "vitest";
import { type AskedHost, chooseSubnet } from "../../../../components/fleet/network/choose.ts";

/** An engine that offers those subnets in turn while they are not held, and refuses what overlaps `taken`. */
function host(name: string, offers: string[], taken: string[] = []) {
  const held = new Set<string>();
  const events: string[] = [];
  const asked: AskedHost = {
    name,
    networks: {
      hold: (_stack, wanted) => {
        const subnet = wanted ?? offers.find((each) => !held.has(each));
        if (subnet === undefined) return Promise.reject(new Error("all pools are in use"));
        if (taken.includes(subnet)) return Promise.reject(new Error("Pool overlaps"));
        held.add(subnet);
        events.push(`hold ${subnet}`);
        const release = () => Promise.resolve(void held.delete(subnet));
        return Promise.resolve({ subnet, release });
      },
      sweep: (stack) => Promise.resolve(void events.push(`sweep ${stack}`)),
    },
  };
  return { asked, held, events };
}

describe("a subnet is chosen", () => {
  it("by the first host's engine, and lets it go for the network itself", async () => {
    const one = host("web-1", ["192.168.7.0/24"]);
    expect(await chooseSubnet("shop/prod", [one.asked])).toBe("192.168.7.0/24");
    expect(one.events).toEqual(["sweep shop/prod", "hold 192.168.7.0/24"]);
    expect([...one.held]).toEqual([]);
  });

  it("as a part of a larger offer", async () => {
    const one = host("web-1", ["172.18.0.0/16"]);
    expect(await chooseSubnet("shop/prod", [one.asked])).toMatch(/^172\.18\.\d+\.0\/22$/);
  });

  it("so that all hosts can have it", async () => {
    const one = host("web-1", ["192.168.7.0/24", "192.168.8.0/24", "192.168.9.0/24"]);
    const two = host("web-2", [], ["192.168.7.0/24"]);
    const three = host("web-3", [], ["192.168.8.0/24"]);
    const all = [one, two, three];
    expect(
      await chooseSubnet(
        "s",
        all.map(({ asked }) => asked),
      ),
    ).toBe("192.168.9.0/24");
    expect(all.flatMap(({ held }) => [...held])).toEqual([]);
  });

  it.each([
    ["no engine has one left", host("web-1", []), "all pools are in use"],
    ["one has none that another can have", host("web-1", ["10.0.0.0/24"]), "all pools are in use"],
    ["what it offers is too small", host("web-1", ["192.168.7.0/29"]), "it offers 192.168.7.0/29"],
  ])("or not, where %s: said with what to do, and nothing is held", async (_, one, why) => {
    const two = host("web-2", [], ["10.0.0.0/24"]);
    await expect(chooseSubnet("s", [one.asked, two.asked])).rejects.toThrow(
      `Host \`web-1\` has no free IPv4 network for the stack: ${why}. Remove networks that nobody uses ` +
        "(`docker network prune`), give its engine more `default-address-pools`, or give the fleet a `subnet`.",
    );
    expect([...one.held, ...two.held]).toEqual([]);
  });
});
