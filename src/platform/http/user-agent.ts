import { readFileSync } from "node:fs";

const packageFile = new URL("../../../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };

/** Sent with every call to another service. */
export const userAgent = `SkyRiff/${version}`;
