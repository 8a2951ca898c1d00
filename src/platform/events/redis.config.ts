import { z } from "zod";

export const redisSettings = z.object({
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: "must be a redis:// or rediss:// URL" })
    .optional()
    .describe(
      "Redis or Valkey, for what several servers share without keeping it: events and counted requests. Unset: PostgreSQL does both.",
    ),
});
