/**
 * The networks of simulated machines as a process: the request as JSON on standard input, what came of it on standard output. With `--remove`
 * it is removed. Started by `SimulatedSite`.
 */
import { answerRequest, isRemoval } from "../../answer-request.ts";
import { makeSite, removeSite } from "./site.ts";
import type { SiteRequest } from "./types.ts";

await answerRequest(async (request: SiteRequest) => {
  if (!isRemoval) return JSON.stringify(await makeSite(request));
  await removeSite(request);
  return "";
});
