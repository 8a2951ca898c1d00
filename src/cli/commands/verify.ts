import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { type Config, processConfig } from "../../app/config.js";
import { findFileByChecksum, videoPrefix } from "../../modules/videos/index.js";
import { type FileMarks, parseLabel, readFileMarks } from "../../platform/ai-labels/index.js";
import { OperatorError } from "../../platform/base/operator-error.js";
import { credentialsBytesMax, readCredentials } from "../../platform/content-credentials/index.js";
import { digestStream, type FileDigest } from "../../platform/storage/file-digest.js";
import { oneLine } from "../one-line.js";
import { printLine } from "../print-line.js";
import { withDatabase } from "../with-database.js";

const exitCodes = { labeled: 0, unlabeled: 1, unreadable: 2 };

interface VerifyOptions {
  anchors?: string;
}

export function verifyCommand(): Command {
  return new Command("verify")
    .description(
      "Shows the label of AI-made content in a file, and its Content Credentials. Exits 0 if it carries a label, 1 if not, 2 if it cannot be read.",
    )
    .argument("<file>", "an mp4, WebP, JPEG or PNG")
    .option(
      "--anchors <file>",
      "certificates in PEM that make Content Credentials trusted; C2PA_CERT_FILE does too",
    )
    .action(async (file: string, options: VerifyOptions) => {
      process.exitCode = await verify(file, options).catch((error: unknown) => {
        process.stderr.write(`${file} cannot be read: ${(error as Error).message}\n`);
        return exitCodes.unreadable;
      });
    });
}

async function verify(path: string, options: VerifyOptions): Promise<number> {
  const marks = await readFileMarks(path);
  if (!marks) throw new OperatorError("it is no mp4, WebP, JPEG or PNG, or its index is broken");
  const config = readSettings();
  const label = marks.label === null ? null : parseLabel(marks.label);
  if (!label && marks.isBroken)
    throw new OperatorError("it is cut short or broken, so a label may be missing");
  if (label) for (const [name, value] of Object.entries(label)) await printField(name, oneLine(value) || "-");
  else
    await printField(
      "Label",
      marks.label === null ? "none" : `not valid: ${oneLine(marks.label.slice(0, 200))}`,
    );
  if (marks.mimeType !== "video/mp4")
    await printField("DigitalSourceType", marks.madeByAi ? "trainedAlgorithmicMedia" : "-");
  const digest = await digestStream(createReadStream(path));
  await printField(
    "C2PA",
    await describeCredentials(path, marks, digest, await readAnchors(config, options)),
  );
  await printField("sha256", digest.sha256);
  await printField("Video", await describeOwner(config, digest.sha256));
  return label ? exitCodes.labeled : exitCodes.unlabeled;
}

function printField(name: string, value: string): Promise<void> {
  return printLine(`${name.padEnd(18)} ${value}`);
}

/** Wrong settings concern a server. A file can be read without any. */
function readSettings(): Config | null {
  try {
    return processConfig();
  } catch {
    return null;
  }
}

async function readAnchors(config: Config | null, { anchors }: VerifyOptions): Promise<string | null> {
  const files = [anchors, config?.C2PA_CERT_FILE].filter((file) => file !== undefined);
  const certificates = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return certificates.length > 0 ? certificates.join("\n") : null;
}

async function describeCredentials(
  path: string,
  { c2pa, mimeType }: FileMarks,
  { byteSize }: FileDigest,
  anchors: string | null,
): Promise<string> {
  if (!c2pa) return "none";
  if (byteSize > credentialsBytesMax) return `not checked: the file has over ${credentialsBytesMax} bytes`;
  const bytes = await readFile(path);
  return readCredentials({ bytes, mimeType }, anchors).catch(
    (error: Error) => `not checked: ${oneLine(error.message)}`,
  );
}

async function describeOwner(config: Config | null, sha256: string): Promise<string> {
  if (!config) return "not looked up: the settings are not right";
  if (!config.DATABASE_URL && !existsSync(join(config.DATA_DIR, "postgres")))
    return "not looked up: there is no database (DATABASE_URL, DATA_DIR)";
  try {
    const found = await withDatabase(({ db }) => findFileByChecksum(db, sha256));
    return found ? `${videoPrefix.toPublicId(found.videoId)}, ${found.fileName}` : "none of ours";
  } catch (error) {
    const reason = error instanceof OperatorError ? error.message : "the database does not answer";
    return `not looked up: ${oneLine(reason)}`;
  }
}
