// The npm package as its users get it: packed, installed in an empty project, type-checked and
// previewed there. Nothing here runs on this project's own node_modules.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureToolchain } from "../../toolchain/index.ts";
import { TestAuthority } from "../support/certificates.ts";
import { manifest, root } from "../unit/repo/project.ts";

const PREFIX = "longshore-e2e-pack-";
const DIGEST = "a".repeat(64);
const PROGRAM = `
import { Fleet } from "longshore/fleet";
import { LocalHost } from "longshore/hosts";
import { app, cache, defineServices, proxy } from "longshore";

const image = (name: string) => \`registry.example/\${name}@sha256:${DIGEST}\`;
const services = defineServices({
  proxy: proxy({ image: image("proxy"), routes: [{ to: "web" }] }),
  web: app({ image: image("web"), port: 9090, replicas: 2, links: ["store"] }),
  store: cache({ image: image("store"), port: 6379, volume: { name: "data", at: "/data" } }),
});
const fleet = new Fleet("shop", { services, hosts: [new LocalHost("local")] });
export const urls = fleet.urls;
`;

let folder: string;
let tarball: string;

/** A command in the scratch folder, with what it printed. Environment of npm's own is left out. */
async function run(project: string, command: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|NODE_OPTIONS)/.test(name)),
  );
  const options = { cwd: join(folder, project), env: { ...clean, ...env }, extendEnv: false };
  const result = await execa(command, args, {
    ...options,
    all: true,
    reject: false,
    stdin: "ignore",
  });
  return { exitCode: result.exitCode, output: result.all };
}

/** An empty project with the package and these others installed in it. */
async function makeProject(name: string, packages: string[]): Promise<void> {
  const project = join(folder, name);
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  const compilerOptions = { module: "nodenext", target: "es2023", strict: true, noEmit: true };
  const tsconfig = { compilerOptions: { ...compilerOptions, types: ["node"] } };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(tsconfig));
  const wanted = [...packages, "typescript", "@types/node"].map((dependency) => {
    return `${dependency}@${manifest.devDependencies[dependency] ?? ""}`;
  });
  const flags = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  const installed = await run(name, "npm", ["install", ...flags, tarball, ...wanted]);
  if (installed.exitCode !== 0) throw new Error(installed.output);
}

async function typeCheck(project: string, source: string) {
  writeFileSync(join(folder, project, "program.ts"), source);
  return run(project, join("node_modules", ".bin", "tsc"), ["--skipLibCheck"]);
}

beforeAll(async () => {
  for (const left of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    rmSync(join(tmpdir(), left), { recursive: true, force: true });
  }
  folder = mkdtempSync(join(tmpdir(), PREFIX));
  // A copy, so that packing leaves no dist/ in the working tree.
  const copy = join(folder, "source");
  mkdirSync(copy);
  for (const entry of [
    "components",
    "index.ts",
    "package.json",
    "tsconfig.json",
    "LICENSE",
    "CHANGELOG.md",
    "README.md",
  ].filter((file) => existsSync(join(root, file)))) {
    cpSync(join(root, entry), join(copy, entry), { recursive: true });
  }
  await execa("ln", ["-s", join(root, "node_modules"), join(copy, "node_modules")]);
  const packed = await run("source", "npm", ["pack", "--pack-destination", folder]);
  if (packed.exitCode !== 0) throw new Error(packed.output);
  tarball = join(folder, `longshore-0.1.0.tgz`);
  await makeProject("bare", ["@pulumi/pulumi"]);
  await makeProject("full", ["@pulumi/pulumi", ...providers]);
}, 300_000);

const providers = Object.keys(manifest.peerDependenciesMeta);
const exported = Object.keys(manifest.exports).filter((path) => path !== "./package.json");
/** Programs run when they are imported; nobody but the library's own resources does that. */
const isProgram = (path: string) => path.startsWith("./programs/");
const subpaths = exported.filter((path) => !isProgram(path));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the packed library", () => {
  it("holds compiled code, types and the files they read, and nothing else of the project", async () => {
    const { stdout } = await execa("tar", ["-tzf", tarball]);
    const files = stdout.split("\n").map((file) => file.replace(/^package\//, ""));
    const other = files.filter((file) => !file.startsWith("dist/")).sort();
    expect(other).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
    expect(files).toContain("dist/services/index.d.ts");
    const assets = readdirSync(join(root, "components"), { recursive: true, encoding: "utf8" });
    const wanted = assets.filter((file) => /\.(sh|eta|cfg)$|Dockerfile$/.test(file));
    expect(wanted.length).toBeGreaterThan(0);
    for (const file of wanted) expect(files).toContain(`dist/${file}`);
    expect(files.filter((file) => /(?<!\.d)\.ts$|\.test\.|build\.mjs|tsconfig/.test(file))).toEqual(
      [],
    );
  });

  it("needs no provider for the definition of services", async () => {
    const source = `import { app, defineServices } from "longshore/services";
      export const services = defineServices({
        web: app({ image: "registry.example/web@sha256:${DIGEST}", port: 9090 }),
      });
      console.log(services.list.map((service) => service.name).join());`;
    expect(await typeCheck("bare", source)).toEqual({ exitCode: 0, output: "" });
    expect(await run("bare", process.execPath, ["program.ts"])).toEqual({
      exitCode: 0,
      output: "web",
    });
    // The providers really are not there.
    const missing = await run("bare", process.execPath, ["-e", 'import("longshore/fleet")']);
    expect(missing.exitCode).not.toBe(0);
    expect(missing.output).toContain("Cannot find package '@pulumi/docker'");
  });

  it("resolves every subpath with code and types", async () => {
    expect(subpaths.length).toBeGreaterThan(3);
    for (const path of subpaths) {
      const name = path.replace(/^\./, "longshore");
      const code = `import("${name}").then((m) => console.log(Object.keys(m).length > 0))`;
      expect(await run("full", process.execPath, ["-e", code]), name).toEqual({
        exitCode: 0,
        output: "true",
      });
    }
    const imports = subpaths.map((path, index) => {
      return `export * as part${index} from "${path.replace(/^\./, "longshore")}";`;
    });
    expect(await typeCheck("full", imports.join("\n"))).toEqual({ exitCode: 0, output: "" });
  });

  it("starts its own programs by their names", async () => {
    const { exitCode, output } = await run("full", process.execPath, [
      ...["--input-type=module", "-e", 'import "longshore/programs/release";'],
    ]);
    // Without a request on its standard input.
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: "Unexpected end of JSON input" });
  });

  it("type-checks a program, and refuses one that is wrong", async () => {
    expect(await typeCheck("full", PROGRAM)).toEqual({ exitCode: 0, output: "" });
    const wrong = await typeCheck("full", PROGRAM.replace("port: 9090", 'port: "9090"'));
    expect(wrong.exitCode).not.toBe(0);
    expect(wrong.output).toContain("Type 'string' is not assignable to type 'number'");
  });

  it("previews that program with a state of its own", async () => {
    writeFileSync(
      join(folder, "full", "Pulumi.yaml"),
      "name: shop\nmain: program.ts\nruntime: { name: nodejs, options: { typescript: false } }\n",
    );
    writeFileSync(join(folder, "full", "program.ts"), PROGRAM);
    const { output, containers } = await preview("try", {});
    expect(containers).toBe(5);
    // Not by a path, which may hold a version: the next one would show as a release.
    expect(output).toContain('import \\"longshore/programs/release\\";');
  });
});

describe("the examples", () => {
  const authority = new TestAuthority();
  const pair = authority.issue("DNS:shop.example.com");
  authority.remove();
  const image = `registry.example/any@sha256:${DIGEST}`;
  const given = {
    webImage: image,
    proxyImage: image,
    storeImage: image,
    registry: "registry.example",
  };
  const examples: Record<string, number> = {
    "one-service": 3,
    "app-and-cache": 5,
    canary: 4,
    https: 3,
    transforms: 3,
  };

  beforeAll(async () => {
    // What app-and-cache builds: an image's tag is its commit.
    const web = join(folder, "full", "web");
    mkdirSync(web);
    writeFileSync(join(web, "Dockerfile"), "FROM scratch AS release\nFROM release AS test\n");
    const git = ["-c", "user.name=e2e", "-c", "user.email=e2e@longshore.invalid"];
    for (const args of [
      ["init", "-q"],
      ["add", "web"],
      [...git, "commit", "-qm", "web"],
    ]) {
      await execa("git", args, { cwd: join(folder, "full") });
    }
  });

  it("are these, and have a line each in their README", () => {
    const folders = readdirSync(join(root, "examples"), { withFileTypes: true });
    const names = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(names.sort()).toEqual(Object.keys(examples).sort());
    const readme = readFileSync(join(root, "examples/README.md"), "utf8");
    for (const name of names) expect(readme).toContain(`[${name}](${name}/index.ts)`);
  });

  it.each(Object.entries(examples))(
    "%s is right and can be previewed",
    async (name, containers) => {
      cpSync(join(root, "examples", name), join(folder, "full"), { recursive: true });
      rmSync(join(folder, "full", "program.ts"), { force: true });
      const checked = await run("full", join("node_modules", ".bin", "tsc"), ["--skipLibCheck"]);
      expect(checked).toEqual({ exitCode: 0, output: "" });
      const found = await preview(
        name,
        { ...given, certificate: pair.certificate },
        { sessionKey: "of this test alone", tlsKey: pair.key },
      );
      expect(found.containers).toBe(containers);
      if (name === "transforms") expect(found.output.match(/"cpuSet": "0"/g)).toHaveLength(1);
    },
  );
});

/** A preview of what is in the folder `full`, as a new stack. */
async function preview(
  stack: string,
  plain: Record<string, string>,
  secret: Record<string, string> = {},
): Promise<{ output: string; containers: number }> {
  const toolchain = await ensureToolchain();
  const backend = join(folder, "state");
  mkdirSync(backend, { recursive: true });
  const env = {
    ...toolchain.env,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: "of this test",
    // Never contacted: a preview of new resources asks no engine.
    DOCKER_HOST: "unix:///nonexistent/docker.sock",
  };
  const pulumi = async (...args: string[]) => {
    const { exitCode, output } = await run("full", toolchain.pulumi, args, env);
    expect(exitCode, output).toBe(0);
    return output ?? "";
  };
  await pulumi("stack", "init", stack);
  const on = ["--stack", stack];
  for (const [key, value] of Object.entries(plain))
    await pulumi("config", "set", ...on, "--", key, value);
  for (const [key, value] of Object.entries(secret)) {
    await pulumi("config", "set", "--secret", ...on, "--", key, value);
  }
  const output = await pulumi("preview", "--json", "--non-interactive", ...on);
  const types = [...output.matchAll(/"type":\s*"([^"]+)"/g)].map((match) => match[1]);
  expect(types).toContain("longshore:fleet:Fleet");
  const containers = types.filter((type) => type === "docker:index/container:Container").length;
  return { output, containers };
}
