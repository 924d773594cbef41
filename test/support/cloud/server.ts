/**
 * A fake of DigitalOcean's API on loopback, for what Longshore uses of it. It refuses what the real one refuses as far as
 * its documentation says so, does things as late as that does, and boots a machine for each droplet.
 */
import { type IncomingMessage, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { Actions, type Answer, type Body, Refusal, type Routes, notFound } from "./api.ts";
import { Balancers } from "./balancers.ts";
import { Droplets } from "./droplets.ts";
import type { CloudMachines } from "./machines.ts";
import { Network } from "./network.ts";
import { ReservedIps } from "./reserved-ips.ts";
import { Volumes } from "./volumes.ts";

export const TOKEN = "dop_v1_canary0123456789abcdef";

export class FakeDigitalOcean {
  readonly network: Network;
  readonly droplets: Droplets;
  readonly volumes: Volumes;
  readonly balancers: Balancers;
  readonly reservedIps: ReservedIps;
  /** `METHOD path`, in their order. */
  readonly requests: string[] = [];
  /** Answers that come in place of the right ones: each takes the first request that it fits, and is gone. */
  readonly faults: { request: RegExp; status: number }[] = [];
  readonly actions = new Actions();
  readonly #server: Server;

  private constructor(machines: CloudMachines) {
    this.network = new Network(machines.range);
    this.droplets = new Droplets(machines, this.network, this.actions);
    this.volumes = new Volumes(machines, this.droplets, this.actions);
    this.balancers = new Balancers(machines, this.droplets, this.network);
    this.reservedIps = new ReservedIps(machines, this.droplets, this.actions);
    const parts = [this.network, this.droplets, this.volumes, this.balancers, this.reservedIps];
    const all = parts.map((part) => part.routes);
    const routes: Routes = all.reduce((sum, each) => ({ ...sum, ...each }), this.actions.routes);
    this.#server = createServer((request, response) => {
      void this.#answer(routes, request).then(({ status, body }) => {
        response.writeHead(status ?? (body === undefined ? 204 : 200), {
          "content-type": "application/json",
          ...(status === 429 ? { "retry-after": "1" } : {}),
        });
        response.end(body === undefined ? undefined : JSON.stringify(body));
      });
    });
  }

  static async start(machines: CloudMachines): Promise<FakeDigitalOcean> {
    const fake = new FakeDigitalOcean(machines);
    await new Promise<void>((done) => fake.#server.listen(0, "127.0.0.1", done));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What the account has, by kind: for what is left behind. */
  get left(): string[] {
    const { network, droplets, volumes, balancers, reservedIps } = this;
    return [network, droplets, volumes, balancers, reservedIps].flatMap((part) => part.names);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #answer(routes: Routes, request: IncomingMessage): Promise<Answer> {
    const path = (request.url ?? "").replace(/^\/v2\//, "").replace(/\?.*$/, "");
    const name = `${request.method ?? ""} ${decodeURIComponent(path)}`;
    this.requests.push(name);
    try {
      const body = request.method === "GET" ? {} : ((await readJson(request)) as Body);
      if (request.headers.authorization !== `Bearer ${TOKEN}`)
        throw new Refusal(401, "Unable to authenticate you");
      const index = this.faults.findIndex((each) => each.request.test(name));
      const [fault] = index < 0 ? [] : this.faults.splice(index, 1);
      if (fault !== undefined) throw new Refusal(fault.status, "API rate limit exceeded.");
      for (const [route, handle] of Object.entries(routes)) {
        const match = new RegExp(`^${route}$`).exec(name);
        if (match !== null) return await handle(match.slice(1), body);
      }
      return notFound();
    } catch (error) {
      if (error instanceof Refusal) {
        const { status, id, message } = error;
        return { status, body: { id, message, request_id: "fake" } };
      }
      const body = { id: "server_error", message: `the fake failed: ${String(error)}` };
      return { status: 500, body };
    }
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  if (request.headers["content-length"] === undefined) return {};
  return json(request).catch(() => ({}));
}
