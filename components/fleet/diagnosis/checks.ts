/** Why a running replica is not healthy, from the proxy's checks and what the replica listens on. Pure. */
import type { ServerStatus } from "../proxy/runtime-api.ts";
import { type ReplicaPort, checkedPort, describePort } from "../replica-ports.ts";
import type { ServiceRequest } from "../types.ts";
import type { Cause } from "../../diagnosis/cause.ts";
import { type Listener, describeListener, isLoopback } from "../../diagnosis/listeners.ts";

/** What was looked at beside the proxy's verdict; absent where it was not, or could not be. */
export interface Looked {
  listeners?: Listener[];
  /** A slow answer, waited for longer than the check does: seconds, or `undefined` if none came. */
  answer?: { seconds: number | undefined; waited: number };
  /** What came was no HTTP. The proxy's check waits on, and calls that a timeout. */
  notHttp?: boolean;
  /** The status that the check's request is answered with. */
  status?: number;
  /** What its log says that it may not do. */
  restraint?: Cause;
}

/** The proxy's verdict on a replica that serves an endpoint, and what the replica's log says to it. */
export function explainCheck(
  service: Pick<ServiceRequest, "name" | "health" | "endpoint" | "ports">,
  server: ServerStatus,
  looked: Looked = {},
): Cause {
  const cause = explainVerdict(service, server, looked);
  // An answer that is not the service's own failure has another reason than what its log complains of.
  const answered = server.check === "L7STS" && (server.code || looked.status || 0) < 500;
  return answered ? cause : because(cause, looked.restraint);
}

/** A server whose workers may not do what they need goes on without any (nginx, Apache): only its log says why. */
export function because({ what, fix }: Cause, restraint: Cause | undefined): Cause {
  if (restraint === undefined) return { what, fix };
  return { what: `${what}, most likely because ${restraint.what}`, fix: restraint.fix };
}

function explainVerdict(
  service: Pick<ServiceRequest, "name" | "health" | "endpoint" | "ports">,
  server: ServerStatus,
  looked: Looked,
): Cause {
  const port = checkedPort(service) ?? { port: 0 };
  const path = service.health.kind === "http" ? service.health.path : "";
  switch (server.check) {
    case "L4CON":
      return notListening(port, server.detail, looked.listeners);
    case "L4TOUT":
      return {
        what: `no connection to ${describePort(port)}: the proxy's attempts are not answered`,
        fix: "The process is too busy to take connections, or a firewall drops them.",
      };
    case "L7STS":
      return wrongStatus(path, server.code || looked.status, service);
    case "L7TOUT":
      return looked.notHttp === true
        ? notHttp(port, "")
        : tooSlow(path, server.duration, looked.answer);
    case "SOCKERR":
      return {
        what: `the connection to ${describePort(port)} breaks off (${server.detail})`,
        fix: "The process closes it before it has answered. Look at its log lines below.",
      };
    case "L6RSP":
    case "L7RSP":
      return notHttp(port, server.detail);
  }
  if (server.status.includes("resolution")) {
    return {
      what: "the proxy does not find its address",
      fix: "The container is not in the stack's network: remove its `networkMode`.",
    };
  }
  const parts = [server.status, server.check, server.detail].filter(Boolean);
  return {
    what: `the proxy's checks fail (${parts.join(", ")})`,
    fix: "Raise its `deadline` if it only needs longer to start. Look at its log lines below.",
  };
}

/** A port that takes no connection, by what the container listens on; undefined: that is not known. */
export function notListening(
  port: Pick<ReplicaPort, "port" | "name">,
  detail: string,
  listeners: Listener[] | undefined,
): Cause {
  const where = describePort(port);
  const fix = setPort(port.name);
  if (listeners === undefined) return { what: `nothing listens on ${where} (${detail})`, fix };
  const here = listeners.filter((listener) => listener.port === port.port);
  if (here.length === 0) {
    if (listeners.length === 0) {
      return {
        what: `nothing listens on ${where}, nor on any other`,
        fix: "Raise its `deadline` if it only needs longer to start. Look at its log lines below.",
      };
    }
    const others = listeners.map(describeListener).join(", ");
    return { what: `nothing listens on ${where}, but on ${others}`, fix };
  }
  const addresses = here.map(describeListener).join(", ");
  if (here.every(({ address }) => isLoopback(address))) {
    return {
      what: `it listens on ${addresses} only, which nothing outside of the container reaches`,
      fix: "Let it listen on all addresses (0.0.0.0).",
    };
  }
  return {
    what: `it listens on ${addresses}, but refuses the proxy (${detail})`,
    fix: "Let it listen on all IPv4 addresses (0.0.0.0).",
  };
}

const setPort = (name: string | undefined) =>
  `Set the service's \`${name === undefined ? "port" : `ports.${name}`}\` to the one it listens on, or let it listen on this one.`;

function notHttp(port: Pick<ReplicaPort, "port" | "name">, detail: string): Cause {
  return {
    what: `${describePort(port)} does not speak HTTP${detail === "" ? "" : ` (${detail})`}`,
    fix: 'Set `protocol: "tcp"` with a TCP health check, or the port that HTTP is spoken on.',
  };
}

function wrongStatus(
  path: string,
  code: number | undefined,
  { name, health }: Pick<ServiceRequest, "name" | "health">,
): Cause {
  const { status: wanted = [], requestHeaders = {} } = health.kind === "http" ? health : {};
  const healthy =
    wanted.length === 0
      ? "200 to 399 are healthy"
      : `only ${wanted.join(", ")} ${wanted.length === 1 ? "is" : "are"} healthy`;
  return {
    what: `\`GET ${path}\` answered ${code ?? "another status"}; ${healthy}`,
    fix: statusFix(code, requestHeaders.host ?? name),
  };
}

function statusFix(code: number | undefined, host: string): string {
  if (code === 400 || code === 403 || code === 421) {
    return (
      `It probably refuses the Host header \`${host}\`: let it allow that one, or send another with ` +
      "`healthCheck.requestHeaders: { host }`." +
      (code === 403 ? " Else choose a path that needs no credentials." : "")
    );
  }
  if (code === 404) return "Correct `healthCheck.path`: the service does not know this one.";
  if (code === 401) {
    return "Choose a `healthCheck.path` that needs no credentials: checks send none.";
  }
  if (code !== undefined && code >= 500) {
    return "The service itself failed to answer. Look at its log lines below.";
  }
  return "Correct `healthCheck.path` or `healthCheck.status`.";
}

function tooSlow(path: string, duration: number | undefined, answer: Looked["answer"]): Cause {
  const limit = `no answer in ${duration ?? "?"} ms`;
  const longer =
    answer === undefined
      ? ""
      : answer.seconds === undefined
        ? `, and none in ${answer.waited} s`
        : `; it took ${Math.round(answer.seconds * 1000)} ms when waited for longer`;
  return {
    what: `\`GET ${path}\` is too slow: ${limit}${longer}`,
    fix: "Raise `healthCheck.timeout`, or choose a path that is answered without much work.",
  };
}

/** How the check command of a replica ended last. */
export interface CheckRun {
  exitCode: number;
  /** What it printed, both streams. */
  output: string;
  /** It was still running after this many seconds. */
  timedOut?: number;
  /** It was ended when it had printed this many bytes. */
  tooMuch?: number;
}

/** A replica whose check command never succeeded. */
export function explainCommand(command: readonly string[], last: CheckRun | undefined): Cause {
  const name = `its check \`${command.join(" ")}\``;
  if (last === undefined) {
    return { what: `${name} could not be run`, fix: "Look at its log lines below." };
  }
  if (last.timedOut !== undefined) {
    return {
      what: `${name} did not end within ${last.timedOut} s`,
      fix: "Raise `healthCheck.timeout`, or make the command quicker.",
    };
  }
  if (last.tooMuch !== undefined) {
    return {
      what: `${name} printed more than ${last.tooMuch / 1024} KiB and was ended`,
      fix: "Make it print less: its exit code alone counts.",
    };
  }
  const printed = last.output.trim();
  const said = printed === "" ? "printed nothing" : `printed: ${shorten(printed)}`;
  return {
    what: `${name} exited with ${last.exitCode} and ${said}`,
    fix: "Run it in the container by hand (`docker exec`), and correct it or the service.",
  };
}

/** One line of at most 300 characters. */
function shorten(text: string): string {
  const line = text.split(/\s*\n\s*/).join(" / ");
  return line.length <= 300 ? line : `${line.slice(0, 300)}…`;
}
