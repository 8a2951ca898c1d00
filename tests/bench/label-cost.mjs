// Runs the bench's TypeScript as it is, against the build: what it imports from src/ comes from dist/,
// where the decorators are compiled.
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    if (!specifier.startsWith(".") || !/\/tests\/(bench|support)\//.test(context.parentURL ?? "")) {
      return next(specifier, context);
    }
    const fromSource = specifier.includes("/src/");
    const path = fromSource ? specifier.replace("/src/", "/dist/") : specifier.replace(/\.js$/, ".ts");
    return next(path, context);
  },
});

await import("reflect-metadata");
await import(new URL("label-cost.ts", import.meta.url).href);
