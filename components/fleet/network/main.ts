/**
 * The choice of a subnet as a process: the request as JSON on standard input, the subnet on standard output.
 * Runs once in the life of a stack, see ../resources/network.ts.
 */
import { text } from "node:stream/consumers";
import { connectHost } from "../../engine/engine-host.ts";
import { messageOf } from "../../output/log.ts";
import { printer } from "../../output/printer.ts";
import { type SubnetRequest, chooseSubnet } from "./choose.ts";

const log = printer();
try {
  const { stack, hosts } = JSON.parse(await text(process.stdin)) as SubnetRequest;
  const engines = hosts.map(({ name, dockerHost }) => connectHost(name, dockerHost));
  process.stdout.write(await chooseSubnet(stack, engines));
} catch (error) {
  log(messageOf(error));
  process.exitCode = 1;
}
