/**
 * The choice of a subnet as a process: the request as JSON on standard input, the subnet on standard output.
 * Runs once in the life of a stack, see ../resources/network.ts.
 */
import { answerRequest } from "../../answer-request.ts";
import { connectHost } from "../../engine/engine-host.ts";
import { type SubnetRequest, chooseSubnet } from "./choose.ts";

await answerRequest(({ stack, hosts }: SubnetRequest) => {
  const engines = hosts.map(({ name, dockerHost }) => connectHost(name, dockerHost));
  return chooseSubnet(stack, engines);
});
