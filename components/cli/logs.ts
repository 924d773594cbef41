/** `longshore logs`: what the copies of a service print, from all hosts, each line with its copy. */
import { PassThrough, type Readable, type Writable } from "node:stream";
import { createInterface } from "node:readline";
import type Docker from "dockerode";
import type { CommonOptions, Terminal } from "./context.ts";
import { type Copy, type HostView, copiesOf, viewHosts } from "./hosts.ts";
import { openStack } from "./stack.ts";

export interface LogOptions extends CommonOptions {
  follow?: boolean;
  /** Lines of each copy. @default 100 */
  tail?: number;
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
  const print = (copy: Copy, line: string) =>
    terminal.out(
      options.json
        ? JSON.stringify({ host: copy.host, service: copy.service, copy: copy.number, line })
        : `${nameOf(copy).padEnd(width)} | ${line}`,
    );
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
  const merged = new PassThrough();
  if (follow) {
    const stream = await container.logs({ ...shared, follow: true });
    signal.addEventListener("abort", () => (stream as Readable).destroy());
    split(docker, stream, merged);
  } else {
    const whole = await container.logs({ ...shared, follow: false });
    const source = new PassThrough();
    split(docker, source, merged);
    source.end(whole);
  }
  for await (const line of createInterface({ input: merged })) print(copy, line);
}

/** Takes Docker's frames apart: both streams of the container into one. */
function split(docker: Docker, source: NodeJS.ReadableStream, target: Writable): void {
  (
    docker.modem as { demuxStream(s: NodeJS.ReadableStream, o: Writable, e: Writable): void }
  ).demuxStream(source, target, target);
  source.once("end", () => target.end());
  source.once("close", () => target.end());
}

function nameOf({ host, service, number }: Copy): string {
  return `${host}/${service}-${number}`;
}

function engineOf(hosts: HostView[], copy: Copy): Docker {
  const view = hosts.find(({ request }) => request.name === copy.host);
  if (view === undefined) throw new Error(`no host ${copy.host}`);
  return view.docker;
}
