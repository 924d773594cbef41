/** Addresses, names and checks of the parts of an ECS stack. */
import { expect, it } from "vitest";
import { machineUserData } from "../../../components/ecs/cluster/user-data.ts";
import { hstsHeader } from "../../../components/ecs/entry/listeners.ts";
import { targetCheck } from "../../../components/ecs/entry/targets.ts";
import { subnetOf } from "../../../components/ecs/network/cidr.ts";
import { plainName, shortName } from "../../../components/ecs/values.ts";

it("subnets are within their network, and none is another's", () => {
  expect(subnetOf("10.0.0.0/16", 20, 1)).toBe("10.0.16.0/20");
  expect(subnetOf("192.168.128.0/22", 26, 9)).toBe("192.168.130.64/26");
  expect(subnetOf("2001:db8:1234:1a00::/56", 64, 255)).toBe("2001:db8:1234:1aff::/64");
  expect(subnetOf("2001:db8:1234::/56", 64, 0)).toBe("2001:db8:1234::/64");
  const all = Array.from({ length: 16 }, (_, at) => subnetOf("172.16.0.0/18", 22, at));
  expect(new Set(all).size).toBe(16);
});

it("names that are too long for AWS end in a hash, and stay apart", () => {
  expect(shortName("shop")).toBe("shop");
  const [a, b] = [shortName(`${"x".repeat(30)}a`), shortName(`${"x".repeat(30)}b`)];
  expect(a).toMatch(/^x{15}-[0-9a-f]{8}$/);
  expect(a).not.toBe(b);
  expect(shortName("shop-web", "shop web:admin")).toMatch(/^shop-web-[0-9a-f]{8}$/);
  expect(shortName(`${"x".repeat(14)}-${"y".repeat(20)}`)).toMatch(/^x{14}-[0-9a-f]{8}$/);
  expect(plainName("shop-prod")).toBe("shop-prod");
  expect(plainName("shop.v2-prod")).toMatch(/^shop-v2-prod-[0-9a-f]{8}$/);
});

const ports = { admin: { port: 8001, protocol: "http" as const } };
const endpoint = { port: 8000, protocol: "http" as const };
const http = { kind: "http" as const, path: "/up", requestHeaders: {} };

it("checks are the service's own, within what a load balancer takes", () => {
  const check = (more: object, port?: string) => {
    const healthCheck = { ...http, interval: 2, timeout: 2, successes: 1, ...more };
    return targetCheck({ endpoint, ports, healthCheck }, port);
  };
  expect(check({})).toEqual({
    ...{ path: "/up", port: "traffic-port", matcher: "200-399" },
    ...{ interval: 5, timeout: 2, healthyThreshold: 2, unhealthyThreshold: 3 },
  });
  expect(check({ interval: 300, timeout: 300, successes: 20, status: [200, 301] })).toEqual({
    ...{ path: "/up", port: "traffic-port", matcher: "200,301" },
    ...{ interval: 300, timeout: 120, healthyThreshold: 10, unhealthyThreshold: 3 },
  });
  expect(check({ interval: 5, timeout: 9 }).timeout).toBe(4);
  expect(check({ port: "admin" }).port).toBe("8001");
  expect(check({ port: "admin" }, "admin").port).toBe("traffic-port");
  expect(check({}, "admin").port).toBe("8000");
});

it("what is no request is asked for any answer", () => {
  const running = { kind: "running" as const, seconds: 5 };
  const { path, matcher } = targetCheck({ endpoint, ports, healthCheck: running }, undefined);
  expect({ path, matcher }).toEqual({ path: "/", matcher: "200-499" });
});

it("machines are told their cluster, and keep their rights from tasks", () => {
  const [head, ...rest] = machineUserData("shop-1a2b3c4").split("\n");
  expect(head).toBe("#cloud-config");
  expect(JSON.parse(rest.join(""))).toEqual({
    write_files: [
      {
        path: "/etc/ecs/ecs.config",
        permissions: "0644",
        content:
          "ECS_CLUSTER=shop-1a2b3c4\nECS_ENABLE_SPOT_INSTANCE_DRAINING=true\nECS_AWSVPC_BLOCK_IMDS=true\n",
      },
    ],
  });
});

it("browsers are told of HTTPS as RFC 6797 has it", () => {
  const plain = { maxAge: 86400, includeSubDomains: false, preload: false };
  expect(hstsHeader(plain)).toBe("max-age=86400");
  expect(hstsHeader({ maxAge: 31536000, includeSubDomains: true, preload: true })).toBe(
    "max-age=31536000; includeSubDomains; preload",
  );
});
