// What identidock's two programs do alike: one JSON log line for each request, the name of the
// serving copy in a header, and a stop that finishes what is in flight. app/ and dnmonster/ are
// built apart, so each has its copy of this file; a test keeps the copies the same.
import { hostname } from "node:os";
import { setTimeout as setTimeoutAsync } from "node:timers/promises";
import fastify, {
  LogController,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from "fastify";
import { destination } from "pino";

/** Node's own limit for a request's header is 16 KiB, so every name that arrives is a parameter. */
const LONGEST_PARAMETER = 16_384;
const LONGEST_LOGGED_PATH = 256;
/** Log lines that may wait for their reader, in bytes; more are dropped. */
const WAITING_LOG = 1_048_576;
/** How long connections that are not in use stay open after the stop began, in milliseconds. */
const GRACE_WITHOUT_REQUEST = 500;
/** How long the last log lines may take to leave, in milliseconds. */
const LAST_LINES = 500;

export interface ServiceOptions {
  /** The service's name in its log lines. */
  name: string;
  /** Where log lines go. @default standard output */
  logTo?: { write(line: string): void };
  /** The quietest level that is logged. @default "info" */
  logLevel?: string;
}

export interface Stoppable {
  service: FastifyInstance;
  /** How long requests in flight may take after SIGTERM, in milliseconds. */
  deadline: number;
}

interface State {
  active: number;
  stopping: boolean;
  output: ReturnType<typeof destination>;
}

const states = new WeakMap<FastifyInstance, State>();

/** A Fastify instance with logging and headers; routes are the caller's. */
export function createService(options: ServiceOptions): FastifyInstance {
  const instance = hostname();
  const output = destination({ dest: 1, sync: false, minLength: 1, maxLength: WAITING_LOG });
  const logger: FastifyServerOptions["logger"] = {
    level: options.logLevel ?? "info",
    base: { service: options.name, hostname: instance },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    // Never waits for the log's reader: a Docker engine that is away must not stall requests.
    stream: options.logTo ?? output,
  };
  const state: State = { active: 0, stopping: false, output };
  const begin = (request: FastifyRequest, reply: FastifyReply): void => {
    void reply.header("x-served-by", instance);
    state.active += 1;
    logWhenClosed(request, reply, () => (state.active -= 1));
  };
  const service = fastify({
    logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: true,
    bodyLimit: 65_536,
    return503OnClosing: false,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    // What the router refuses, such as broken percent-encoding, never reaches the hooks.
    frameworkErrors: (error, request, reply) => {
      const answer = reply as FastifyReply;
      begin(request, answer);
      void answer.code(error.statusCode ?? 400).type("text/plain; charset=utf-8");
      void answer.send("The address is not valid. Encode names as UTF-8 in percent-encoding.\n");
    },
  });
  states.set(service, state);

  service.addHook("onRequest", (request, reply, done) => {
    begin(request, reply);
    done();
  });
  service.addHook("onSend", (_request, reply, payload, done) => {
    if (state.stopping) void reply.header("connection", "close");
    done(null, payload);
  });
  service.get("/health", () => ({ status: "ok" }));
  return service;
}

/** One line when the answer has left, or when its connection was lost before (`cut`). */
function logWhenClosed(request: FastifyRequest, reply: FastifyReply, closed: () => void): void {
  const path = request.url.split("?", 1)[0] ?? "";
  reply.raw.once("close", () => {
    closed();
    const status = reply.raw.statusCode;
    const line = {
      method: request.method,
      path: path.slice(0, LONGEST_LOGGED_PATH),
      status,
      durationMs: Math.round(reply.elapsedTime * 100) / 100,
      ...(reply.raw.writableFinished ? {} : { cut: true }),
    };
    // A proxy asks every second or two: good answers about health are for debugging.
    if (path === "/health" && status === 200) request.log.debug(line, "request");
    else request.log.info(line, "request");
  });
}

/**
 * Stops the service on SIGTERM or SIGINT: accepts nothing new, finishes the requests in flight, then
 * exits with 0. Requests that are still running at the deadline are cut, and the exit code is 1.
 */
export function stopOnSignals({ service, deadline }: Stoppable): void {
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    const state = states.get(service);
    if (state === undefined || state.stopping) return;
    state.stopping = true;
    service.log.info({ signal, inFlight: state.active }, "stopping");
    let cut = 0;
    const timer = setTimeout(() => {
      cut = state.active;
      service.server.closeAllConnections();
    }, deadline);
    // A connection that never sent a request counts as busy for Node and would wait for the deadline.
    const sweep = setInterval(() => {
      if (state.active === 0) service.server.closeAllConnections();
    }, GRACE_WITHOUT_REQUEST);
    await service.close();
    clearTimeout(timer);
    clearInterval(sweep);
    if (cut > 0) service.log.error({ cut, deadline }, "stopped: requests were cut at the deadline");
    else service.log.info("stopped");
    await handOver(state.output);
    process.exit(cut > 0 ? 1 : 0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => {
        service.log.fatal({ err: error }, "stopping failed");
        process.exit(1);
      });
    });
  }
}

/**
 * Waits for the log's reader, but not for one that is gone (its lines would be tried again for ever)
 * or stuck (Node's exit would wait for the write: only SIGKILL ends that).
 */
async function handOver(output: State["output"]): Promise<void> {
  const flushed = new Promise<"flushed">((resolve) => output.flush(() => resolve("flushed")));
  const outcome = await Promise.race([flushed, setTimeoutAsync(LAST_LINES, "stuck" as const)]);
  if (outcome === "stuck") process.kill(process.pid, "SIGKILL");
  output.flushSync = () => undefined;
}
