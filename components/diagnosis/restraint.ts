/**
 * What a program says when it may not do what it needs: writing outside of its volumes, and what takes a capability
 * that a service has not by default. Pure. The wordings are those of glibc, coreutils, nginx, gosu, su-exec, setpriv,
 * Node.js, Python, Java and Go.
 */
import { dirname } from "node:path/posix";
import type { Cause } from "./cause.ts";

interface Restraint {
  /** A line that says so. */
  says: RegExp;
  /** @param path the last one in that line; undefined without any. */
  explain(path: string | undefined): Cause;
}

const NOT_PERMITTED = String.raw`(operation not permitted|\bEPERM\b)`;

const RESTRAINTS: Restraint[] = [
  {
    says: /\bEROFS\b|read-only file ?system/i,
    explain: (path) => ({
      what: `it writes to ${path === undefined ? "a file" : `\`${path}\``}, and its root file system is read-only`,
      fix: `Give ${path === undefined ? "its folder" : folderOf(path)} as \`tmpfs\` or \`volume\`, or set \`readOnlyRoot: false\`.`,
    }),
  },
  lacking("chown(ing)?|changing ownership", ["CHOWN"], "changes the owner of files"),
  lacking(
    "chmod|changing permissions",
    ["FOWNER"],
    "changes the mode of files that are not its own",
  ),
  lacking(
    "set(res|re|fs|e)?[ug]id|setgroups|initgroups|failed switching to",
    ["SETGID", "SETUID"],
    "becomes another user",
  ),
  {
    says: /\b(bind|listen|make_sock)\b.*(permission denied|\bEACCES\b)|EACCES.*\blisten\b|permission denied.*\b(bind|make_sock)\b/i,
    explain: () => ({
      what: "it may not listen on its port",
      fix:
        "Have it listen on a port above 1023, or give it the capability: " +
        '`capabilities: { add: ["NET_BIND_SERVICE"] }`.',
    }),
  },
];

/** A call that takes capabilities. */
function lacking(call: string, capabilities: string[], does: string): Restraint {
  const list = capabilities.map((name) => `"${name}"`).join(", ");
  return {
    says: new RegExp(String.raw`(${call}).*${NOT_PERMITTED}|${NOT_PERMITTED}.*\b(${call})\b`, "i"),
    explain: (path) => ({
      what: `it ${does}${path === undefined ? "" : ` (\`${path}\`)`}, and has not the capability ${capabilities.join(" or ")}`,
      fix:
        `Give it, \`capabilities: { add: [${list}] }\`, or set a \`user\` who needs not do that. Images that ` +
        "start as root, prepare a folder and become another user need `CHOWN`, `SETGID` and `SETUID`.",
    }),
  };
}

/** The cause that the last such line of a log names; undefined without any. */
export function explainRestraint(logs: string): Cause | undefined {
  const lines = logs.split("\n").reverse();
  for (const line of lines) {
    const found = RESTRAINTS.find(({ says }) => says.test(line));
    if (found !== undefined) return found.explain(pathIn(line));
  }
  return undefined;
}

/** The last absolute path in a line: before it may stand that of the script that says so. */
function pathIn(line: string): string | undefined {
  return [...line.matchAll(/(?<![\w/.])\/[\w.@+-][^\s"'`‘’“”(),:;\]]*/g)].at(-1)?.[0];
}

function folderOf(path: string): string {
  const folder = dirname(path);
  return `\`${folder === "/" ? path : folder}\``;
}
