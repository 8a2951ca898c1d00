import { fileURLToPath } from "node:url";
import { z } from "zod";

/** `s3://bucket` or `s3://bucket/prefix`, where the prefix may have several segments. */
const s3Pattern = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*)\/?$/;

/** A URL that paths are appended to. Trailing slashes are removed. */
const baseUrl = z
  .url({ protocol: /^https?$/, error: "must be an http(s) URL" })
  .refine((text) => !/[?#@]/.test(text), "must be an http(s) URL without query, fragment or user")
  .transform((text) => text.replace(/\/+$/, ""));

export const storageSettings = z.object({
  STORAGE_URL: z
    .string()
    .refine(
      (text) => /^file:.+/.test(text) || s3Pattern.test(text),
      "must be file:PATH or s3://BUCKET/PREFIX",
    )
    .optional()
    .describe(
      "Where files are stored: `file:PATH`, or `s3://BUCKET/PREFIX` (the prefix is optional). Default: `file:DATA_DIR/storage`.",
    ),
  AWS_REGION: z
    .string()
    .optional()
    .describe(
      "With s3: the bucket's region. Required, except with S3_ENDPOINT, where the default is us-east-1.",
    ),
  AWS_ACCESS_KEY_ID: z
    .string()
    .optional()
    .describe("With s3: the access key that reads, writes and signs links."),
  AWS_SECRET_ACCESS_KEY: z.string().optional().describe("With s3: the secret of that key."),
  AWS_SESSION_TOKEN: z
    .string()
    .optional()
    .describe(
      "With s3: the session token of temporary credentials. Links expire with it, so permanent credentials are better.",
    ),
  S3_ENDPOINT: baseUrl
    .optional()
    .describe(
      "With s3: the URL of an S3-compatible server. Links start with it, so browsers must be able to reach it.",
    ),
  S3_ADDRESSING: z
    .enum(["path", "host"])
    .default("path")
    .describe(
      "With S3_ENDPOINT: whether the bucket's name is in the path (MinIO, R2, Ceph) or part of the host (Alibaba Cloud OSS, Tencent COS).",
    ),
  S3_CDN_URL: baseUrl
    .optional()
    .describe(
      "With s3: the URL of a CDN or proxy in front of the bucket. Links start with it instead of the bucket's URL.",
    ),
  FFMPEG_PATH: z
    .string()
    .optional()
    .describe(
      "The ffmpeg program. Default: the one on PATH if it was built with libx264, aac and zscale, else the one from npm. Without zscale, previews of HDR and wide-gamut videos look pale.",
    ),
});

export type StorageSettings = z.output<typeof storageSettings>;

/** A bucket, or the part of it below a prefix, and how to reach it. */
export interface S3Location {
  kind: "s3";
  bucket: string;
  /** Prepended to every key: "" or "some/prefix/". */
  prefix: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** Null for Amazon's. */
  endpoint: string | null;
  addressing: "path" | "host";
  cdnUrl: string | null;
}

export type StorageLocation = { kind: "disk"; folder: string } | S3Location;

/** Problems that concern several settings at once. */
export function storageSettingsProblems(settings: StorageSettings): string[] {
  if (!settings.STORAGE_URL?.startsWith("s3:")) return [];
  const needed = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;
  const missing: string[] = needed.filter((name) => !settings[name]);
  if (!settings.AWS_REGION && !settings.S3_ENDPOINT) missing.push("AWS_REGION");
  return missing.map((name) => `${name} must be set when STORAGE_URL is an s3:// URL`);
}

/** The location that STORAGE_URL names. Paths are absolute or relative to the working directory. */
export function storageLocation(settings: StorageSettings, dataDir: string): StorageLocation {
  const url = settings.STORAGE_URL ?? `file:${dataDir}/storage`;
  const s3 = s3Pattern.exec(url);
  if (!s3) {
    return {
      kind: "disk",
      folder: url.startsWith("file://") ? fileURLToPath(url) : url.slice("file:".length),
    };
  }
  const [, bucket = "", prefix = ""] = s3;
  return {
    kind: "s3",
    bucket,
    prefix: prefix && `${prefix.slice(1)}/`,
    region: settings.AWS_REGION ?? "us-east-1",
    credentials: {
      accessKeyId: settings.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: settings.AWS_SECRET_ACCESS_KEY ?? "",
      ...(settings.AWS_SESSION_TOKEN && { sessionToken: settings.AWS_SESSION_TOKEN }),
    },
    endpoint: settings.S3_ENDPOINT ?? null,
    addressing: settings.S3_ADDRESSING,
    cdnUrl: settings.S3_CDN_URL ?? null,
  };
}
