/** `longshore logs`: what the copies of a service print, from all hosts, each line with its copy. */
import { Readable } from "node:stream";
import type Docker from "dockerode";
import { eachLine } from "../fleet/release/frames.ts";
import type { CommonOptions, Terminal } from "./context.ts";
import { type Copy, type HostView, copiesOf, viewHosts } from "./hosts.ts";
import { openStack } from "./stack.ts";

export interface LogOptions extends CommonOptions {
  follow?: boolean;
  /** Lines of each copy. @default 100 */
  tail?: number;
  /** Control characters as the containers print them, for this terminal to carry out. */
  raw?: boolean;
}

export async function logs(
  service: string | undefined,
  options: LogOptions,
  terminal: Terminal,
): Promise<void> {
  const open = await openStack(options);
  const request = await open.request();
  const hosts = await viewHosts(request);
  const copies = copiesOf(hosts, service);
  const width = Math.max(...copies.map((copy) => nameOf(copy).length));
  const print = (copy: Copy, line: string) => {
    if (options.json) {
      const { host, service: name, number } = copy;
      return terminal.raw(JSON.stringify({ host, service: name, copy: number, line }));
    }
    const text = `${nameOf(copy).padEnd(width)} | ${line}`;
    return options.raw ? terminal.raw(text) : terminal.out(text);
  };
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  await Promise.all(
    copies.map((copy) => readLines(engineOf(hosts, copy), copy, options, stop.signal, print)),
  );
}

async function readLines(
  docker: Docker,
  copy: Copy,
  { follow = false, tail = 100 }: LogOptions,
  signal: AbortSignal,
  print: (copy: Copy, line: string) => void,
): Promise<void> {
  const container = docker.getContainer(copy.container);
  const shared = { stdout: true, stderr: true, tail };
  const log = (line: string) => print(copy, line);
  if (follow) {
    const stream = await container.logs({ ...shared, follow: true });
    signal.addEventListener("abort", () => (stream as Readable).destroy());
    await eachLine(stream, log);
  } else {
    const whole = await container.logs({ ...shared, follow: false });
    await eachLine(Readable.from(whole), log);
  }
}

function nameOf({ host, service, number }: Copy): string {
  return `${host}/${service}-${number}`;
}

function engineOf(hosts: HostView[], copy: Copy): Docker {
  const view = hosts.find(({ request }) => request.name === copy.host);
  if (view === undefined) throw new Error(`no host ${copy.host}`);
  return view.docker;
}
