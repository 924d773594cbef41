/** A Docker engine on a machine that is reached by SSH: a real sshd, the system's ssh, and an engine of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { dockerClient } from "../../components/engine/client.ts";
import { connectHost } from "../../components/engine/engine-host.ts";
import type { ReleaseHost } from "../../components/engine/host.ts";
import { probeEngine } from "../../components/hosts/probe.ts";
import { sshArguments } from "../../components/ssh/options.ts";
import { forwardToHere } from "../../components/ssh/remote-forward.ts";
import type { SshTarget } from "../../components/ssh/target.ts";
import { MachineBench } from "../support/machine.ts";
import { ROOT } from "../support/test-stack.ts";

let bench: MachineBench;
let target: SshTarget;
let host: ReleaseHost;

beforeAll(async () => {
  bench = await MachineBench.create("ssh");
  target = await bench.machine("m1");
  host = connectHost("m1", { ssh: target });
});
afterAll(() => bench?.remove());

const logins = () => bench.logins("m1");
/** Names of a process's sockets that lead to machines. */
const sockets = (pid: number) =>
  readdirSync(join(homedir(), ".ssh")).filter((name) => name.includes(`.${pid}-`));

describe("an engine by SSH", () => {
  it("is used over one login, whatever is asked of it and how often", async () => {
    const docker = dockerClient({ ssh: target });
    const Image = await bench.lendBase(target);
    await docker.createContainer({ name: "one", Image, Cmd: ["sleep", "1000"] });
    await host.start("one");
    const asked = Array.from({ length: 12 }, () => host.inspect("one"));
    const running = (await Promise.all(asked)).map((view) => view?.running);
    expect(running).toEqual(Array.from({ length: 12 }, () => true));
    expect(await logins()).toBe(1);
  });

  it("is asked by a socket: nothing runs there for it, and it is gone with its process", async () => {
    const dialling = "pgrep -fc '[d]ial-stdio' || true";
    await host.inspect("one");
    expect(await bench.run("m1", dialling)).toBe("0\n");
    expect(sockets(process.pid)).toHaveLength(1);
    const ask = (end: string) => `
      import { connectHost } from "${ROOT}/components/engine/engine-host.ts";
      await connectHost("m1", ${JSON.stringify({ ssh: target })}).inspect("one");
      console.log(process.pid);
      ${end}`;
    const run = async (end: string) => {
      const options = { reject: false } as const;
      const args = ["--input-type=module", "-e", ask(end)];
      return Number((await execa(process.execPath, args, options)).stdout);
    };
    expect(sockets(await run(""))).toEqual([]);
    const killed = await run('process.kill(process.pid, "SIGKILL");');
    expect(sockets(killed)).toHaveLength(1);
    await run("");
    expect(sockets(killed)).toEqual([]);
    expect(await logins()).toBe(1);
  });

  it("is asked by sessions where sshd forwards to no socket, or the user's `docker` asks another engine", async () => {
    const again = async () => {
      await execa("ssh", ["-O", "exit", ...sshArguments(target)]);
      expect((await connectHost("m1", { ssh: target }).inspect("one"))?.running).toBe(true);
    };
    const dialling = () => bench.run("m1", "pgrep -fc '[d]ial-stdio' || true");
    const file = "/etc/ssh/sshd_config.d/no-forwarding.conf";
    await bench.run("m1", `echo DisableForwarding yes >${file}; systemctl reload ssh`);
    await again();
    await expect.poll(dialling).toBe("1\n");
    await bench.run("m1", `rm ${file}; systemctl reload ssh`);
    await again();
    await expect.poll(dialling).toBe("0\n");
    const context = "docker context create other --docker host=unix:///run/docker.sock";
    await bench.run("m1", `su deploy -c '${context} && docker context use other'`);
    await again();
    await expect.poll(dialling).toBe("1\n");
    await bench.run("m1", "rm -r ~deploy/.docker");
    await again();
    await expect.poll(dialling).toBe("0\n");
  });

  it("passes input to its end, output, and a large file", async () => {
    const input = "x".repeat(300_000);
    const { stdout, exitCode } = await host.exec("one", ["sh", "-c", "wc -c; exit 3"], input);
    expect({ stdout, exitCode }).toEqual({ stdout: "300000\n", exitCode: 3 });
    const file = { name: "big", content: "y".repeat(3_000_000), mode: 0o600, uid: 0, gid: 0 };
    await host.writeFiles("one", "/tmp", [file]);
    expect(await host.readFile("one", "/tmp/big")).toBe(file.content);
  });

  it("keeps a session open both ways, and ends it", async () => {
    const session = await host.session(
      "one",
      ["sh", "-c", "while read x; do echo got $x; done"],
      "",
    );
    session.send("a");
    expect(await session.next()).toBe("got a");
    session.send("b");
    expect(await session.next()).toBe("got b");
    await session.close();
    await session.ended;
  });

  it("goes on with an engine that has restarted", async () => {
    await bench.run("m1", "systemctl restart docker && docker start one");
    expect((await host.inspect("one"))?.running).toBe(true);
  });

  it("lets a process end by itself, and ends with a process that is killed", async () => {
    const before = await logins();
    const program = (rest: string) => `
      import { connectHost } from "${ROOT}/components/engine/engine-host.ts";
      const host = connectHost("m1", ${JSON.stringify({ ssh: target })});
      ${rest}`;
    const run = (rest: string) =>
      [process.execPath, ["--input-type=module", "-e", program(rest)]] as const;
    const { stdout } = await execa(...run('console.log((await host.inspect("one")).running);'), {
      timeout: 10_000,
    });
    expect(stdout).toBe("true");
    const holds = run(
      'await host.session("one", ["cat"], ""); console.log("open"); setInterval(() => {}, 1000);',
    );
    const child = spawn(...holds, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    const cats = () => bench.run("m1", "pgrep -xc cat || true");
    await expect.poll(cats).toBe("1\n");
    child.kill("SIGKILL");
    await expect.poll(cats, { timeout: 10_000 }).toBe("0\n");
    expect(await logins()).toBe(before);
  });

  it("has ports of this computer's loopback meanwhile, over the same login, or it is said why not", async () => {
    const before = await logins();
    const server = createServer((_, answer) => answer.end("from here"));
    onTestFinished(() => void server.close());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(await forwardToHere(target, [port])).toBeUndefined();
    expect(await forwardToHere(target, [port])).toBeUndefined();
    const ask = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3";
    const answer = await bench.run("m1", `exec 3<>/dev/tcp/127.0.0.1/${port}; ${ask}`);
    expect(answer).toContain("from here");
    expect(await logins()).toBe(before);
    expect(await forwardToHere(target, [22])).toMatch(/forwarding failed/);
  });

  it("that is reached through another machine is pinned there, too", async () => {
    const inner = await bench.machine("m2");
    const through = { ...inner, host: "m2", port: 22, jump: target };
    expect(await connectHost("m2", { ssh: through }).list("none")).toEqual([]);
    const other = { ...through, jump: { ...target, hostKey: inner.hostKey } };
    await expect(connectHost("m2", { ssh: other }).list("none")).rejects.toThrow(
      "does not have the host key that is pinned",
    );
  });
});

describe("what stands in the way", () => {
  const refusals: [string, (good: SshTarget, others: SshTarget) => SshTarget, string | RegExp][] = [
    [
      "another host key",
      (good, { hostKey }) => ({ ...good, hostKey }),
      /^The engine on host `web` does not answer: ssh:\/\/deploy@[\d.]+: the machine does not have the host key that is pinned \(ssh-ed25519\)\. Either it was set up anew/,
    ],
    [
      "a user that it does not know",
      (good) => ({ ...good, user: "nobody" }),
      "it refuses the login of `nobody` (it takes publickey",
    ],
    [
      "a key file that is not there",
      (good) => ({ ...good, identityFile: "/nowhere/id" }),
      "the private key /nowhere/id cannot be read (ENOENT)",
    ],
    [
      "a name without an address",
      (good) => ({ ...good, host: "nowhere.invalid" }),
      "no address is known for the name `nowhere.invalid`",
    ],
    [
      "a port where nobody listens",
      (good) => ({ ...good, port: 9 }),
      "nothing listens on port 9 there",
    ],
  ];
  it.each(refusals)("is named: %s", async (_, change, message) => {
    const web = connectHost("web", { ssh: change(target, { ...target, hostKey: OTHER_KEY }) });
    await expect(web.list("none")).rejects.toThrow(message);
  });

  it("is named: an engine that does not answer", async () => {
    await bench.run("m1", "pkill --signal STOP dockerd");
    await expect(probeEngine({ ssh: target }, 2000)).rejects.toThrow("No Docker engine: ");
    await bench.run("m1", "pkill --signal CONT dockerd");
    expect(await probeEngine({ ssh: target })).toMatchObject({ isLocal: false });
  });

  it("is named: an engine that does not run, no right to use it, no docker command", async () => {
    const ask = () => connectHost("web", { ssh: target }).list("none");
    await bench.run("m1", "systemctl stop docker.socket docker");
    await expect(ask()).rejects.toThrow("its Docker engine does not run");
    await bench.run(
      "m1",
      "systemctl start docker; chmod 600 /run/docker.sock; chown root: /run/docker.sock",
    );
    await expect(ask()).rejects.toThrow(
      "`deploy` may not use Docker there: add the user to the group `docker`",
    );
    await bench.run("m1", "mv /usr/bin/docker /usr/bin/docker.away");
    await expect(ask()).rejects.toThrow("it has no `docker` command: install Docker there");
  });
});

/** Of no machine. */
const OTHER_KEY = `ssh-ed25519 ${"A".repeat(68)}`;
