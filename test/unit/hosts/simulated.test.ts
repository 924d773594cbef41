/** Simulated machines, as far as no engine is needed. */
import { expect, it } from "vitest";
import { balancerConfig } from "../../../components/hosts/simulated/balancer.ts";
import { addressOf } from "../../../components/hosts/simulated/machine.ts";

it("a machine's address is fixed by its number, also across an octet", () => {
  expect(addressOf("10.219.140.0/24", 1)).toBe("10.219.140.11");
  expect(addressOf("172.18.0.0/16", 200)).toBe("172.18.0.210");
  expect(addressOf("10.0.0.250/20", 4)).toBe("10.0.1.8");
});

it("a balancer checks each host, and sends no request twice that a host has taken", () => {
  const config = balancerConfig(8080, { "web-1": "10.0.0.11", "web-2": "10.0.0.12" });
  expect(config).toContain("    server web-1 10.0.0.11:8080\n    server web-2 10.0.0.12:8080\n");
  expect(config).toContain("    retry-on conn-failure\n");
  expect(config).toContain("    bind :8080\n");
});
