/**
 * The release as a process: the request as JSON on standard input, progress on standard error, the
 * report as JSON on standard output. Started by the `Release` resource, see ../release.ts.
 */
import { text } from "node:stream/consumers";
import { connectHost } from "./host.ts";
import { runRelease } from "./run.ts";
import type { ReleaseRequest } from "./types.ts";

try {
  const request = JSON.parse(await text(process.stdin)) as ReleaseRequest;
  const report = await runRelease(
    request,
    (host) => connectHost(host.name, host.dockerHost),
    (line) => process.stderr.write(`${line}\n`),
  );
  process.stdout.write(`${JSON.stringify(report)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
