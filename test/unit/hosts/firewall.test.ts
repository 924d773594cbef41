/** A firewall's rules, as text. What they let through is tried in test/e2e/firewall. */
import { expect, it } from "vitest";
import { firewallRules } from "../../../components/hosts/firewall/rules.ts";

const lines = (family: "v4" | "v6", ssh = 22) =>
  firewallRules(family, { ports: [80, 443], privateNetwork: "10.0.0.0/24" }, ssh).split("\n");

it("what is not named is dropped: on the host last, in its containers after what was called by name", () => {
  const v4 = lines("v4", 2222);
  expect(v4[0]).toBe("*filter");
  expect(v4.at(-2)).toBe("COMMIT");
  const input = v4.filter((line) => line.startsWith("-A LONGSHORE-INPUT"));
  expect(input.at(-2)).toBe("-A LONGSHORE-INPUT -p tcp --dport 2222 -j RETURN");
  expect(input.at(-1)).toBe("-A LONGSHORE-INPUT -j DROP");
  const docker = v4.filter((line) => line.startsWith("-A LONGSHORE-DOCKER"));
  expect(docker.slice(-5)).toEqual([
    "-A LONGSHORE-DOCKER -p tcp -m conntrack --ctorigdstport 80 --ctdir ORIGINAL -j RETURN",
    "-A LONGSHORE-DOCKER -p tcp -m conntrack --ctorigdstport 443 --ctdir ORIGINAL -j RETURN",
    "-A LONGSHORE-DOCKER -s 10.0.0.0/24 -p tcp -m conntrack --ctorigdstport 61080:61081 --ctdir ORIGINAL -j RETURN",
    "-A LONGSHORE-DOCKER -o docker0 -j DROP",
    "-A LONGSHORE-DOCKER -o br-+ -j DROP",
  ]);
});

it("containers do not reach the metadata, also not on a connection of before, and all else", () => {
  const docker = lines("v4").filter((line) => line.startsWith("-A LONGSHORE-DOCKER"));
  expect(docker.slice(0, 2)).toEqual([
    "-A LONGSHORE-DOCKER -i docker0 -d 169.254.169.254 -j DROP",
    "-A LONGSHORE-DOCKER -i br-+ -d 169.254.169.254 -j DROP",
  ]);
  expect(docker).toContain("-A LONGSHORE-DOCKER -i br-+ -j RETURN");
});

it("a private network counts in the family that it is of", () => {
  expect(lines("v6").join("\n")).not.toContain("10.0.0.0/24");
  const six = firewallRules("v6", { ports: [], privateNetwork: "fd00:1::/64" }, 22);
  expect(six).toContain("-s fd00:1::/64 -p tcp");
  expect(six).toContain("-p ipv6-icmp -j RETURN");
  expect(firewallRules("v4", { ports: [] }, 22)).not.toContain("61080");
});
