// Starts the app as its environment says, and stops it on SIGTERM.
import { createApp } from "./app.ts";
import { redisCache } from "./cache.ts";
import { readConfig, type AppConfig } from "./config.ts";
import { dnmonsterAt } from "./dnmonster.ts";
import { stopOnSignals } from "./service.ts";
import { SettingProblem } from "./settings.ts";

function configOrExit(): AppConfig {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof SettingProblem)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

const config = configOrExit();
const service = await createApp({
  fetchPicture: dnmonsterAt(config.dnmonster),
  cache: ({ log }) => redisCache({ ...config.redis, seconds: config.cacheSeconds, log }),
  sessionKey: config.sessionKey,
  logLevel: config.logLevel,
});
for (const warning of config.warnings) service.log.warn(warning);
stopOnSignals({ service, deadline: config.stopDeadline });
await service.listen({ host: "0.0.0.0", port: config.port });
