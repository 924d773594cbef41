/** Why a container has ended or does not start, concluded from what was seen, word by word. */
import { describe, expect, it } from "vitest";
import { type Ended, explainExit, runsOn } from "../../../components/diagnosis/exit.ts";
import { usedMemory } from "../../../components/engine/inspection.ts";
import { explainStart } from "../../../components/diagnosis/start.ts";

describe("explainExit", () => {
  const view = {
    name: "app-1",
    running: false,
    restarting: false,
    exitCode: 3,
    outOfMemory: false,
    restarts: 0,
    startedAt: 0,
    labels: {},
    addresses: [],
  };
  const ended = (changes: Partial<Ended["view"]>, more: Partial<Ended> = {}): Ended => ({
    view: { ...view, ...changes },
    facts: { digests: [], platform: "linux/amd64", memoryLimit: 64 * 1024 * 1024 },
    engine: { platform: "linux/amd64", memory: 2 ** 34 },
    logs: "",
    ...more,
  });
  const rows: [string, Ended, string, string][] = [
    ["an exit", ended({}), "exited with code 3", "Look at its log lines below."],
    [
      "an end without an error",
      ended({ exitCode: 0 }),
      "exited with code 0",
      "A service must stay in the foreground: give it a command that does not end.",
    ],
    [
      "one that is restarted again and again",
      ended({ restarts: 2, exitCode: 7 }),
      "exited with code 7 and was restarted (2 ×)",
      "Look at its log lines below.",
    ],
    [
      "one that runs again after a restart, whose code nobody knows",
      ended({ running: true, restarts: 1, exitCode: 0 }),
      "exited and was restarted (1 ×)",
      "Look at its log lines below.",
    ],
    [
      "one that may not do what it needs",
      ended({ exitCode: 1 }, { logs: "starting\nchown '/data': Operation not permitted" }),
      "exited with code 1, most likely because it changes the owner of files (`/data`), and has not the capability CHOWN",
      'Give it, `capabilities: { add: ["CHOWN"] }`, or set a `user` who needs not do that. Images that start as root, prepare a folder and become another user need `CHOWN`, `SETGID` and `SETUID`.',
    ],
    [
      "an end without an error, whatever it had to say before",
      ended({ exitCode: 0 }, { logs: "chown '/data': Operation not permitted" }),
      "exited with code 0",
      "A service must stay in the foreground: give it a command that does not end.",
    ],
    [
      "too much memory, whatever the code",
      ended({ outOfMemory: true, exitCode: 137 }),
      "was killed: it needed more memory than its limit of 64 MiB",
      "Raise the service's `memory`, or make it need less.",
    ],
    [
      "a kill that the engine does not explain",
      ended({ exitCode: 137 }),
      "was killed, most likely because it needed more memory than its limit of 64 MiB",
      "Raise the service's `memory`, or make it need less. If the machine's kernel log does not name it, somebody killed it by hand.",
    ],
    [
      "a kill without a limit",
      ended({ exitCode: 137 }, { facts: { digests: [], platform: "linux/amd64" } }),
      "exited with code 137",
      "It was killed by hand, or the machine ran out of memory: look at its kernel log.",
    ],
    [
      "another machine's image",
      ended({ exitCode: 127 }, { facts: { digests: [], platform: "linux/arm64" } }),
      "exited with code 127: its image is for linux/arm64, and the engine runs linux/amd64",
      "Build the image for linux/amd64 (`platforms`), or place the service on a host of linux/arm64.",
    ],
    [
      "another machine's program in an image that does not say so",
      ended({ exitCode: 1 }, { logs: "exec /server: exec format error" }),
      "exited with code 1: its command is not a program for linux/amd64 (exec format error)",
      "Build the program for this platform; a script needs a first line such as `#!/bin/sh`.",
    ],
    [
      "a command that is not there",
      ended(
        { exitCode: 127 },
        { logs: "[FATAL tini (8)] exec /nope failed: No such file or directory" },
      ),
      "exited with code 127: its command `/nope` does not exist in the image",
      "Correct the service's `command`, or the image's CMD or ENTRYPOINT.",
    ],
    [
      "a release command that is not there",
      ended(
        { exitCode: 127 },
        {
          logs: "[FATAL tini (8)] exec /migrate failed: No such file or directory",
          ran: "releaseCommand",
        },
      ),
      "exited with code 127: its command `/migrate` does not exist in the image",
      "Correct the service's `releaseCommand`, or the image's CMD or ENTRYPOINT.",
    ],
    [
      "a command that may not be executed",
      ended(
        { exitCode: 126 },
        { logs: "[FATAL tini (6)] exec /etc/passwd failed: Permission denied" },
      ),
      "exited with code 126: its command `/etc/passwd` may not be executed",
      "Make it executable in the image (`RUN chmod +x …`), or choose another `user`.",
    ],
    [
      "a container whose image is gone",
      ended({}, { facts: { digests: [] } }),
      "exited with code 3",
      "Look at its log lines below.",
    ],
  ];
  it.each(rows)("names %s", (_what, input, what, fix) => {
    expect(explainExit(input)).toEqual({ what, fix });
  });

  it("knows which machines run which programs", () => {
    expect(runsOn("linux/amd64", "linux/386")).toBe(true);
    expect(runsOn("linux/arm64", "linux/amd64")).toBe(false);
    expect(runsOn("linux/amd64", "windows/amd64")).toBe(false);
  });
});

describe("explainStart", () => {
  // What engine 20.10 and its runc said, and at the end what others say.
  const shim = "failed to create shim task: OCI runtime create failed: runc create failed: ";
  const exec = `${shim}unable to start container process: exec: `;
  const rows: [string, string][] = [
    [
      "driver failed programming external connectivity on endpoint x (0123): Bind for 127.0.0.1:8080 failed: port is already allocated",
      "cannot be started: port 127.0.0.1:8080 is taken",
    ],
    [
      "driver failed programming external connectivity on endpoint x (0123): Error starting userland proxy: listen tcp4 127.0.0.1:8080: bind: address already in use",
      "cannot be started: port 127.0.0.1:8080 is taken",
    ],
    [
      `${exec}"/nope": stat /nope: no such file or directory: unknown`,
      "cannot be started: its command `/nope` does not exist in the image",
    ],
    [
      `${exec}"nope": executable file not found in $PATH: unknown`,
      "cannot be started: its command `nope` does not exist in the image",
    ],
    [
      `${exec}"/etc/passwd": permission denied: unknown`,
      "cannot be started: its command `/etc/passwd` may not be executed",
    ],
    [
      `${exec}"/server": exec format error: unknown`,
      "cannot be started: its command is not a program for this machine (exec format error)",
    ],
    [
      "unable to find user nobody-here: no matching entries in passwd file",
      "cannot be started: its user `nobody-here` is not in the image's /etc/passwd",
    ],
    ["No such image: sha256:0123", "cannot be started: its image is missing on the host"],
    ["No such container: app-1", "cannot be started: its container was removed"],
    ["something else\n", "cannot be started: something else"],
  ];
  it.each(rows)("reads %s", (reason, what) => {
    const cause = explainStart(reason);
    expect(cause.what).toBe(what);
    expect(cause.fix).toMatch(/^[A-Z].*\.$/);
  });
});

describe("usedMemory", () => {
  it("leaves the page cache out, by the names of cgroup v1 and v2", () => {
    const v1 = { total_inactive_file: 30, total_active_file: 20, inactive_file: 7, active_file: 7 };
    expect(usedMemory({ usage: 100, stats: v1 })).toBe(50);
    expect(usedMemory({ usage: 100, stats: { inactive_file: 10, active_file: 5 } })).toBe(85);
    expect(usedMemory({ usage: 100 })).toBe(100);
    expect(usedMemory({})).toBeUndefined();
  });

  it("is unknown for a container that ends while it is asked: the engine then leaves the part out", () => {
    expect(usedMemory(undefined)).toBeUndefined();
  });
});
