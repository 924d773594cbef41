// What the app's tests share: a real redis, a stand-in for dnmonster, and the app as a process.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Socket,
  type Server as TcpServer,
} from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
export const PICTURE = Buffer.concat([PNG_SIGNATURE, Buffer.from("a stand-in for a picture")]);

/** Why tests with a real redis cannot run here, or `false`. In the image they always run. */
export function redisIsMissing(): string | false {
  if (process.env.REQUIRE_REDIS === "1") return false;
  const found = spawnSync("redis-server", ["--version"]).status === 0;
  return found ? false : "no redis-server here: the image's test target has one";
}

export interface Closable {
  port: number;
  close(): Promise<void>;
}

export async function httpServer(listener: RequestListener): Promise<Closable> {
  return listening(createServer(listener));
}

/** Takes connections and never answers. */
export async function silentServer(): Promise<Closable> {
  return listening(createTcpServer());
}

async function listening(server: Server | TcpServer): Promise<Closable> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { port: (server.address() as AddressInfo).port, close };
}

/** A port where nothing listens. */
export async function closedPort(): Promise<number> {
  const server = await silentServer();
  await server.close();
  return server.port;
}

/** A real redis that keeps nothing, on the given port. */
export async function startRedis(port: number): Promise<{ stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "identidock-redis-"));
  const child = spawn(
    "redis-server",
    ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await lineFrom(child, (line) => line.includes("Ready to accept connections"));
  return {
    async stop() {
      const gone = exitOf(child);
      child.kill("SIGKILL");
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
}

export interface AppProcess {
  port: number;
  child: ChildProcess;
  log: string[];
  /** The exit code, or the signal that ended it. */
  exit: Promise<number | string>;
}

/** The compiled app as its own process. */
export async function startApp(env: Record<string, string>): Promise<AppProcess> {
  const port = await closedPort();
  const main = fileURLToPath(new URL("../src/main.js", import.meta.url));
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, LOG_LEVEL: "debug", PORT: String(port), ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const log: string[] = [];
  const exit = exitOf(child);
  await lineFrom(child, (line) => {
    log.push(line);
    return line.includes("Server listening");
  });
  return { port, child, log, exit };
}

function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
}

/** Reads all lines of standard output; resolves at the first that is wanted. */
function lineFrom(child: ChildProcess, wanted: (line: string) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest = "";
    const seen: string[] = [];
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`exited with ${code}:\n${seen.join("\n")}`)));
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        seen.push(line);
        if (wanted(line)) resolve();
      }
    });
  });
}

/** Waits until the check passes; fails with what it last said. */
export async function eventually(
  check: () => Promise<void> | void,
  within = 10_000,
): Promise<void> {
  const end = Date.now() + within;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
