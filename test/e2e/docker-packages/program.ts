// The program of the test of upgrades on several machines: reads hosts.json.
import { readFileSync } from "node:fs";
import { SshHost, type SshHostArgs } from "../../../components/hosts/index.ts";

const hosts = JSON.parse(readFileSync("hosts.json", "utf8")) as Record<string, SshHostArgs>;
for (const [name, args] of Object.entries(hosts)) new SshHost(name, args);
