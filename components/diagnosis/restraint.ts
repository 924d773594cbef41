/**
 * What a program says when it may not do what it needs: writing outside of its volumes, what takes a capability that a
 * service has not by default, and files of another user. Pure. The wordings are those of glibc, coreutils, tar, nginx,
 * Apache, gosu, su-exec, setpriv, Node.js, Python, Java and Go.
 */
import { dirname } from "node:path/posix";
import type { Cause } from "./cause.ts";

interface Restraint {
  /** A line that says so; its group `path` is what it is about, if that is not the last one in the line. */
  says: RegExp;
  /** Capabilities that the line tells the want of. */
  lacks?: string[];
  /**
   * @param path undefined if the line has none.
   * @param lacks all capabilities that the log tells the want of.
   */
  explain(path: string | undefined, lacks: string[]): Cause;
}

const PATH = String.raw`(?<![\w/.])/[\w.@+-][^\s"'’():]*`;
const NOT_PERMITTED = String.raw`(operation not permitted|\bEPERM\b)`;

const RESTRAINTS: Restraint[] = [
  {
    // With a question mark it is a guess of the official nginx's entry point, which goes on.
    says: /\bEROFS\b|read-only file ?system(?!\?)/i,
    explain: (path) => ({
      what: `it writes to ${path === undefined ? "a file" : `\`${path}\``}, and its root file system is read-only`,
      fix: `Give ${path === undefined ? "its folder" : folderOf(path)} as \`tmpfs\` or \`volume\`, or set \`readOnlyRoot: false\`.`,
    }),
  },
  lacking("chown(ing)?|chang(e|ing) ownership", ["CHOWN"], "changes the owner of files"),
  lacking(
    "chmod|utime|chang(e|ing) (permissions|mode)",
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
  {
    // With a path, as the system's own message has it: programs have words like these for their users, too.
    says: new RegExp(
      String.raw`(?<path>${PATH})["'’)]*:?( failed( to open stream:)?)? \(?(13: )?permission denied|` +
        String.raw`(\bEACCES: |\[Errno 13\] |\(13\))permission denied\b.*${PATH}|AccessDeniedException: /`,
      "i",
    ),
    explain: (path) => ({
      what: `it may not use \`${path}\`, which belongs to another user`,
      fix:
        "Set the `user` to whom it belongs. Root without capabilities is a user like others: where it must read files " +
        'of others, `capabilities: { add: ["DAC_READ_SEARCH"] }`; where it must write them, `["DAC_OVERRIDE"]`.',
    }),
  },
];

/** A call that takes capabilities. */
function lacking(call: string, capabilities: string[], does: string): Restraint {
  return {
    says: new RegExp(String.raw`(${call}).*${NOT_PERMITTED}|${NOT_PERMITTED}.*\b(${call})\b`, "i"),
    lacks: capabilities,
    explain: (path, lacks) => ({
      what: `it ${does}${path === undefined ? "" : ` (\`${path}\`)`}, and has not the capability ${capabilities.join(" or ")}`,
      fix:
        `Give it, \`capabilities: { add: [${lacks.map((name) => `"${name}"`).join(", ")}] }\`, or set a \`user\` who ` +
        "needs not do that. Images that start as root, prepare a folder and become another user need `CHOWN`, " +
        "`SETGID` and `SETUID`.",
    }),
  };
}

/** The cause that the last such line of a log names; undefined without any. */
export function explainRestraint(logs: string): Cause | undefined {
  const found = logs.split("\n").flatMap((line) => {
    const restraint = RESTRAINTS.find(({ says }) => says.test(line));
    if (restraint === undefined) return [];
    return [{ restraint, path: restraint.says.exec(line)?.groups?.path ?? pathIn(line) }];
  });
  const last = found.at(-1);
  // A program that ends at its first failed call tells one want at a time, others all of them.
  const lacks = new Set(found.flatMap(({ restraint }) => restraint.lacks ?? []));
  return last?.restraint.explain(last.path, [...lacks].sort());
}

/** The last absolute path in a line: before it may stand that of the script that says so. */
function pathIn(line: string): string | undefined {
  return [...line.matchAll(/(?<![\w/.])\/[\w.@+-][^\s"'`‘’“”(),:;\]]*/g)]
    .at(-1)?.[0]
    .replace(/\.$/, "");
}

function folderOf(path: string): string {
  const folder = dirname(path);
  return `\`${folder === "/" ? path : folder}\``;
}
