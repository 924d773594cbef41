/** VPCs, firewalls, tags and SSH keys of the fake account. */
import { createHash, randomUUID } from "node:crypto";
import { type Body, type Routes, listOf, notFound, refuse, textOf } from "./api.ts";

export const REGIONS = ["fra1", "ams3", "nyc3"];

interface Vpc {
  id: string;
  name: string;
  region: string;
  ip_range: string;
}

interface Rule {
  protocol?: string;
  ports?: string;
  sources?: { addresses?: string[]; tags?: string[]; load_balancer_uids?: string[] };
  destinations?: { addresses?: string[] };
}

interface Firewall {
  id: string;
  name: string;
  tags: string[];
  inbound_rules: Rule[];
  outbound_rules: Rule[];
}

export class Network {
  readonly vpcs: Vpc[] = [];
  readonly firewalls: Firewall[] = [];
  readonly tags: string[] = [];
  readonly keys: { id: number; fingerprint: string; public_key: string; name: string }[] = [];
  /** Ids of the VPCs that something is in. */
  members: () => string[] = () => [];
  /** Gives droplets and volumes their tags. */
  retag: (tag: string, kind: string, ids: string[], add: boolean) => void = () => {};
  readonly #range: string;

  /** @param range of the network that there really is. */
  constructor(range: string) {
    this.#range = range;
  }

  get names(): string[] {
    return [
      ...this.vpcs.map(({ name }) => `VPC ${name}`),
      ...this.firewalls.map(({ name }) => `firewall ${name}`),
      ...this.tags.map((name) => `tag ${name}`),
      ...this.keys.map(({ name }) => `key ${name}`),
    ];
  }

  /** A tag that something is made with is made as well. */
  addTags(tags: string[]): void {
    for (const tag of tags) {
      if (!/^[\w:-]{1,255}$/.test(tag)) refuse(`Tag name ${tag} is invalid`);
      if (!this.tags.includes(tag)) this.tags.push(tag);
    }
  }

  get routes(): Routes {
    return { ...this.#vpcRoutes, ...this.#firewallRoutes, ...this.#tagRoutes, ...this.#keyRoutes };
  }

  get #vpcRoutes(): Routes {
    const find = (id = "") => this.vpcs.find((each) => each.id === id) ?? notFound();
    const shown = (vpc: Vpc) => ({
      vpc: { ...vpc, urn: `do:vpc:${vpc.id}`, default: false, created_at: "2026-01-01T00:00:00Z" },
    });
    return {
      "POST vpcs": (_match, body) => {
        const name = textOf(body, "name");
        if (!/^[a-zA-Z0-9.-]+$/.test(name))
          refuse("name must only contain letters, numbers, . and -");
        if (this.vpcs.some((each) => each.name === name)) refuse("name must be unique", 409);
        const region = regionOf(body);
        const given = body.ip_range;
        if (given !== undefined && given !== this.#range)
          refuse(`the fake has one network alone: ${this.#range}`);
        const vpc = { id: randomUUID(), name, region, ip_range: this.#range };
        this.vpcs.push(vpc);
        return { status: 201, body: shown(vpc) };
      },
      "GET vpcs/([^/]+)": ([id]) => ({ body: shown(find(id)) }),
      "DELETE vpcs/([^/]+)": ([id]) => {
        const vpc = find(id);
        if (this.members().includes(vpc.id)) refuse("Can not delete VPC with members", 409);
        this.vpcs.splice(this.vpcs.indexOf(vpc), 1);
        return {};
      },
    };
  }

  get #firewallRoutes(): Routes {
    const find = (id = "") => this.firewalls.find((each) => each.id === id) ?? notFound();
    const shown = (firewall: Firewall) => ({
      firewall: {
        ...{ ...firewall, status: "succeeded", created_at: "2026-01-01T00:00:00Z" },
        ...{ droplet_ids: [], pending_changes: [] },
      },
    });
    return {
      "POST firewalls": (_match, body) => {
        const firewall = { id: randomUUID(), ...this.#firewallOf(body) };
        if (this.firewalls.some(({ name }) => name === firewall.name))
          refuse("duplicate name", 409);
        this.firewalls.push(firewall);
        return { status: 202, body: shown(firewall) };
      },
      "GET firewalls/([^/]+)": ([id]) => ({ body: shown(find(id)) }),
      "PUT firewalls/([^/]+)": ([id], body) => {
        const firewall = Object.assign(find(id), this.#firewallOf(body));
        return { body: shown(firewall) };
      },
      "DELETE firewalls/([^/]+)": ([id]) => {
        this.firewalls.splice(this.firewalls.indexOf(find(id)), 1);
        return {};
      },
    };
  }

  #firewallOf(body: Body): Omit<Firewall, "id"> {
    const tags = listOf<string>(body, "tags");
    const inbound = listOf<Rule>(body, "inbound_rules");
    const outbound = listOf<Rule>(body, "outbound_rules");
    if (inbound.length + outbound.length === 0) refuse("at least one rule is required");
    const named = inbound.flatMap(({ sources }) => sources?.tags ?? []);
    for (const tag of [...tags, ...named])
      if (!this.tags.includes(tag)) refuse(`tag ${tag} does not exist`);
    for (const { protocol = "", ports = "", sources, destinations } of [...inbound, ...outbound]) {
      if (!["tcp", "udp", "icmp"].includes(protocol)) refuse(`invalid protocol ${protocol}`);
      const isRange = /^(all|0|\d+(-\d+)?)$/.test(ports);
      if (protocol !== "icmp" && !isRange) refuse("port_range required for this protocol");
      const ends = Object.values({ ...sources, ...destinations }).flat();
      if (ends.length === 0) refuse("a rule needs sources or destinations");
    }
    const rules = { inbound_rules: inbound, outbound_rules: outbound };
    return { name: textOf(body, "name"), tags, ...rules };
  }

  get #tagRoutes(): Routes {
    const shown = (name: string) => ({ tag: { name, resources: { count: 0 } } });
    const retag = (name = "", body: Body, add: boolean) => {
      if (!this.tags.includes(name)) notFound();
      for (const each of listOf<{ resource_id: string; resource_type: string }>(body, "resources"))
        this.retag(name, each.resource_type, [each.resource_id], add);
      return {};
    };
    return {
      "POST tags": (_match, body) => {
        const name = textOf(body, "name");
        this.addTags([name]);
        return { status: 201, body: shown(name) };
      },
      "GET tags/([^/]+)": ([name = ""]) =>
        this.tags.includes(name) ? { body: shown(name) } : notFound(),
      "DELETE tags/([^/]+)": ([name = ""]) => {
        if (!this.tags.includes(name)) notFound();
        this.tags.splice(this.tags.indexOf(name), 1);
        return {};
      },
      "POST tags/([^/]+)/resources": ([name], body) => retag(name, body, true),
      "DELETE tags/([^/]+)/resources": ([name], body) => retag(name, body, false),
    };
  }

  get #keyRoutes(): Routes {
    const find = (id = "") => this.keys.find((each) => each.id === Number(id)) ?? notFound();
    return {
      "POST account/keys": (_match, body) => {
        const text = textOf(body, "public_key");
        const [type = "", key = ""] = text.split(" ");
        if (!/^(ssh|ecdsa|sk)-/.test(type)) refuse("Key invalid, key should be of type ssh-rsa");
        const hex = createHash("md5").update(Buffer.from(key, "base64")).digest("hex");
        const fingerprint = hex.match(/../g)?.join(":") ?? "";
        if (this.keys.some((each) => each.fingerprint === fingerprint))
          refuse("SSH Key is already in use on your account");
        const id = 500 + this.keys.length;
        const made = { id, fingerprint, public_key: text, name: textOf(body, "name") };
        this.keys.push(made);
        return { status: 201, body: { ssh_key: made } };
      },
      "GET account/keys/([^/]+)": ([id]) => ({ body: { ssh_key: find(id) } }),
      "DELETE account/keys/([^/]+)": ([id]) => {
        this.keys.splice(this.keys.indexOf(find(id)), 1);
        return {};
      },
    };
  }
}

export function regionOf(body: Body): string {
  const region = textOf(body, "region");
  return REGIONS.includes(region) ? region : refuse("You specified an invalid region.");
}
