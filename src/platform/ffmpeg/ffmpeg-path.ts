import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/**
 * The ffmpeg to use: what the setting names; else the first on `searchPath` (the text of PATH) that
 * has the encoders and the filter we need, since some systems ship one without them; else the one from npm.
 */
export async function findFfmpegPath(options: {
  setting: string | undefined;
  searchPath: string | undefined;
}): Promise<string> {
  if (options.setting) {
    if (await isProgram(options.setting)) return options.setting;
    throw new Error(`FFMPEG_PATH names no program that can be run: ${options.setting}`);
  }
  const name = process.platform === "win32" ? "ffmpeg.exe" : "ffmpeg";
  for (const folder of (options.searchPath ?? "").split(delimiter).filter(Boolean)) {
    const path = join(folder, name);
    if ((await isProgram(path)) && (await hasAllWeNeed(path))) return path;
  }
  const { default: installed } = await import("@ffmpeg-installer/ffmpeg");
  return installed.path;
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function hasAllWeNeed(path: string): Promise<boolean> {
  const encoders = await list(path, "-encoders");
  if (!/ libx264 /.test(encoders) || !/ aac /.test(encoders)) return false;
  return (await listFilters(path)).includes(" zscale ");
}

/** The filters that a build has, one a line; nothing if it does not say. */
export function listFilters(path: string): Promise<string> {
  return list(path, "-filters");
}

function list(path: string, what: string): Promise<string> {
  return promisify(execFile)(path, ["-hide_banner", what], { timeout: 15_000, env: {} }).then(
    ({ stdout }) => stdout,
    () => "",
  );
}
