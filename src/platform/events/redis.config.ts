import { z } from "zod";

export const redisSettings = z.object({
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: "must be a redis:// or rediss:// URL" })
    .optional()
    .describe(
      "Redis or Valkey, for events between servers and request counts. It stores no permanent data. Unset: PostgreSQL does both.",
    ),
});
