/** Where sockets that lead to a machine's are, and which of them nobody needs. What they do is tried in test/e2e/ssh.test.ts. */
import { describe, expect, it } from "vitest";
import { leftSockets, socketPath } from "../../../components/ssh/forwarded-socket.ts";

const CONNECTION = "longshore-0123456789abcdef";

describe("a socket that leads to a machine's", () => {
  it("is beside the connection's own, with its process's number", () => {
    expect(socketPath("/var/lib/ada/.ssh", CONNECTION, 4711, 2)).toBe(
      `/var/lib/ada/.ssh/${CONNECTION}.4711-2`,
    );
  });

  it.each([
    ["has more bytes than a socket's path may have", `/var/lib/${"a".repeat(70)}/.ssh`],
    ["has what divides an address", "/var/lib/a:b/.ssh"],
    ["has what ssh replaces", "/var/lib/%h/.ssh"],
    ["has a blank", "/var/lib/a b/.ssh"],
  ])("is not there where its path %s", (_, folder) => {
    expect(socketPath(folder, CONNECTION, 4711, 1)).toBeUndefined();
  });

  it("is removed by others when its process has been killed, and nothing else is", () => {
    const running = `${CONNECTION}.1-1`;
    const left = [`${CONNECTION}.7-1`, `${CONNECTION}.7-12`];
    const others = [CONNECTION, `${CONNECTION}.pub`, "id_ed25519", "known_hosts.7-1"];
    expect(leftSockets([...others, running, ...left], (pid) => pid === 1)).toEqual(left);
  });
});
