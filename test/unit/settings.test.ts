/** The stack's configuration: what is wrong, where, and how to fix it, all at once. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { SCHEMA, SECRETS, checkSettings } from "../../settings.ts";

const GOOD = { registry: "127.0.0.1:5055", sessionKey: "0123456789abcdef" };
const encrypted = (key: string) => key === "sessionKey";
const check = (raw: Record<string, string>) => checkSettings({ ...GOOD, ...raw }, encrypted);

describe("checkSettings", () => {
  it("takes what a demo writes", () => {
    expect(
      check({ hosts: '{"kind":"local"}', httpPort: "8080", statusPort: "8404", appReplicas: "2" }),
    ).toEqual([]);
  });

  const rows: [string, Record<string, string>, string][] = [
    [
      "a misspelt key",
      { htpPort: "80" },
      "`htpPort` is not a known setting. Did you mean `httpPort`? Known: hosts, registry, builder, allowUntested, allowDirty, " +
        "bind, httpPort, statusPort, appReplicas, sessionKey. Remove it with `pulumi config rm htpPort`.",
    ],
    [
      "a wrong type",
      { httpPort: "eighty" },
      '`httpPort` must be a whole number from 1 to 65535. It is "eighty". Set it with `pulumi config set httpPort VALUE`.',
    ],
    [
      "a number out of range",
      { httpPort: "70000" },
      '`httpPort` must be a whole number from 1 to 65535. It is "70000". Set it with `pulumi config set httpPort VALUE`.',
    ],
    [
      "no yes and no no",
      { allowUntested: "maybe" },
      '`allowUntested` must be true or false. It is "maybe". Set it with `pulumi config set allowUntested VALUE`.',
    ],
    [
      "a fraction",
      { appReplicas: "1.5" },
      '`appReplicas` must be a whole number from 1 to 50. It is "1.5". Set it with `pulumi config set appReplicas VALUE`.',
    ],
    [
      "no replicas",
      { appReplicas: "0" },
      '`appReplicas` must be a whole number from 1 to 50. It is "0". Set it with `pulumi config set appReplicas VALUE`.',
    ],
    [
      "a bad address",
      { bind: "localhost" },
      '`bind` must be an IP address. It is "localhost". Set it with `pulumi config set bind VALUE`.',
    ],
    [
      "a bad registry",
      { registry: "https://x/" },
      "`registry` must be a registry such as registry.example.com/team or 127.0.0.1:5055. " +
        'It is "https://x/". Set it with `pulumi config set registry VALUE`.',
    ],
    [
      "a host of an unknown kind",
      { hosts: '{"kind":"moon"}' },
      '`hosts.kind` must be "local", "simulated", "droplets" or "ecs". It is "{\\"kind\\":\\"moon\\"}". Set it with `pulumi config set --path hosts.kind VALUE`.',
    ],
    [
      "a misspelt property of the host",
      { hosts: '{"kind":"local","dockerhost":"x"}' },
      "`hosts.dockerhost` is not a known setting. Did you mean `dockerHost`? Known: kind, dockerHost. " +
        "Remove it with `pulumi config rm --path hosts.dockerhost`.",
    ],
    [
      "too many machines",
      { hosts: '{"kind":"simulated","count":17,"identityFile":"id"}' },
      '`hosts.count` must be a whole number from 1 to 16. It is "{\\"kind\\":\\"simulated\\",\\"count\\":17,\\"identityFile\\":\\"id\\"}". ' +
        "Set it with `pulumi config set --path hosts.count VALUE`.",
    ],
    [
      "machines without a key",
      { hosts: '{"kind":"simulated"}' },
      '`hosts.identityFile` must be the path of a private key. It is "{\\"kind\\":\\"simulated\\"}". ' +
        "Set it with `pulumi config set --path hosts.identityFile VALUE`.",
    ],
    [
      "a misspelt property of machines",
      { hosts: '{"kind":"simulated","identityFile":"id","counts":2}' },
      "`hosts.counts` is not a known setting. Did you mean `count`? Known: kind, dockerHost, count, without, identityFile. " +
        "Remove it with `pulumi config rm --path hosts.counts`.",
    ],
    [
      "droplets that nobody reaches",
      { hosts: '{"kind":"droplets","region":"fra1","sshFrom":[],"authorizedKeys":["k"]}' },
      '`hosts.sshFrom` must name at least one network: the one from which you deploy. It is "{\\"kind\\":\\"droplets\\",' +
        '\\"region\\":\\"fra1\\",\\"sshFrom\\":[],\\"authorizedKeys\\":[\\"k\\"]}". ' +
        "Set it with `pulumi config set --path hosts.sshFrom VALUE`.",
    ],
    [
      "hosts that are no object",
      { hosts: "local" },
      '`hosts` must be an object such as {"kind": "local"}. It is "local". Set it with `pulumi config set hosts VALUE`.',
    ],
    [
      "one port for two things",
      { statusPort: "8080" },
      "`httpPort` and `statusPort` are the same. Set another one with `pulumi config set statusPort 8404`.",
    ],
    [
      "a short key, without showing it",
      { sessionKey: "canary" },
      "`sessionKey` must have 16 characters or more. Set it with `pulumi config set --secret sessionKey`.",
    ],
  ];
  it.each(rows)("refuses %s", (_what, raw, message) => {
    expect(check(raw)).toEqual([message]);
  });

  it("names every missing key, and every other problem, at once", () => {
    expect(checkSettings({ httpPort: "x", nonsense: "1" }, encrypted)).toEqual([
      expect.stringContaining("`registry` is missing"),
      expect.stringContaining("`httpPort` must be"),
      "`sessionKey` is missing. Set it with `pulumi config set --secret sessionKey`.",
      expect.stringContaining("`nonsense` is not a known setting"),
    ]);
  });

  it("refuses a secret in plaintext, without showing it", () => {
    const problems = checkSettings(GOOD, () => false);
    expect(problems).toEqual([
      "`sessionKey` is stored in plaintext. Set it again with `pulumi config set --secret sessionKey`.",
    ]);
  });
});

describe("Pulumi.yaml", () => {
  const project = parse(readFileSync("Pulumi.yaml", "utf8")) as {
    config: Record<string, { description?: string; default?: unknown; type?: string }>;
  };
  const defaults = SCHEMA.parse(GOOD) as Record<string, unknown>;

  it("declares exactly the keys with a default, with that default and a description", () => {
    const optional = Object.keys(SCHEMA.shape).filter((key) => !(key in GOOD));
    expect(Object.keys(project.config)).toEqual(optional.map((key) => `identidock:${key}`));
    for (const key of optional) {
      const declared = project.config[`identidock:${key}`];
      expect(declared?.default).toEqual(defaults[key]);
      expect(declared?.description).toMatch(/\.$/);
      // A declared type would be checked by the engine alone and first: one problem at a time.
      expect(declared?.type).toBeUndefined();
    }
  });

  it("names no secret", () => {
    for (const key of SECRETS) expect(project.config).not.toHaveProperty(`identidock:${key}`);
  });
});
