/** How ssh is called. What it does then is tried in test/e2e/ssh.test.ts. */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { sshArguments, sshOptions } from "../../../components/ssh/options.ts";
import { type SshTarget, sshUrl } from "../../../components/ssh/target.ts";

const KEY = `ssh-ed25519 ${"A".repeat(68)}`;
const web: SshTarget = { user: "deploy", host: "203.0.113.7", hostKey: KEY };
/** Options by name, as ssh itself reads them: `-G` prints them and connects to nobody. */
const read = (target: SshTarget) => {
  const args = sshArguments(target);
  const text = execFileSync("ssh", ["-G", "-F", "/dev/null", ...args], { encoding: "utf8" });
  const lines = text.split("\n").map((line) => line.split(/ (.*)/s));
  return Object.fromEntries(lines.map(([name = "", value = ""]) => [name, value]));
};

describe("ssh", () => {
  it("is told where to, and to trust nothing but the pinned key", () => {
    expect(sshUrl(web)).toBe("ssh://deploy@203.0.113.7");
    expect(sshUrl({ ...web, host: "2001:db8::7", port: 2222 })).toBe(
      "ssh://deploy@[2001:db8::7]:2222",
    );
    expect(read({ ...web, port: 2222 })).toMatchObject({
      ...{ user: "deploy", hostname: "203.0.113.7", port: "2222", batchmode: "yes" },
      ...{ stricthostkeychecking: "true", userknownhostsfile: "/dev/null" },
      ...{ globalknownhostsfile: "/dev/null", hostkeyalgorithms: "ssh-ed25519" },
      ...{ knownhostscommand: `/bin/echo %H ${KEY}`, updatehostkeys: "false" },
      ...{ forwardagent: "no", controlmaster: "auto", controlpersist: "60" },
    });
    expect(sshArguments(web, ["docker", "info"]).slice(-4)).toEqual([
      ...["--", "ssh://deploy@203.0.113.7", "docker", "info"],
    ]);
  });

  it("takes the newer signatures of an RSA key alone, and only the key that is named", () => {
    const rsa = { ...web, hostKey: "ssh-rsa AAAA" };
    expect(read(rsa).hostkeyalgorithms).toBe("rsa-sha2-512,rsa-sha2-256");
    expect(read({ ...web, identityFile: "/keys/id" })).toMatchObject({
      ...{ identityfile: "/keys/id", identitiesonly: "yes" },
    });
  });

  it("shares a connection only with whoever pins the same keys on the same way", () => {
    const path = (target: SshTarget) => read(target).controlpath;
    const others: SshTarget[] = [
      { ...web, hostKey: `${KEY}B` },
      { ...web, user: "root" },
      { ...web, identityFile: "/keys/id" },
      { ...web, jump: web },
      { ...web, jump: { ...web, hostKey: `${KEY}B` } },
    ];
    expect(path({ ...web, port: 22 })).toBe(path(web));
    expect(new Set([web, ...others].map(path)).size).toBe(6);
    expect(sshOptions(web).join()).toContain("ControlPath=~/.ssh/longshore-");
  });

  it("passes through a machine with all of that one's options, past ssh's tokens and the shell", () => {
    const jump: SshTarget = { ...web, host: "gate", identityFile: "/my keys/o'id" };
    const command = read({ ...web, jump }).proxycommand ?? "";
    // As ssh does: tokens first, then a shell.
    const expanded = command
      .replaceAll("%h", "203.0.113.7")
      .replaceAll("%p", "22")
      .replaceAll("%%", "%");
    const words = execFileSync("sh", ["-c", `printf '%s\\n' ${expanded}`], { encoding: "utf8" });
    const own = sshOptions(jump);
    expect(words.trimEnd().split("\n")).toEqual([
      ...["ssh", ...own, "-W", "[203.0.113.7]:22", "--", "ssh://deploy@gate"],
    ]);
  });
});
