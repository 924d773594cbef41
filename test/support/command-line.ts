/**
 * A program of one service behind a proxy, the command line on its stack, and what it gave the copy of
 * `web` that serves.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { TestStack } from "./test-stack.ts";

export interface Told {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A row of `longshore releases --json`, as far as the tests ask. */
export interface Release {
  release: number;
  services: Record<string, string>;
  images: Record<string, string>;
  status: string;
  rollbackTo?: number;
}

/**
 * The program: `web`, built from identidock's worker, and a proxy.
 * @param options.repository what its images' names begin with in the registry.
 * @param options.greeting an expression: what `web` has in its environment.
 */
export function program({
  repository,
  greeting,
}: {
  repository: string;
  greeting: string;
}): string {
  return `
import * as pulumi from "@pulumi/pulumi";
import { Fleet, proxyContext } from "./components/fleet/index.ts";
import { LocalHost } from "./components/hosts/index.ts";
import { TestedImage } from "./components/images/index.ts";
import { app, defineServices, proxy } from "./components/services/index.ts";
import { readSettings } from "./settings.ts";

const settings = readSettings();
const build = (name: string, context: string) =>
  new TestedImage(name, {
    context,
    repository: \`\${settings.registry}/${repository}/\${name}\`,
    builder: settings.builder,
    allowDirty: true,
  });
const services = defineServices({
  proxy: proxy({
    image: build("proxy", proxyContext),
    routes: [{ to: "web" }],
    port: settings.httpPort,
    statusPage: { port: settings.statusPort },
  }),
  web: app({
    image: build("web", "identidock/dnmonster"),
    port: 8080,
    healthCheck: { path: "/health" },
    environment: { GREETING: ${greeting}, "spring.profiles.active": "prod" },
    secrets: { TOKEN: settings.sessionKey },
    entrypoint: ["node"],
    command: ["dist/src/main.js"],
    hostname: "web-of-cli",
    extraHosts: { "ldap.internal": "10.1.0.7" },
    ulimits: { nofile: { soft: 2048, hard: 4096 }, core: 0 },
    sysctls: { "net.core.somaxconn": "321" },
    shmSize: 32,
    pidsLimit: 300,
    labels: { "com.example.team": "shop" },
    bindMounts: [{ from: process.cwd() + "/identidock", at: "/sources" }],
    devices: [{ from: "/dev/zero", at: "/dev/nought", permissions: "r" }],
  }),
});
export const report = new Fleet("shop", {
  services,
  hosts: [new LocalHost("local")],
  bindRoots: [process.cwd()],
}).report;
`;
}

/** Where the command line leaves its instructions while it works on the stack. */
export function tempFolder({ folder }: TestStack): string {
  const temp = join(folder, ".longshore", "tmp");
  mkdirSync(temp, { recursive: true });
  return temp;
}

/**
 * Runs `longshore` in the stack's copy of the project, with the stack's configuration.
 * @param options.named the arguments name the stack already.
 */
export async function longshore(
  stack: TestStack,
  args: string[],
  options: { named?: boolean; input?: string; noticed?: (text: string) => void } = {},
): Promise<Told> {
  const end = args.indexOf("--");
  const at = end === -1 ? args.length : end;
  const named = options.named ? [] : ["--stack", stack.name];
  const common = ["--config-file", stack.configFile, ...named];
  const all = [...args.slice(0, at), ...common, ...args.slice(at)];
  const main = join(stack.folder, "components/cli/main.ts");
  const running = execa(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...all], {
    cwd: stack.folder,
    env: { ...stack.env, TMPDIR: tempFolder(stack) },
    reject: false,
    input: options.input ?? "",
  });
  running.stderr.on("data", (data: Buffer) => options.noticed?.(data.toString()));
  const { exitCode, stdout, stderr } = await running;
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

/** What the container behind the proxy has: asked for in it, so that nothing prints a secret. */
export async function serving(stack: TestStack): Promise<{ GREETING: string; TOKEN: string }> {
  const copies = ((await stack.containers()).web ?? []).filter(({ running }) => running);
  if (copies.length !== 1) throw new Error(`${copies.length} copies of web run`);
  const answer = await status(stack);
  if (answer !== 200) throw new Error(`the proxy answers ${answer}`);
  const exec = await stack.docker.getContainer(copies[0]?.id ?? "").exec({
    Cmd: ["sh", "-c", 'printf "%s " "$GREETING"; cat "$TOKEN_FILE"'],
    AttachStdout: true,
    Tty: true,
  });
  const chunks: Buffer[] = [];
  for await (const chunk of await exec.start({ Tty: true })) chunks.push(chunk as Buffer);
  const [greeting = "", token = ""] = Buffer.concat(chunks).toString().trim().split(" ");
  return { GREETING: greeting, TOKEN: token };
}

/** What a visitor with a new connection gets. */
export async function status({ url }: TestStack): Promise<number> {
  return (await fetch(`${url}/health`, { headers: { connection: "close" } })).status;
}
