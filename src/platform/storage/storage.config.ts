import { z } from "zod";

export const storageSettings = z.object({
  STORAGE_URL: z
    .string()
    .regex(/^file:.+/, "must be file:PATH")
    .optional()
    .describe("Where files are kept: `file:PATH`. Default: `file:DATA_DIR/storage`."),
  FFMPEG_PATH: z
    .string()
    .optional()
    .describe("The ffmpeg program. Default: the one on PATH, else the one that npm installed."),
});
