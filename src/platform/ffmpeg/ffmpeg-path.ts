import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/**
 * Finds ffmpeg: the configured one, else the first on `searchPath` (the value of PATH) that has the encoders
 * and the filter we need, else the one from npm. Some systems ship ffmpeg without them.
 */
export async function findFfmpegPath(options: {
  setting: string | undefined;
  searchPath: string | undefined;
}): Promise<string> {
  if (options.setting) {
    if (await isExecutable(options.setting)) return options.setting;
    throw new Error(`FFMPEG_PATH is not an executable program: ${options.setting}`);
  }
  const name = process.platform === "win32" ? "ffmpeg.exe" : "ffmpeg";
  for (const folder of (options.searchPath ?? "").split(delimiter).filter(Boolean)) {
    const path = join(folder, name);
    if ((await isExecutable(path)) && (await hasRequiredFeatures(path))) return path;
  }
  const { default: installed } = await import("@ffmpeg-installer/ffmpeg");
  return installed.path;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function hasRequiredFeatures(path: string): Promise<boolean> {
  const encoders = await list(path, "-encoders");
  if (!/ libx264 /.test(encoders) || !/ aac /.test(encoders)) return false;
  return (await listFilters(path)).includes(" zscale ");
}

/** One filter per line. Empty if the program fails. */
export function listFilters(path: string): Promise<string> {
  return list(path, "-filters");
}

function list(path: string, option: string): Promise<string> {
  return promisify(execFile)(path, ["-hide_banner", option], { timeout: 15_000, env: {} }).then(
    ({ stdout }) => stdout,
    () => "",
  );
}
