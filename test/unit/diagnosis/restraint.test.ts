// What programs say when they may not do what they need, in the words of each.
import { describe, expect, it } from "vitest";
import { explainRestraint } from "../../../components/diagnosis/restraint.ts";

const readOnly = (path: string, folder: string) => ({
  what: `it writes to \`${path}\`, and its root file system is read-only`,
  fix: `Give \`${folder}\` as \`tmpfs\` or \`volume\`, or set \`readOnlyRoot: false\`.`,
});

describe("a read-only root file system", () => {
  it.each([
    [
      'nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (30: Read-only file system)',
      "/var/cache/nginx/client_temp",
      "/var/cache/nginx",
    ],
    ["Error: EROFS: read-only file system, open '/app/cache.json'", "/app/cache.json", "/app"],
    [
      "mkdir: cannot create directory ‘/var/run/app’: Read-only file system",
      "/var/run/app",
      "/var/run",
    ],
    [
      "/docker-entrypoint.sh: line 27: /etc/app/app.conf: Read-only file system",
      "/etc/app/app.conf",
      "/etc/app",
    ],
    ["OSError: [Errno 30] Read-only file system: '/srv/site/tmp'", "/srv/site/tmp", "/srv/site"],
    [
      "java.io.FileNotFoundException: /opt/app/gc.log (Read-only file system)",
      "/opt/app/gc.log",
      "/opt/app",
    ],
    [
      'FATAL:  could not create lock file "/var/run/postgresql/.s.PGSQL.5432.lock": Read-only file system',
      "/var/run/postgresql/.s.PGSQL.5432.lock",
      "/var/run/postgresql",
    ],
    ["touch: cannot touch '/ready': Read-only file system", "/ready", "/ready"],
  ])("%s", (line, path, folder) => {
    expect(explainRestraint(`starting\n${line}\n`)).toEqual(readOnly(path, folder));
  });

  it("is named without a path where the program names none", () => {
    expect(explainRestraint("write failed: Read-only file system")?.fix).toBe(
      "Give its folder as `tmpfs` or `volume`, or set `readOnlyRoot: false`.",
    );
  });
});

describe("a capability", () => {
  it.each([
    ["chown: changing ownership of '/var/lib/postgresql/data': Operation not permitted", "CHOWN"],
    ['nginx: [emerg] chown("/var/cache/nginx", 101) failed (1: Operation not permitted)', "CHOWN"],
    ["Error: EPERM: operation not permitted, chown '/data'", "CHOWN"],
    [
      "tar: ./index.php: Cannot change ownership to uid 33, gid 33: Operation not permitted",
      "CHOWN",
    ],
    ["chmod: changing permissions of '/var/lib/data': Operation not permitted", "FOWNER"],
    ["tar: .: Cannot change mode to rwxr-xr-x: Operation not permitted", "FOWNER"],
    ["tar: .: Cannot utime: Operation not permitted", "FOWNER"],
    ['error: failed switching to "redis": operation not permitted', "SETGID or SETUID"],
    ["su-exec: setgroups(999): Operation not permitted", "SETGID or SETUID"],
    ["setpriv: setresuid failed: Operation not permitted", "SETGID or SETUID"],
    ["nginx: [emerg] setgid(101) failed (1: Operation not permitted)", "SETGID or SETUID"],
    [
      "(1)Operation not permitted: AH02156: setgid: unable to set group id to Group 33",
      "SETGID or SETUID",
    ],
    ["initgroups(www-data, 33) failed (1: Operation not permitted)", "SETGID or SETUID"],
  ])("%s", (line, capability) => {
    expect(explainRestraint(line)?.what).toMatch(
      new RegExp(`has not the capability ${capability}$`),
    );
  });

  it("for its port is named with another way", () => {
    for (const line of [
      "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)",
      "Error: listen EACCES: permission denied 0.0.0.0:80",
      "listen tcp :80: bind: permission denied",
      "(13)Permission denied: AH00072: make_sock: could not bind to address 0.0.0.0:80",
    ]) {
      expect(explainRestraint(line), line).toEqual({
        what: "it may not listen on its port",
        fix:
          "Have it listen on a port above 1023, or give it the capability: " +
          '`capabilities: { add: ["NET_BIND_SERVICE"] }`.',
      });
    }
  });

  it("and the file are named in whole", () => {
    expect(
      explainRestraint("chown: changing ownership of '/data': Operation not permitted"),
    ).toEqual({
      what: "it changes the owner of files (`/data`), and has not the capability CHOWN",
      fix:
        'Give it, `capabilities: { add: ["CHOWN"] }`, or set a `user` who needs not do that. Images that start as ' +
        "root, prepare a folder and become another user need `CHOWN`, `SETGID` and `SETUID`.",
    });
  });
});

it("all capabilities that a log tells the want of are in one fix", () => {
  const cause = explainRestraint(
    "tar: .: Cannot change ownership to uid 33, gid 33: Operation not permitted\n" +
      "tar: .: Cannot change mode to rwxr-xr-x: Operation not permitted\n" +
      "tar: Exiting with failure status due to previous errors",
  );
  expect(cause?.what).toContain("FOWNER");
  expect(cause?.fix).toContain('`capabilities: { add: ["CHOWN", "FOWNER"] }`');
});

describe("a file of another user", () => {
  it.each([
    ["find: '/var/lib/postgresql/data': Permission denied", "/var/lib/postgresql/data"],
    ["find: ‘/var/lib/postgresql/data’: Permission denied", "/var/lib/postgresql/data"],
    ["cat: /run/secrets/TOKEN: Permission denied", "/run/secrets/TOKEN"],
    [
      'nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (13: Permission denied)',
      "/var/cache/nginx/client_temp",
    ],
    [
      "(13)Permission denied: AH00091: apache2: could not open error log file /var/log/apache2/error.log.",
      "/var/log/apache2/error.log",
    ],
    [
      "PHP Warning:  file_get_contents(/run/secrets/KEY): Failed to open stream: Permission denied in /srv/a.php on line 5",
      "/run/secrets/KEY",
    ],
    ["Error: EACCES: permission denied, open '/data/app.db'", "/data/app.db"],
    ["PermissionError: [Errno 13] Permission denied: '/data/app.db'", "/data/app.db"],
    ["panic: open /data/app.db: permission denied", "/data/app.db"],
    ["java.io.FileNotFoundException: /data/gc.log (Permission denied)", "/data/gc.log"],
    ["java.nio.file.AccessDeniedException: /data/gc.log", "/data/gc.log"],
  ])("%s", (line, path) => {
    expect(explainRestraint(line)).toEqual({
      what: `it may not use \`${path}\`, which belongs to another user`,
      fix:
        "Set the `user` to whom it belongs. Root without capabilities is a user like others: where it must read " +
        'files of others, `capabilities: { add: ["DAC_READ_SEARCH"] }`; where it must write them, `["DAC_OVERRIDE"]`.',
    });
  });
});

it("the last word counts", () => {
  const logs =
    "setgid(101) failed (1: Operation not permitted)\nEROFS: read-only file system, open '/a/b'";
  expect(explainRestraint(logs)).toEqual(readOnly("/a/b", "/a"));
});

it.each([
  "cannot connect to redis: connection refused",
  "permission denied for table users",
  "GET /admin: 403, permission denied for anna",
  "can not modify /etc/nginx/conf.d/default.conf (read-only file system?)",
  "the operation was not permitted by the policy",
  "",
])("nothing is read into: %s", (line) => {
  expect(explainRestraint(line)).toBeUndefined();
});
