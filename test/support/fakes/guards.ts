/** Made-up guards, which act on the host when their deployer ends, as guard.sh and restore.sh do. */
import type { FakeRecord } from "./record.ts";
import { FakeSession } from "./session.ts";

const FOLDER = "/etc/longshore";

/** What guards see of a host. */
interface GuardedHost {
  readonly containers: Map<string, { running: boolean }>;
  readonly maps: Map<string, Map<string, string>>;
  /** What they were told. */
  readonly guarded: string[];
}

/** guard.sh in the proxy: ends canaries, and lets held requests go on. @param tell the proxy's commands. */
export function fakeGuard(
  host: GuardedHost,
  container: string,
  {
    record,
    token = "",
    tell,
  }: { record?: FakeRecord; token?: string; tell: (line: string) => string },
): FakeSession {
  const act = () => {
    const services = host.guarded.splice(0).map((line) => line.replace("canary ", ""));
    const file = `${FOLDER}/canary.map`;
    const lines = (record?.files.get(file) ?? "").split("\n");
    const stays = lines.filter((line) => !services.includes(line.split(" ")[0] ?? ""));
    record?.files.set(file, stays.join("\n"));
    for (const service of services) host.maps.get("canary.map")?.delete(service);
    host.maps.get("held.map")?.clear();
  };
  const answer = (line: string) => {
    const [verb, words = ""] = line.split(/ (.*)/s);
    if (verb === "tell") return tell(words);
    const [, , , script, ...args] = Buffer.from(words, "base64").toString().split("\0");
    if (script === "commit") record?.commit(container, args.slice(0, -1));
    return "";
  };
  const fenced = (line: string): [status: number, text: string] => {
    const refused = record?.refusal(token);
    return refused === undefined ? [0, answer(line)] : [76, refused];
  };
  return guard(host, container, record?.refusal(token), act, fenced);
}

/** restore.sh: brings containers back as `plan` says. */
export function fakeRestore(
  host: GuardedHost,
  name: string,
  record: FakeRecord | undefined,
  { plan, token }: { plan: string; token: string },
): FakeSession {
  return guard(host, name, record?.refusal(token), () => {
    const serving = (record?.files.get(`${FOLDER}/serving`) ?? "").split("\n");
    let counts = false;
    for (const line of plan.split("\n")) {
      const [verb, container = ""] = line.split(" ");
      if (verb === "while") counts = serving.includes(line.replace("while ", ""));
      const found = host.containers.get(container);
      if (counts && found !== undefined && verb !== "while") found.running = verb === "start";
    }
  });
}

/** Acts at its end, unless it is refused, or hears `done` first. */
function guard(
  host: GuardedHost,
  container: string,
  refusal: string | undefined,
  act: () => void,
  answer: (line: string) => [status: number, text: string] = () => [0, ""],
): FakeSession {
  let done = false;
  const session = new FakeSession(container, {
    hear: (line) => {
      if (line === "done") done = true;
      else if (/^(tell|run) /.test(line)) {
        const [status, text] = answer(line);
        const lines = text.split("\n");
        for (const each of [`did ${status} ${lines.length}`, ...lines]) session.say(each);
      } else if (line !== "beat") host.guarded.push(line);
    },
    end: () => {
      if (refusal === undefined && !done) act();
    },
  });
  session.say(refusal ?? "guarding");
  return session;
}
