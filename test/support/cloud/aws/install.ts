/** moto, which plays AWS's API on this computer, and boto3, which calls it. */
import { join } from "node:path";
import { BOTOCORE, installPython } from "../../python.ts";

const MOTO = "moto[server]==5.2.5";
const BOTO3 = "boto3==1.44.8";

/** @returns a virtual environment with both. */
export async function installMoto(): Promise<{ folder: string; python: string }> {
  const folder = await installPython("test-moto==5.2.5", [MOTO, BOTO3, BOTOCORE]);
  return { folder, python: join(folder, "bin/python3") };
}
