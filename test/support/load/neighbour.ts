// Holds the network namespace of engine.ts's engine, and lets it reach one port of this machine:
// 127.0.0.1:PORT in here leads to the socket of which the other end is outside. Answers DNS, too.
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { createConnection, createServer } from "node:net";

const [socket = "", port = "", nameServer = ""] = process.argv.slice(2);
execFileSync("ip", ["link", "set", "lo", "up"]);
execFileSync("ip", ["address", "add", `${nameServer}/32`, "dev", "lo"]);
createServer((inside) => {
  const outside = createConnection(socket);
  inside.pipe(outside).pipe(inside);
  inside.on("error", () => outside.destroy());
  outside.on("error", () => inside.destroy());
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
// A name server that knows no name and says so at once, as one of the internet's would.
const names = createSocket("udp4", (query, { port: from, address }) => {
  const answer = Buffer.from(query);
  answer.writeUInt16BE(0x8183, 2); // a response: there is no such name
  names.send(answer, from, address);
});
names.bind(53, nameServer);
// Whoever started this is gone.
process.stdin.on("end", () => process.exit()).resume();
