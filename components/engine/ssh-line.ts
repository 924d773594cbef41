/**
 * Lines to a Docker engine on a machine that is reached by SSH: by a socket that leads to the engine's, or where there
 * cannot be one, by `docker system dial-stdio` there, as the docker command line and the Docker provider have it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type Socket, connect } from "node:net";
import type { Readable, Writable } from "node:stream";
import { explainFailure, explainSsh } from "../ssh/explain.ts";
import { forgetSocket, forwardSocket, isConnected } from "../ssh/forwarded-socket.ts";
import { sshArguments } from "../ssh/options.ts";
import type { SshTarget } from "../ssh/target.ts";

const isUsual = readFileSync(new URL("./engine-socket.sh", import.meta.url), "utf8");
/** Where engines listen, as their own machine sees it. */
export const USUAL_SOCKET = "/var/run/docker.sock";
/** Bytes of ssh's complaints that are kept. */
const MOST_WORDS = 4096;

/** An open line: bytes out and in. */
export interface Line {
  out: Writable;
  in: Readable;
  /** Resolves when it has ended: with nothing if the engine closed it, else with what went wrong. */
  ended: Promise<Error | undefined>;
  /** Whether it keeps this process from ending. */
  keep(process: boolean): void;
  close(): void;
}

/** A process for each line. */
export function dial(target: SshTarget): Line {
  const ssh = spawn("ssh", sshArguments(target, ["docker", "system", "dial-stdio"]), {
    stdio: "pipe",
    // Its messages are read, see explain.ts.
    env: { ...process.env, LC_ALL: "C" },
  });
  const { stdin, stdout, stderr } = ssh;
  let words = "";
  stderr.setEncoding("utf8");
  stderr.on("data", (text: string) => (words = (words + text).slice(-MOST_WORDS)));
  stdin.on("error", () => {}); // told by its end
  const all = [ssh, stdin, stdout, stderr] as unknown as { ref(): void; unref(): void }[];
  return {
    ...{ out: stdin, in: stdout },
    ended: new Promise((resolve) => {
      ssh.once("error", resolve);
      ssh.once("close", (code) => {
        if (code === 0 || ssh.killed) return resolve(undefined);
        void explainFailure(target, words, code).then((why) => resolve(new Error(why)));
      });
    }),
    keep: (process) => all.forEach((each) => (process ? each.ref() : each.unref())),
    close: () => void ssh.kill(),
  };
}

/**
 * A line by a socket, which has been asked whether the engine answers.
 * @param signal closes what is asked.
 * @returns undefined where there is no way by a socket, or the engine does not answer there.
 * @throws with why ssh has failed, and what to do about it.
 */
export async function openLine(target: SshTarget, signal: AbortSignal): Promise<Line | undefined> {
  for (let tries = 0; tries < 2; tries++) {
    const path = await forwardSocket(target, USUAL_SOCKET, isUsual);
    if (path === undefined) return undefined;
    const socket = connect(path);
    const abort = () => void socket.destroy();
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    const answer = await askedFor(socket);
    signal.removeEventListener("abort", abort);
    if (answer === "engine") return lineOf(socket, target);
    socket.destroy();
    if (answer === "closed" || signal.aborted) return undefined;
    await forgetSocket(path);
  }
  return undefined;
}

/** What is at the other end: the engine, somebody who closes, or nobody. */
function askedFor(socket: Socket): Promise<"engine" | "closed" | "nobody"> {
  return new Promise((resolve) => {
    let [connected, head] = [false, ""];
    socket.on("error", () => {}); // told by its end
    socket.once("connect", () => {
      connected = true;
      socket.write("HEAD /_ping HTTP/1.1\r\nHost: engine\r\n\r\n");
    });
    socket.once("close", () => resolve(connected ? "closed" : "nobody"));
    const read = (piece: Buffer) => {
      head += piece.toString("latin1");
      // It has no body: this is all of the answer.
      if (!head.endsWith("\r\n\r\n")) return;
      socket.off("data", read).pause();
      resolve("engine");
    };
    socket.on("data", read);
  });
}

function lineOf(socket: Socket, target: SshTarget): Line {
  return {
    ...{ out: socket, in: socket },
    ended: once(socket, "close").then(() =>
      isConnected(target) ? undefined : new Error(explainSsh(target, "Connection closed", null)),
    ),
    keep: (process) => void (process ? socket.ref() : socket.unref()),
    close: () => void socket.destroy(),
  };
}
