/** The fake account's load balancers: each is an HAProxy, before the droplets that have its tag. */
import { randomUUID } from "node:crypto";
import { type Body, type Routes, listOf, notFound, refuse, textOf } from "./api.ts";
import type { Droplets } from "./droplets.ts";
import type { CloudMachines } from "./machines.ts";
import { type Network, regionOf } from "./network.ts";

interface Rule {
  entry_port: number;
  entry_protocol: string;
  target_port: number;
  target_protocol: string;
}

interface Balancer {
  id: string;
  name: string;
  status: "new" | "active";
  region: string;
  vpc: string;
  tag: string;
  ip: string;
  rule: Rule;
  request: Body;
}

export class Balancers {
  readonly all: Balancer[] = [];
  readonly #machines: CloudMachines;
  readonly #droplets: Droplets;
  readonly #network: Network;

  constructor(machines: CloudMachines, droplets: Droplets, network: Network) {
    this.#machines = machines;
    this.#droplets = droplets;
    this.#network = network;
    droplets.changed = async () => {
      for (const balancer of this.all) await this.#balance(balancer);
    };
    network.members = () => [...this.all, ...droplets.all].map(({ vpc }) => vpc);
  }

  get names(): string[] {
    return this.all.map(({ name }) => `load balancer ${name}`);
  }

  get routes(): Routes {
    const find = (id = "") => this.all.find((each) => each.id === id) ?? notFound();
    return {
      "POST load_balancers": (_match, body) => {
        const balancer: Balancer = {
          id: randomUUID(),
          status: "new",
          ip: "",
          ...this.#check(body),
        };
        if (this.all.some(({ name }) => name === balancer.name)) refuse("name must be unique");
        this.all.push(balancer);
        void this.#start(balancer);
        return { status: 202, body: { load_balancer: shown(balancer) } };
      },
      "GET load_balancers/([^/]+)": ([id]) => ({ body: { load_balancer: shown(find(id)) } }),
      "PUT load_balancers/([^/]+)": async ([id], body) => {
        const balancer = Object.assign(find(id), this.#check(body));
        await this.#balance(balancer);
        return { body: { load_balancer: shown(balancer) } };
      },
      "DELETE load_balancers/([^/]+)": async ([id]) => {
        const balancer = find(id);
        this.all.splice(this.all.indexOf(balancer), 1);
        await this.#machines.remove(`balancer-${balancer.id}`);
        return {};
      },
    };
  }

  #check(body: Body): Omit<Balancer, "id" | "status" | "ip"> {
    const region = regionOf(body);
    const vpc =
      this.#network.vpcs.find((each) => each.id === body.vpc_uuid) ?? refuse("invalid VPC");
    const tag = textOf(body, "tag");
    if (listOf(body, "droplet_ids").length > 0) refuse("droplet_ids and tag exclude each other");
    const [rule, ...more] = listOf<Rule>(body, "forwarding_rules");
    if (rule === undefined) refuse("forwarding_rules must not be empty");
    if (more.length > 0 || rule.entry_protocol !== "http")
      refuse("the fake knows one rule, of http");
    const check = (body.health_check ?? {}) as Record<string, unknown>;
    if (check.protocol === "http" && check.path === undefined)
      refuse("health check path is required");
    const within = (key: string, from: number, to: number) => {
      const value = Number(check[key]);
      if (!(value >= from && value <= to)) refuse(`health check ${key} must be ${from} to ${to}`);
    };
    within("check_interval_seconds", 3, 300);
    within("response_timeout_seconds", 3, 300);
    within("healthy_threshold", 2, 10);
    within("unhealthy_threshold", 2, 10);
    const idle = body.http_idle_timeout_seconds;
    if (idle !== undefined && !(Number(idle) >= 30 && Number(idle) <= 600))
      refuse("http_idle_timeout_seconds must be 30 to 600");
    return { name: textOf(body, "name"), region, vpc: vpc.id, tag, rule, request: body };
  }

  async #start(balancer: Balancer): Promise<void> {
    balancer.ip = await this.#machines.startBalancer(`balancer-${balancer.id}`);
    await this.#balance(balancer);
    balancer.status = "active";
  }

  async #balance({ id, tag, rule }: Balancer): Promise<void> {
    const targets = this.#droplets.all.flatMap(({ name, tags, at, status }) =>
      tags.includes(tag) && at !== undefined && status === "active" ? [[name, at.inside]] : [],
    );
    const { entry_port: port, target_port: to } = rule;
    const by = Object.fromEntries(targets) as Record<string, string>;
    await this.#machines.balance(`balancer-${id}`, port, to, by);
  }
}

function shown({ id, name, status, region, vpc, tag, ip, request }: Balancer): object {
  return {
    ...request,
    ...{ id, name, status, tag, vpc_uuid: vpc, region: { slug: region }, droplet_ids: [] },
    // Not there before it is active.
    ...(status === "active" ? { ip } : {}),
    ...{ project_id: "4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679", created_at: "2026-01-01T00:00:00Z" },
  };
}
