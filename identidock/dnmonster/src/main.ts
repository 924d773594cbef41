// Starts dnmonster as its environment says, and stops it on SIGTERM.
import { createDnmonster } from "./dnmonster.ts";
import { stopOnSignals } from "./service.ts";
import { SettingProblem, wholeNumber } from "./settings.ts";

function settingsOrExit(): { port: number; stopDeadline: number } {
  try {
    return {
      port: wholeNumber(process.env, "PORT", 8080, { from: 1, to: 65_535 }),
      stopDeadline:
        1000 * wholeNumber(process.env, "STOP_DEADLINE_SECONDS", 8, { from: 1, to: 3600 }),
    };
  } catch (error) {
    if (!(error instanceof SettingProblem)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

const { port, stopDeadline } = settingsOrExit();
const service = createDnmonster({ logLevel: process.env.LOG_LEVEL ?? "info" });
stopOnSignals({ service, deadline: stopDeadline });
await service.listen({ host: "0.0.0.0", port });
