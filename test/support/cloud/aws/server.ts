/**
 * AWS's API on loopback: moto's server, and in front of it what moto lacks of ECS. For a test, or on its own:
 * `node test/support/cloud/aws/server.ts [PORT]` until it is told to stop.
 */
import { type ChildProcess, spawn } from "node:child_process";
import {
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  request,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../test-stack.ts";
import type { Params } from "./client.ts";
import { EcsFront, EcsRefusal } from "./ecs-front.ts";
import { installMoto } from "./install.ts";
import { without } from "./resource.ts";

const TARGET = "AmazonEC2ContainerServiceV20141113.";
/** Managed policies are there only if they are asked for; a certificate is validated at once. */
const SETTINGS = { MOTO_IAM_LOAD_MANAGED_POLICIES: "true", MOTO_ACM_VALIDATION_WAIT: "1" };
/** Headers of a connection, not of what it carries. */
const HOP = ["connection", "expect", "transfer-encoding"];
const START_TIMEOUT = 60_000;

export class FakeAws {
  readonly ecs: EcsFront;
  /** `SERVICE OPERATION`, as far as a request says so, in their order. */
  readonly requests: string[] = [];
  readonly #moto: ChildProcess;
  readonly #port: number;
  readonly #server: Server;

  private constructor(moto: ChildProcess, port: number) {
    this.#moto = moto;
    this.#port = port;
    this.ecs = new EcsFront((operation, params) => this.#askEcs(operation, params));
    this.#server = createServer((asked, answer) => {
      void this.#answer(asked, answer).catch((error: unknown) => {
        answer.writeHead(502).end(String(error));
      });
    });
  }

  static async start(listenOn = 0): Promise<FakeAws> {
    const { python } = await installMoto();
    const port = await freePort();
    const moto = spawn(python, ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)], {
      env: { ...process.env, ...SETTINGS },
      stdio: "ignore",
    });
    const fake = new FakeAws(moto, port);
    await fake.#ready();
    await new Promise<void>((done) => fake.#server.listen(listenOn, "127.0.0.1", done));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What programs that ask AWS need in their environment, so that they ask this one. */
  get env(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_REGION: "eu-central-1",
      AWS_DEFAULT_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      AWS_EC2_METADATA_DISABLED: "true",
    };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
    const ended = new Promise((done) => this.#moto.once("exit", done));
    this.#moto.kill("SIGKILL");
    await ended;
  }

  async #ready(): Promise<void> {
    const end = Date.now() + START_TIMEOUT;
    for (;;) {
      try {
        await fetch(`http://127.0.0.1:${this.#port}/moto-api/`);
        return;
      } catch (error) {
        if (Date.now() > end || this.#moto.exitCode !== null)
          throw new Error("moto's server does not start", { cause: error });
        await sleep(100);
      }
    }
  }

  async #answer(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(asked);
    const target = asked.headers["x-amz-target"];
    this.requests.push(nameOf(asked, body));
    if (typeof target !== "string" || !target.startsWith(TARGET)) {
      const { status, headers, content } = await this.#forward(asked, body);
      answer.writeHead(status, headers).end(content);
      return;
    }
    const operation = target.slice(TARGET.length);
    const ask = (changed: Params, as = operation) => this.#askEcs(as, changed, asked.headers);
    let status = 200;
    let result: unknown;
    try {
      result = await this.ecs.answer(operation, JSON.parse(body.toString()) as Params, ask);
    } catch (error) {
      if (!(error instanceof EcsRefusal)) throw error;
      status = error.status;
      result = error.body;
    }
    answer.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
    answer.end(JSON.stringify(result));
  }

  #headers: IncomingMessage["headers"] = {};

  /** @throws {EcsRefusal} with what moto says. */
  async #askEcs(operation: string, params: Params, like = this.#headers): Promise<Params> {
    this.#headers = like;
    const { status, content } = await this.#send("POST", "/", Buffer.from(JSON.stringify(params)), {
      ...like,
      "x-amz-target": TARGET + operation,
    });
    const result = JSON.parse(content.toString()) as Params;
    if (status >= 400) throw new EcsRefusal(status, result);
    return result;
  }

  #forward(asked: IncomingMessage, body: Buffer) {
    return this.#send(asked.method ?? "GET", asked.url ?? "/", body, asked.headers);
  }

  #send(method: string, path: string, body: Buffer, from: IncomingMessage["headers"]) {
    const headers = without(from, ...HOP) as IncomingMessage["headers"];
    return new Promise<{ status: number; headers: IncomingMessage["headers"]; content: Buffer }>(
      (done, fail) => {
        const sent = request(
          {
            ...{ host: "127.0.0.1", port: this.#port, method, path, agent: false },
            headers: { ...headers, "content-length": String(body.length) },
          },
          (response) => {
            const headers = without(response.headers, ...HOP) as IncomingMessage["headers"];
            buffer(response).then(
              (content) => done({ status: response.statusCode ?? 502, headers, content }),
              fail,
            );
          },
        );
        sent.on("error", fail);
        sent.end(body);
      },
    );
  }
}

function nameOf({ headers, method, url }: IncomingMessage, body: Buffer): string {
  const [, service = ""] = /\/\d{8}\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? "") ?? [];
  const target = headers["x-amz-target"];
  const [, action] = /(?:^|&)Action=(\w+)/.exec(body.toString("latin1")) ?? [];
  const [, rpc] = /\/operation\/(\w+)$/.exec(url ?? "") ?? [];
  const named = typeof target === "string" ? target.split(".").at(-1) : (action ?? rpc);
  return `${service} ${named ?? `${method ?? ""} ${url ?? ""}`}`;
}

if (import.meta.main) {
  const fake = await FakeAws.start(Number(process.argv[2] ?? 0));
  for (const [name, value] of Object.entries(fake.env)) console.log(`export ${name}='${value}'`);
  process.once("SIGTERM", () => void fake.stop());
  process.once("SIGINT", () => void fake.stop());
}
