/** Runs the whole program, or a part of it, under Pulumi's mocks, and keeps what it registered. */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { AWS_LOOKED_UP, awsId, awsOutputs } from "./aws-outputs.ts";

/** One registered resource, as the SDK sent it. */
export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  custom: boolean;
  /** What the SDK sends beside the inputs: parent, dependencies, protect, … */
  options: {
    parent: string;
    protect: boolean;
    deleteBeforeReplace?: boolean;
    replaceOnChanges: string[];
    ignoreChanges: string[];
    /** Names of the resources that must be there first. */
    dependsOn: string[];
  };
}

const SECRET = "4dabf18193072939515e22adb298388d";

/** Ids in the form that the clouds give them, by type. */
const CLOUD_IDS: Record<string, string> = {
  "digitalocean:index/droplet:Droplet": "1001",
};

/** A look-up that the program has made. */
export interface LookUp {
  token: string;
  inputs: Record<string, unknown>;
}

/**
 * Starts mocks for one test file. Call before anything that builds resources is imported.
 * @param lookUps gets each look-up.
 */
export async function mockPulumi(
  project: string,
  stack: string,
  preview = false,
  lookUps: LookUp[] = [],
): Promise<Registered[]> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, custom }) => {
        const found = registered.find((entry) => entry.type === type && entry.name === name);
        if (found !== undefined) found.inputs = inputs as Record<string, unknown>;
        const id = awsId(type) ?? CLOUD_IDS[type] ?? `${name}-id`;
        return { id: custom ? id : "", state: outputsOf(type, name, inputs as object) };
      },
      call: ({ token, inputs }) => {
        lookUps.push({ token, inputs: inputs as Record<string, unknown> });
        return { ...AWS_LOOKED_UP[token] };
      },
    },
    project,
    stack,
    preview,
    "organization",
  );
  const runtime = pulumi.runtime as unknown as {
    getMonitor(): {
      registerResource(request: { toObject(): Record<string, unknown> }, done: unknown): unknown;
    };
  };
  const monitor = runtime.getMonitor();
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) => {
    const sent = request.toObject();
    registered.push({
      type: sent.type as string,
      name: sent.name as string,
      inputs: {},
      custom: sent.custom as boolean,
      options: {
        parent: (sent.parent as string | undefined) ?? "",
        protect: Boolean(sent.protect),
        ...(sent.deletebeforereplacedefined
          ? { deleteBeforeReplace: Boolean(sent.deletebeforereplace) }
          : {}),
        replaceOnChanges: (sent.replaceonchangesList as string[] | undefined) ?? [],
        ignoreChanges: (sent.ignorechangesList as string[] | undefined) ?? [],
        dependsOn: ((sent.dependenciesList as string[] | undefined) ?? []).map(
          (urn) => urn.split("::").at(-1) ?? urn,
        ),
      },
    });
    return register(request, done);
  };
  return registered;
}

/** What `configureFrom` gives as the session key, encrypted. */
export const SESSION_KEY = "canary-0123456789abcdef";

/**
 * Sets what a stack's committed file says, with what the commands add to their copy of it.
 * @param hosts more of the key `hosts`.
 * @param others what other keys are instead.
 */
export function configureFrom(
  file: string,
  hosts: object = {},
  others: Record<string, string> = {},
): void {
  const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  const given = {
    ...config,
    "identidock:hosts": { ...(config["identidock:hosts"] as object), ...hosts },
    "identidock:registry": "127.0.0.1:5055",
    "identidock:sessionKey": SESSION_KEY,
    ...Object.fromEntries(
      Object.entries(others).map(([key, value]) => [`identidock:${key}`, value]),
    ),
  };
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(given).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    ["identidock:sessionKey"],
  );
}

/** Waits until everything that was built is registered. */
export async function settled(): Promise<void> {
  await (pulumi.runtime as unknown as { disconnect(): Promise<void> }).disconnect();
}

/** Whether an input arrived as a secret. */
export function isSecret(input: unknown): boolean {
  return typeof input === "object" && input !== null && SECRET in input;
}

/** The value of an input, secret or not. */
export function plain(input: unknown): unknown {
  return isSecret(input) ? (input as { value: unknown }).value : input;
}

/** What the real providers would compute, as far as the program uses it. */
function outputsOf(type: string, name: string, inputs: object): Record<string, unknown> {
  const known = inputs as Record<string, unknown>;
  switch (type) {
    case "docker:index/container:Container":
    case "docker:index/volume:Volume":
      return { ...known, name: known.name ?? `${name}-0000000` };
    case "docker:index/network:Network": {
      // What an engine has chosen by itself has no range.
      const old = name.startsWith("old-");
      const ipamConfigs = old
        ? [{ subnet: "172.19.0.0/16", gateway: "172.19.0.1" }]
        : known.ipamConfigs;
      return { ...known, ipamConfigs, name: known.name ?? `${name}-0000000` };
    }
    case "docker:index/remoteImage:RemoteImage":
      return { ...known, imageId: `sha256:id-of-${name}` };
    case "docker-build:index:Image":
      return { ...known, digest: DIGEST, ref: `registry.invalid/${name}@${DIGEST}` };
    case "command:local:Command":
      return { ...known, stdout: printed(name), stderr: "" };
    case "digitalocean:index/droplet:Droplet":
      return { ...known, ipv4Address: "203.0.113.7", ipv4AddressPrivate: "10.0.0.7" };
    case "digitalocean:index/reservedIp:ReservedIp":
      return { ...known, ipAddress: "203.0.113.9" };
    case "digitalocean:index/sshKey:SshKey":
      return { ...known, fingerprint: "aa:bb" };
    case "digitalocean:index/loadBalancer:LoadBalancer":
      return { ...known, ip: "203.0.113.80" };
    case "digitalocean:index/tag:Tag":
    case "digitalocean:index/volume:Volume":
      return { ...known, name: `${name}-0000000` };
    default:
      return { ...known, ...awsOutputs(type, name, known) };
  }
}

/** What commands print that others read. */
function printed(command: string): string {
  if (command.endsWith("-subnet")) return SUBNET;
  const network = (side: string) => ({ name: `site-${side}`, subnet: "10.0.0.0/24" });
  if (command.endsWith("-networks")) {
    return JSON.stringify({ outside: network("outside"), inside: network("inside") });
  }
  if (command.endsWith("-one-time-key")) {
    return JSON.stringify({ privateKey: "PRIVATE", publicKey: "ecdsa-sha2-nistp256 ONCE" });
  }
  if (command.endsWith("-first-contact")) {
    return JSON.stringify({ machine: "i-0", hostKey: `ssh-ed25519 ${"B".repeat(68)}` });
  }
  const [, number] = /^web-(\d+)-machine$/.exec(command) ?? [];
  if (number === undefined) return "";
  const hostKey = `ssh-ed25519 ${"A".repeat(68)}`;
  return JSON.stringify({
    address: `10.1.0.1${number}`,
    privateAddress: `10.2.0.1${number}`,
    hostKey,
  });
}

/** What the engine is said to have chosen. */
const SUBNET = "172.18.8.0/22";
const DIGEST = `sha256:${"0".repeat(64)}`;
