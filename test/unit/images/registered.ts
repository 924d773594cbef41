/** A `TestedImage` in a git repository of its own, under Pulumi's mocks: what is registered, and with which inputs. */
import * as pulumi from "@pulumi/pulumi";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { TestedImage } from "../../../components/images/index.ts";
import { commitAll, gitIn, write } from "./temp.ts";
import type { TestedImageArgs } from "../../../components/images/args.ts";

export const SECRET = "4dabf18193072939515e22adb298388d";
export const DIGESTS: Record<string, string> = {
  "app-test": `sha256:${"1".repeat(64)}`,
  "app-release": `sha256:${"2".repeat(64)}`,
  app: `sha256:${"2".repeat(64)}`,
  "app-tag": `sha256:${"2".repeat(64)}`,
};

export interface Sent {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  dependencies: string[];
  parent: string;
  retainOnDelete: boolean;
}

export const project = mkdtempSync(join(tmpdir(), "longshore-images-"));
export const before = process.cwd();
export let Image: typeof TestedImage;
export let sent: Sent[] = [];
export let commit = "";

beforeAll(async () => {
  write(project, {
    "app/Dockerfile": "FROM scratch AS release\nFROM release AS test\n",
    "single/Dockerfile": "FROM scratch\n",
    "app/src": "source",
    ".gitignore": ".longshore\n",
    "ca.pem": "-----BEGIN CERTIFICATE-----\nUHJpdmF0ZQ==\n-----END CERTIFICATE-----\n",
  });
  gitIn(project, "init", "--quiet");
  commit = commitAll(project, "first");
  process.chdir(project);
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const one = sent.find((found) => found.name === name && found.type === type)!;
        one.inputs = inputs as Sent["inputs"];
        return { id: `${name}-id`, state: { ...(inputs as object), digest: DIGESTS[name] } };
      },
      call: () => ({}),
    },
    "project",
    "production",
  );
  const monitor = (pulumi.runtime as unknown as { getMonitor(): Monitor }).getMonitor();
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) => {
    const raw = request.toObject();
    sent.push({
      type: raw.type,
      name: raw.name,
      inputs: {},
      dependencies: raw.dependenciesList.map((urn) => urn.split("::").at(-1)!).sort(),
      parent: raw.parent.split("::").at(-1)!,
      retainOnDelete: raw.retainondelete ?? false,
    });
    return register(request, done);
  };
  ({ TestedImage: Image } = await import("../../../components/images/index.ts"));
});

beforeEach(() => {
  sent = [];
});

afterAll(() => {
  process.chdir(before);
  rmSync(project, { recursive: true, force: true });
});

interface Monitor {
  registerResource(request: { toObject(): Raw }, done: unknown): unknown;
}

interface Raw {
  type: string;
  name: string;
  parent: string;
  dependenciesList: string[];
  retainondelete?: boolean;
}

export const ARGS: TestedImageArgs = {
  context: "app",
  repository: "127.0.0.1:5055/identidock/app",
  builder: "longshore",
  ca: "ca.pem",
};

export async function build(args: Partial<TestedImageArgs> = {}): Promise<TestedImage> {
  const image = new Image("app", { ...ARGS, ...args });
  await (pulumi.runtime as unknown as { disconnect(): Promise<void> }).disconnect();
  return image;
}

export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** The inputs of a child, with secrets as `{ secret: value }`. */
export function inputsOf(name: string): Record<string, unknown> {
  const found = sent.find((one) => one.name === name && one.type !== COMPONENT);
  const reveal = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(reveal);
    if (SECRET in value) return { secret: reveal((value as { value?: unknown }).value) };
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
  };
  return reveal(found?.inputs) as Record<string, unknown>;
}

export const COMPONENT = "longshore:images:TestedImage";
export const IMAGE = "docker-build:index:Image";
export const CA = "-----BEGIN CERTIFICATE-----\nUHJpdmF0ZQ==\n-----END CERTIFICATE-----\n";

/** What a definition is refused with. */
export function failureOf(construct: () => unknown): pulumi.InputPropertiesError & {
  errors: { propertyPath: string; reason: string }[];
} {
  try {
    construct();
  } catch (error) {
    return error as ReturnType<typeof failureOf>;
  }
  throw new Error("It was taken.");
}
