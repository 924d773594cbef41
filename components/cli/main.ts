#!/usr/bin/env node
/** The program `longshore` of the npm package. */
import { keepCompiled } from "./compile-cache.ts";

keepCompiled();
const { runCli } = await import("./program.ts");
process.exitCode = await runCli(process.argv.slice(2));
