import { Command, InvalidArgumentError } from "commander";
import { findUserByPhone, userPrefix } from "../../modules/accounts/index.js";
import {
  type DownloadFilter,
  type DownloadRecord,
  listDownloads,
  videoPrefix,
} from "../../modules/videos/index.js";
import { entryPrefix } from "../../modules/wallet/index.js";
import { type IdPrefix, isUuid } from "../../platform/ids/ids.js";
import { CommandFailed } from "../fail.js";
import { oneLine } from "../one-line.js";
import { e164 } from "../phone-option.js";
import { printLine } from "../print-line.js";
import { type CommandTools, withDatabase } from "../with-database.js";

interface DownloadsOptions {
  video?: string;
  sha256?: string;
  user?: string;
  phone?: string;
}

const columns = ["time", "user", "video", "sha256", "terms version", "address", "statement entry"];

export function downloadsCommand(): Command {
  return new Command("downloads")
    .description(
      "Shows the record of downloads without watermark, newest first, as tab-separated lines. Exits 1 if there are none.",
    )
    .option("--video <id>", "of this video, deleted ones included: video_01j...", idOf(videoPrefix))
    .option("--sha256 <hex>", "of the file with this checksum", checksum)
    .option("--user <id>", "of this user: user_01j...", idOf(userPrefix))
    .option("--phone <e164>", "of the user with this phone number: +8613800138000", e164)
    .action(async (options: DownloadsOptions, command: Command) => {
      if (Object.keys(options).length !== 1)
        command.error("error: give one of --video, --sha256, --user and --phone");
      await withDatabase((tools) => print(tools, options));
    });
}

async function print({ db }: CommandTools, options: DownloadsOptions): Promise<void> {
  const filter = await toFilter(db, options);
  let isFirst = true;
  for await (const record of listDownloads(db, filter)) {
    if (isFirst) await printLine(columns.join("\t"));
    isFirst = false;
    await printLine(toLine(record));
  }
  if (isFirst) throw new CommandFailed("There are no such downloads on record.");
}

async function toFilter(
  db: CommandTools["db"],
  { video, sha256, user, phone }: DownloadsOptions,
): Promise<DownloadFilter> {
  if (video) return { videoId: video };
  if (sha256) return { sha256 };
  if (user) return { userId: user };
  const found = await findUserByPhone(db, phone as string);
  if (!found) throw new CommandFailed("There is no user with this phone number.");
  return { userId: found.id };
}

function toLine({ createdAt, userId, videoId, sha256, termsVersion, address, spendId }: DownloadRecord) {
  return [
    createdAt.toISOString(),
    userPrefix.toPublicId(userId),
    videoPrefix.toPublicId(videoId),
    sha256,
    termsVersion ? oneLine(termsVersion) : "-",
    address ? oneLine(address) : "-",
    entryPrefix.toPublicId(spendId),
  ].join("\t");
}

/** A public id, or the bare UUID that the audit prints. */
function idOf(prefix: IdPrefix): (text: string) => string {
  return (text) => {
    const uuid = prefix.toUuid(text) ?? (isUuid(text) ? text : null);
    if (!uuid) throw new InvalidArgumentError(`It must be an id that starts with ${prefix.name}_.`);
    return uuid;
  };
}

function checksum(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError("It must have 64 hex digits.");
  return text.toLowerCase();
}
