/** Why an engine could not start a container, from the engine's own words. Pure. */
import type { Cause } from "./cause.ts";

/** The cause in an engine's refusal to start a container. */
export function explainStart(reason: string): Cause {
  const text = reason.trim();
  for (const { pattern, cause } of KNOWN) {
    const match = pattern.exec(text);
    if (match !== null) return cause(match);
  }
  return {
    what: `cannot be started: ${text}`,
    fix: "These are the engine's own words; its log may say more.",
  };
}

const KNOWN: { pattern: RegExp; cause: (match: RegExpExecArray) => Cause }[] = [
  {
    pattern:
      /Bind for (\S+) failed: port is already allocated|listen tcp[46]? (\S+): bind: address already in use/,
    cause: (match) => ({
      what: `cannot be started: port ${match[1] ?? match[2]} is taken`,
      fix: "End what listens there, or choose another port.",
    }),
  },
  {
    pattern: /exec format error/,
    cause: () => ({
      what: "cannot be started: its command is not a program for this machine (exec format error)",
      fix: "Build the image for this host's platform; a script needs a first line such as `#!/bin/sh`.",
    }),
  },
  {
    pattern: /exec: "([^"]*)": (?:executable file not found|stat \S+ no such file|.*no such file)/,
    cause: ([, command]) => ({
      what: `cannot be started: its command \`${command}\` does not exist in the image`,
      fix: "Correct the service's `command`, or the image's CMD or ENTRYPOINT.",
    }),
  },
  {
    pattern: /exec: "([^"]*)": permission denied/,
    cause: ([, command]) => ({
      what: `cannot be started: its command \`${command}\` may not be executed`,
      fix: "Make it executable in the image (`RUN chmod +x …`), or choose another `user`.",
    }),
  },
  {
    pattern: /unable to find user (\S+): no matching entries/,
    cause: ([, user]) => ({
      what: `cannot be started: its user \`${user}\` is not in the image's /etc/passwd`,
      fix: "Set a numeric `user`, or add that one in the image.",
    }),
  },
  {
    pattern: /no such image|image not known/i,
    cause: () => ({
      what: "cannot be started: its image is missing on the host",
      fix: "Something removed it there. Run `pulumi up --refresh`, which pulls it again.",
    }),
  },
  {
    pattern: /no such container/i,
    cause: () => ({
      what: "cannot be started: its container was removed",
      fix: "Something removed it on the host. Run `pulumi up --refresh`, which creates it again.",
    }),
  },
  {
    pattern: /cannot allocate memory/,
    cause: () => ({
      what: "cannot be started: the machine has no memory left",
      fix: "Free memory on the host, lower the services' `memory`, or use a larger machine.",
    }),
  },
  {
    pattern: /no space left on device/,
    cause: () => ({
      what: "cannot be started: the machine's disk is full",
      fix: "Free space on the host, e.g. with `docker image prune -a`.",
    }),
  },
];
