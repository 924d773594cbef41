/** What an `SshHost` refuses, all at once, and what it makes of what it takes. */
import { describe, expect, it } from "vitest";
import { findSshFaults } from "../../../components/hosts/ssh-faults.ts";
import { type SshHostArgs, sshTarget } from "../../../components/hosts/ssh-host.ts";

const KEY = `ssh-ed25519 ${"A".repeat(68)}`;
const good: SshHostArgs = { address: "203.0.113.7", user: "deploy", hostKey: KEY };

const BAD: [what: string, change: object, fault: RegExp][] = [
  ["no address", { address: undefined }, /^`address` must be a name or an IP address/],
  ["an address with a user", { address: "root@web" }, /^`address` must be a name or an IP address/],
  ["an option for an address", { address: "-oProxyCommand=x" }, /^`address` must be a name/],
  ["a user with a space", { user: "de ploy" }, /^`user` must be the name of a user/],
  ["port 0", { port: 0 }, /^`port` must be 1 or more/],
  ["port 65536", { port: 65536 }, /^`port` must be 65535 or less/],
  ["half a port", { port: 22.5 }, /^`port` must be a whole number/],
  ["no host key", { hostKey: undefined }, /^`hostKey` must be the machine's public host key/],
  [
    "a fingerprint",
    { hostKey: "SHA256:abc" },
    /^`hostKey` must be a public host key: its type and the key/,
  ],
  ["a line of ssh-keyscan", { hostKey: `web ${KEY}` }, /^`hostKey` must be a public host key/],
  [
    "a private key",
    { hostKey: "-----BEGIN OPENSSH PRIVATE KEY-----" },
    /^`hostKey` must be a public/,
  ],
  [
    "an old type of key",
    { hostKey: KEY.replace("ssh-ed25519", "ssh-dss") },
    /^`hostKey` .*Types: ssh-ed25519, /,
  ],
  ["an empty key file", { identityFile: "" }, /^`identityFile` must be a path/],
  [
    "a name for a private address",
    { privateAddress: "db" },
    /^`privateAddress` must be an IP address/,
  ],
  ["a firewall without ports", { firewall: {} }, /^`firewall\.ports` must be a list of ports/],
  ["port 0 to open", { firewall: { ports: [0] } }, /^`firewall\.ports\.0` must be 1 or more/],
  [
    "an address for a network",
    { firewall: { ports: [], privateNetwork: "10.0.0.7" } },
    /^`firewall\.privateNetwork` must be a network/,
  ],
  ["port 0 to forward", { remoteForwards: [0] }, /^`remoteForwards\.0` must be 1 or more/],
  ["a port to forward", { remoteForwards: 5055 }, /^`remoteForwards` must be a list of ports/],
  ["what is not known", { hostkey: KEY }, /^`hostkey` is not a known property: remove it/],
  ["Docker by a word", { docker: "latest" }, /^`docker` must be an object/],
  [
    "an option for a version",
    { docker: { version: "-o" } },
    /^`docker\.version` must be a version/,
  ],
  [
    "a list of settings",
    { docker: { settings: ["debug"] } },
    /^`docker\.settings` must be an object/,
  ],
  [
    "what Docker's part does not know",
    { docker: { origin: "x" } },
    /^`docker\.origin` is not a known property/,
  ],
  [
    "a jump without a key",
    { jump: { ...good, hostKey: "" } },
    /^`jump\.hostKey` must be a public host key/,
  ],
  [
    "a jump's jump",
    { jump: { ...good, jump: { ...good, port: 0 } } },
    /^`jump\.jump\.port` must be 1 or more/,
  ],
  [
    "a jump with a private address",
    { jump: { ...good, privateAddress: "10.0.0.1" } },
    /^`jump\.privateAddress` is not a known property/,
  ],
];

describe("an SSH host", () => {
  it.each(BAD)("refuses %s", (_, change, fault) => {
    const faults = findSshFaults({ ...good, ...change });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });

  it("refuses all that is wrong at once, and says of which host", () => {
    const args = { address: "", user: "", hostKey: "", port: -1 };
    expect(() => sshTarget("web-1", args)).toThrow(
      /^host `web-1`: `address` must .*\nhost `web-1`: `user` .*\nhost `web-1`: `port` .*\nhost `web-1`: `hostKey` /,
    );
  });

  it("takes what is right, without the comment of a key", () => {
    const jump = { ...good, address: "gate.example", port: 2222 };
    const args = { ...good, hostKey: `${KEY} root@web\n`, privateAddress: "10.0.0.7", jump };
    expect(findSshFaults(args)).toEqual([]);
    expect(sshTarget("web-1", args)).toEqual({
      ...{ user: "deploy", host: "203.0.113.7", hostKey: KEY },
      jump: { user: "deploy", host: "gate.example", hostKey: KEY, port: 2222 },
    });
  });
});
