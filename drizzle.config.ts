import { defineConfig } from "drizzle-kit";

// The tables are read as compiled JavaScript: `npm run generate` builds first.
export default defineConfig({
  dialect: "postgresql",
  schema: "./dist/**/*.tables.js",
  out: "./schema/migrations",
});
