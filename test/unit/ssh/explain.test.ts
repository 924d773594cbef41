/** What ssh says, and what is made of it. The words are those of OpenSSH 9.2 to 10 and Docker 20 to 28. */
import { describe, expect, it } from "vitest";
import { explainSsh } from "../../../components/ssh/explain.ts";

const target = { user: "deploy", host: "web.example", hostKey: "ssh-ed25519 AAAA" };
const ROWS: [words: string, explained: RegExp][] = [
  [
    "No ED25519 host key is known for web.example and you have requested strict checking.\nHost key verification failed.",
    /does not have the host key that is pinned \(ssh-ed25519\).*`ssh-keyscan -p 22 web\.example`/,
  ],
  [
    "Unable to negotiate with 192.0.2.1 port 22: no matching host key type found. Their offer: rsa-sha2-512,ssh-rsa",
    /has no host key of the pinned type ssh-ed25519, only rsa-sha2-512,ssh-rsa\. Set `hostKey`/,
  ],
  [
    "deploy@web.example: Permission denied (publickey,password).",
    /it refuses the login of `deploy` \(it takes publickey,password\)\. Add the key to the agent/,
  ],
  [
    "ssh: Could not resolve hostname web.example: Name or service not known",
    /no address is known for the name `web\.example`/,
  ],
  [
    "ssh: connect to host web.example port 22: Connection refused",
    /nothing listens on port 22 there/,
  ],
  [
    "ssh: connect to host web.example port 22: Connection timed out",
    /does not answer on port 22\. Is it on, and does its firewall let you in\?/,
  ],
  ["Connection timed out during banner exchange", /does not answer on port 22/],
  ["ssh: connect to host web.example port 22: No route to host", /does not answer on port 22/],
  [
    "kex_exchange_identification: read: Connection reset by peer",
    /the connection broke off\..*`MaxStartups`/,
  ],
  ["Timeout, server web.example not responding.", /the connection broke off/],
  ["bash: line 1: docker: command not found", /it has no `docker` command/],
  ["sh: 1: docker: not found", /it has no `docker` command/],
  [
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
    /`deploy` may not use Docker there: add the user to the group `docker`/,
  ],
  [
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    /its Docker engine does not run/,
  ],
  [
    "failed to connect to the docker API at unix:///var/run/docker.sock",
    /its Docker engine does not run/,
  ],
  ["dial unix /var/run/docker.sock: connect: connection refused", /its Docker engine does not run/],
  ["something else\nof two lines", /ssh ended with 255: something else of two lines$/],
  ["", /ssh ended with 255$/],
];

describe("what ssh says", () => {
  it.each(ROWS)("is explained: %s", (words, explained) => {
    const text = explainSsh(target, `${words}\n`, 255);
    expect(text).toMatch(/^ssh:\/\/deploy@web\.example: /);
    expect(text).toMatch(explained);
  });

  it("names the user's own key file where that is named, and a jump's port", () => {
    const refused = "deploy@web.example: Permission denied (publickey).";
    const own = { ...target, identityFile: import.meta.filename };
    expect(explainSsh(own, refused, 255)).toContain(
      `Put the public half of ${import.meta.filename} into ~deploy/`,
    );
    const none = { ...target, port: 2222, identityFile: "/nowhere/id" };
    expect(explainSsh(none, refused, 255)).toBe(
      "ssh://deploy@web.example:2222: the private key /nowhere/id cannot be read (ENOENT)",
    );
  });
});
