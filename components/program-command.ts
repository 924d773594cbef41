/** A program of the library's own as a resource. */
import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { type PROGRAMS, nodeProgram, removal } from "./node-program.ts";

/**
 * Runs a program when it is created and when `stdin` changes.
 * @param program that is told all it must know by standard input.
 * @param stdin the request, as text.
 * @param removes whether it is run again to remove what it has made. @default false
 * @returns what it printed on standard output.
 */
export function programCommand(
  name: string,
  program: keyof typeof PROGRAMS,
  stdin: pulumi.Input<string>,
  options: pulumi.CustomResourceOptions,
  removes = false,
): pulumi.Output<string> {
  return programResource(name, program, stdin, options, removes).stdout;
}

/** The resource itself, for others to depend on. */
export function programResource(
  name: string,
  program: keyof typeof PROGRAMS,
  stdin: pulumi.Input<string>,
  options: pulumi.CustomResourceOptions,
  removes = false,
): command.local.Command {
  return new command.local.Command(
    name,
    {
      ...nodeProgram(program),
      ...(removes ? { delete: removal(program) } : {}),
      stdin,
      logging: command.local.Logging.Stderr,
      addPreviousOutputInEnv: false,
    },
    options,
  );
}
