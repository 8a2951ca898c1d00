import { z } from "zod";
import { settingsSections } from "./config.js";

interface Documented {
  name: string;
  text: string;
  fallback: string | null;
}

/** Left out of the manual: it exists for the fault tests alone. */
const internal = new Set(["CRASH_AT"]);

function documented(slice: z.ZodObject): Documented[] {
  return Object.entries(slice.shape)
    .filter(([name]) => !internal.has(name))
    .map(([name, schema]) => {
      const parsed = z.safeParse(schema as z.ZodType, undefined);
      const fallback = parsed.success && parsed.data !== undefined ? String(parsed.data) : null;
      return { name, text: (schema as z.ZodType).description ?? "", fallback };
    });
}

/** docs/configuration.md: every setting, from the slices that read them. */
export function configurationPage(): string {
  const sections = settingsSections.map(({ title, slice }) => {
    const rows = documented(slice as z.ZodObject).map(
      ({ name, text, fallback }) =>
        `| \`${name}\` | ${fallback === null ? "unset" : `\`${fallback}\``} | ${text} |`,
    );
    return [`## ${title}`, "", "| name | default | meaning |", "| --- | --- | --- |", ...rows, ""].join("\n");
  });
  return [
    "# Configuration",
    "",
    "Settings are environment variables; a `.env` file in the working folder is read if there is one, and the",
    "environment wins over it. A setting that does not parse, or that is missing where it must be set, is named",
    "with all the others in one message before the server listens.",
    "",
    "With `NODE_ENV=production`, `DATABASE_URL`, `AUTH_SECRET`, `PUBLIC_URL` and the vendor's key must be set,",
    "and login codes need a way to their phones: `SMS_PROVIDER=webhook`, or `SMS_CONSOLE_IN_PRODUCTION=on`.",
    "",
    "This page is made from the code: `npm run generate`.",
    "",
    ...sections,
  ].join("\n");
}

/** .env.example: the same as comments, ready to be copied. */
export function envExample(): string {
  const sections = settingsSections.map(({ title, slice }) => {
    const lines = documented(slice as z.ZodObject).map(
      ({ name, text, fallback }) => `# ${text}\n# ${name}=${fallback ?? ""}\n`,
    );
    return `# ---- ${title}\n\n${lines.join("\n")}`;
  });
  return `# Copy to .env and take the # away from what you change. Made by \`npm run generate\`.\n\n${sections.join("\n")}`;
}
