// Small HTTP questions with a bound on the wait: is there an engine, a registry, a hub?
import { request } from "node:http";
import { connect } from "node:net";

export interface Answer {
  status: number;
  body: string;
}

export type Reply = { answer: Answer } | { failure: string };

/** GET over a unix socket or plain TCP, as the Docker engine and loopback registries speak it. */
export function get(host: string, path: string, timeoutMs = 3_000): Promise<Reply> {
  const url = new URL(host);
  const target =
    url.protocol === "unix:"
      ? { socketPath: decodeURIComponent(url.pathname), path }
      : { host: url.hostname, port: url.port || 2375, path };
  return new Promise((resolve) => {
    const fail = (error: Error) => {
      const code = (error as NodeJS.ErrnoException).code;
      resolve({ failure: code ?? error.message });
    };
    const sent = request(
      { ...target, headers: { host: "localhost" }, timeout: timeoutMs },
      (got) => {
        let body = "";
        got.setEncoding("utf8");
        got.on("data", (chunk: string) => (body += chunk));
        got.on("end", () => resolve({ answer: { status: got.statusCode ?? 0, body } }));
        got.on("error", fail);
      },
    );
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    sent.on("error", fail);
    sent.end();
  });
}

export async function answersOk(host: string, path: string, timeoutMs?: number): Promise<boolean> {
  const reply = await get(host, path, timeoutMs);
  return "answer" in reply && reply.answer.status === 200;
}

/** Whether something accepts connections on a unix socket. */
export function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once("connect", () => resolve(socket.destroy() !== undefined));
    socket.once("error", () => resolve(false));
  });
}

/** Whether the hub can be reached at all; any HTTP answer will do, also "unauthorised". */
export async function hubReachable(base: string, timeoutMs = 3_000): Promise<boolean> {
  try {
    const reply = await fetch(new URL("/v2/", base), {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: "manual",
    });
    await reply.body?.cancel();
    return reply.status === 200 || reply.status === 401;
  } catch {
    return false;
  }
}
