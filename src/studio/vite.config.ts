import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { formatDocument, stringifyDocument } from "@urql/core";
import react from "@vitejs/plugin-react";
import type { DocumentNode } from "graphql";
import compileText from "icu-minify/compile";
import { defineConfig, type Plugin } from "vite";

// Whatever the shell says: React's development build is twice as large.
if (process.argv.includes("build")) process.env.NODE_ENV = "production";

const outDir = fileURLToPath(new URL("../../dist/studio", import.meta.url));
/** Where the development server finds the API. */
const api = process.env.STUDIO_API ?? "http://127.0.0.1:4000";

/** Writes each text asset compressed beside it, so that the server compresses nothing. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    writeBundle() {
      const folder = join(outDir, "assets");
      for (const name of readdirSync(folder)) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const text = readFileSync(join(folder, name));
        const params = { [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(text, { params }));
        writeFileSync(join(folder, `${name}.gz`), gzipSync(text, { level: 9 }));
      }
    },
  };
}

/**
 * Documents are bundled as text, a quarter of their parsed form's size, and each as a module of its own, so
 * that it comes with the page that uses it. urql parses each when it is used first.
 */
function documentsAsText(): Plugin {
  const documents = new Map<string, string>();
  return {
    name: "documents-as-text",
    apply: "build",
    resolveId: (id) => (id.startsWith(documentPrefix) ? { id, moduleSideEffects: false } : null),
    load: (id) => documents.get(id) ?? null,
    transform: {
      filter: { id: /generated\/operations\.ts$/ },
      async handler(_code, id) {
        const all: Record<string, unknown> = await import(id);
        const names = Object.keys(all).filter((name) => name.endsWith("Document"));
        for (const name of names) {
          // As the client sends it, and as the manifest of trusted documents has it.
          const text = stringifyDocument(formatDocument(all[name] as DocumentNode));
          documents.set(documentPrefix + name, `export default ${JSON.stringify(text)};`);
        }
        const lines = names.map((name) => `export { default as ${name} } from "${documentPrefix}${name}";`);
        return { code: lines.join("\n"), map: null, moduleSideEffects: false };
      },
    },
  };
}

interface Texts {
  [name: string]: string | Texts;
}

function compileTexts(texts: Texts): object {
  const compiled = Object.entries(texts).map(([name, text]) => [
    name,
    typeof text === "string" ? compileText(text) : compileTexts(text),
  ]);
  return Object.fromEntries(compiled);
}

/** Plurals, dates and the like are parsed by the build, so that the program needs no parser for them. */
function compiledWords(): Plugin {
  return {
    name: "compiled-words",
    enforce: "pre",
    transform: {
      filter: { id: /\/words\/\w+\.json$/ },
      handler: (code) => ({ code: JSON.stringify(compileTexts(JSON.parse(code))), map: null }),
    },
  };
}

const documentPrefix = "\0document:";

type GetModule = (id: string) => { importedIds: readonly string[]; code: string | null } | null;

/** All that a module imports at once, not on demand, with itself. */
function staticImports(entry: string, getModule: GetModule, found = new Set<string>()): Set<string> {
  if (found.has(entry) || entry.startsWith(documentPrefix)) return found;
  found.add(entry);
  for (const id of getModule(entry)?.importedIds ?? []) staticImports(id, getModule, found);
  return found;
}

/** The documents that the code of these modules names. */
function documentsIn(modules: Iterable<string>, getModule: GetModule): string[] {
  return [...modules]
    .filter((id) => id.includes("/src/studio/"))
    .flatMap((id) => getModule(id)?.code?.match(/\b\w+Document\b/g) ?? [])
    .map((name) => documentPrefix + name);
}

/** All that the first page needs is one script: it compresses best, and comes in one answer. */
function oneFirstScript() {
  let first: Set<string> | null = null;
  const find = (getModule: GetModule) => {
    const [boot = new Set<string>(), main = new Set<string>()] = ["boot.ts", "main.tsx"].map((name) =>
      staticImports(fileURLToPath(new URL(name, import.meta.url)), getModule),
    );
    const early = new Set([...boot, ...documentsIn(boot, getModule)]);
    return new Set([...main, ...documentsIn(main, getModule)].filter((id) => !early.has(id)));
  };
  return (id: string, chunking: { getModuleInfo: GetModule }) => {
    const modules = first ?? find((each) => chunking.getModuleInfo(each));
    first = modules;
    return modules.has(id) ? "main" : null;
  };
}

/** The page names the scripts and styles that its first one is going to import, so that all come at once. */
function preloadMain(): Plugin {
  return {
    name: "preload-main",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((output) => output.type === "chunk");
        const main = chunks.find(({ name }) => name === "main");
        const entry = chunks.find(({ isEntry }) => isEntry);
        if (!main) throw new Error("There is no main chunk to preload.");
        const scripts = [main.fileName, ...main.imports].filter((name) => name !== entry?.fileName);
        const styles = [main, ...chunks.filter(({ fileName }) => main.imports.includes(fileName))].flatMap(
          ({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])],
        );
        const link = (attrs: Record<string, string>) =>
          ({ tag: "link", attrs: { crossorigin: "", ...attrs }, injectTo: "head" }) as const;
        return [
          ...scripts.map((name) => link({ rel: "modulepreload", href: `./${name}` })),
          ...styles
            .filter((name) => !html.includes(name))
            .map((name) => link({ rel: "stylesheet", href: `./${name}` })),
        ];
      },
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  // Relative, so that the studio works below any path.
  base: "./",
  resolve: { alias: { "use-intl/format-message": "use-intl/format-message/format-only" } },
  plugins: [documentsAsText(), compiledWords(), react(), precompress(), preloadMain()],
  css: { modules: { localsConvention: "camelCaseOnly" } },
  build: {
    outDir,
    emptyOutDir: true,
    // The page's policy allows no data: addresses.
    assetsInlineLimit: 0,
    target: "es2023",
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: oneFirstScript(), debugName: "main" },
            // The icons of all other pages.
            { name: "icons", test: /lucide-react/ },
          ],
        },
      },
    },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
  },
  server: {
    proxy: Object.fromEntries(
      ["/graphql", "/media", "/playground"].map((path) => [path, { target: api, ws: path === "/graphql" }]),
    ),
  },
});
